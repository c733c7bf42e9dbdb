/** Not for users: the engine and what it is made of. Anything here may change at any time. */
@NullMarked
package io.backstay.internal;

import org.jspecify.annotations.NullMarked;
