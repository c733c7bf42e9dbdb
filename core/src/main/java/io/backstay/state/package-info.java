/**
 * What is built on a {@link io.backstay.spi.StateStore} whatever its kind: a copy of a table that stays readable while the store is
 * away, and entries of this process that are kept alive in it.
 */
@NullMarked
package io.backstay.state;

import org.jspecify.annotations.NullMarked;
