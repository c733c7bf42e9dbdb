package io.backstay.it;

class StreamsOverApacheIT extends StreamsOverSockets {

    @Override
    String transport() {
        return "apache";
    }
}
