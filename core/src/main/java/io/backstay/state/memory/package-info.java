/** The shared state of a process that shares with nobody. */
@NullMarked
package io.backstay.state.memory;

import org.jspecify.annotations.NullMarked;
