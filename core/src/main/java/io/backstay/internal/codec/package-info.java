/** Codecs that come with the core. */
@NullMarked
package io.backstay.internal.codec;

import org.jspecify.annotations.NullMarked;
