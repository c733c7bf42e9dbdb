package io.backstay.demo;

/** The demo itself cannot go on: a process that does not start, a switch that does not answer. */
final class DemoException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DemoException(String message) {
        super(message);
    }

    DemoException(String message, Throwable cause) {
        super(message + ": " + cause, cause);
    }
}
