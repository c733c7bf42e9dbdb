/** Services found by DNS. Needs dnsjava on the class path. */
@NullMarked
package io.backstay.registry.dns;

import org.jspecify.annotations.NullMarked;
