/** What happened, told to listeners as it happens. */
@NullMarked
package io.backstay.event;

import org.jspecify.annotations.NullMarked;
