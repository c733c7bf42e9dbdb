/** Real Redis processes on loopback, to be killed, paused and started again: for tests, the demo and benchmarks. */
@NullMarked
package io.backstay.localredis;

import org.jspecify.annotations.NullMarked;
