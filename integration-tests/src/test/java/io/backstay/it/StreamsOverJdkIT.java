package io.backstay.it;

class StreamsOverJdkIT extends StreamsOverSockets {

    @Override
    String transport() {
        return "jdk";
    }
}
