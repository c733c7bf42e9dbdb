package io.backstay;

/**
 * Backstay cannot be put together as asked: a setting out of range, no transport on the class path, a service without an
 * address. The message names what is wrong and what would be right; it never holds a secret.
 */
public final class ConfigurationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** A message that names the setting, its value and what is allowed. */
    public ConfigurationException(String message) {
        super(message);
    }

    /** The same, with its cause. */
    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
