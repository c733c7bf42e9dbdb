package io.backstay.benchmarks;

/** The machine as its JVM sees it. */
record Machine(String jdk, int cores, String os) {

    static Machine here() {
        return new Machine(
                System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"),
                Runtime.getRuntime().availableProcessors(),
                System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    }
}
