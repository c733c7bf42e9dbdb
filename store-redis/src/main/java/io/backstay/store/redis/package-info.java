/** Shared state and a second-level cache on Redis, by Lettuce. */
@NullMarked
package io.backstay.store.redis;

import org.jspecify.annotations.NullMarked;
