package io.backstay.guard;

/** How a call ended, as far as its breaker minds. */
enum Ending {
    /** Well. */
    SUCCESS,
    /** It failed. */
    FAILURE,
    /** With an answer that says that the service is there, and not how it does. */
    ALIVE,
    /** In a way that says nothing, unless it was slow. */
    IGNORED
}
