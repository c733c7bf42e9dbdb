package io.backstay.it;

/** The whole client over the JDK's client. */
class CallsOverJdkIT extends CallsOverSockets {

    @Override
    String transport() {
        return "jdk";
    }
}
