/** Sources of addresses that come with the core. */
@NullMarked
package io.backstay.internal.endpoint;

import org.jspecify.annotations.NullMarked;
