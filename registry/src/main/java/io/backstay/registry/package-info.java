/** Discovery: who runs where, kept in a shared store, checked, and told to whoever calls. */
@NullMarked
package io.backstay.registry;

import org.jspecify.annotations.NullMarked;
