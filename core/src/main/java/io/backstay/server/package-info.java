/** The receiving side: context in, problems out. */
@NullMarked
package io.backstay.server;

import org.jspecify.annotations.NullMarked;
