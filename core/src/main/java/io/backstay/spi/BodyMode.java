package io.backstay.spi;

/** How a body passes between the engine and a transport. */
public enum BodyMode {
    /** As a whole, in memory. */
    BUFFERED,
    /** Piece by piece, as a stream. */
    STREAMED
}
