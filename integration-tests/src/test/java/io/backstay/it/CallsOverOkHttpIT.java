package io.backstay.it;

/** The whole client over OkHttp. */
class CallsOverOkHttpIT extends CallsOverSockets {

    @Override
    String transport() {
        return "okhttp";
    }
}
