package io.backstay.server;

import io.backstay.Problem;

/** Thrown by a handler to answer with a problem of its own. */
public final class ProblemException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final transient Problem problem;

    /** The answer; its status is the response's. */
    public ProblemException(Problem problem) {
        super(problem.status() + problem.title().map(title -> " " + title).orElse(""));
        this.problem = problem;
    }

    /** The answer. */
    public Problem problem() {
        return problem;
    }
}
