package io.backstay.it;

/** The whole client over the worked example, found as a user's own transport is. */
class CallsOverApacheIT extends CallsOverSockets {

    @Override
    String transport() {
        return "apache";
    }
}
