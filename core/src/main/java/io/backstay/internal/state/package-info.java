/** The shared state of a process that shares with nobody. */
@NullMarked
package io.backstay.internal.state;

import org.jspecify.annotations.NullMarked;
