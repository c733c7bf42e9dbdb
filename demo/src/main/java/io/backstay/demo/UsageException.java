package io.backstay.demo;

/** What was asked for cannot be done; the message is the one line that says why. */
final class UsageException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    UsageException(String message) {
        super(message);
    }
}
