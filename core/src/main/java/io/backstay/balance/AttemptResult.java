package io.backstay.balance;

/** What an attempt says of the instance it went to. */
public enum AttemptResult {
    /** It answered well. */
    SUCCESS,
    /** It answered, but neither well nor badly: a 4xx. */
    ALIVE,
    /** It refused for want of capacity: a 429. Makes it costlier, and is no failure. */
    BUSY,
    /** It failed. */
    FAILURE,
    /** There was no connection to it: a failure whatever was to be asked. */
    UNREACHABLE,
    /** It had not answered when nobody waited for it any more: cancelled, outrun by a hedge, cut short by the caller's deadline. */
    UNFINISHED,
    /** Nothing. */
    NOTHING
}
