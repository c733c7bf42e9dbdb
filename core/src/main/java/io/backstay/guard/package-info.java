/** The guards: each decides whether work may start and learns from how it ended. */
@NullMarked
package io.backstay.guard;

import org.jspecify.annotations.NullMarked;
