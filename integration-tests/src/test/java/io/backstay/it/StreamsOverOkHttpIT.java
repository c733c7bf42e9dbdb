package io.backstay.it;

class StreamsOverOkHttpIT extends StreamsOverSockets {

    @Override
    String transport() {
        return "okhttp";
    }
}
