/**
 * What can be swapped: transports, codecs, sources of endpoints, time and randomness.
 *
 * <p>A provider is found by {@link java.util.ServiceLoader}; an instance can be given to the builder as well.
 */
@NullMarked
package io.backstay.spi;

import org.jspecify.annotations.NullMarked;
