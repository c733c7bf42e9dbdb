/** Which instance an attempt goes to, and what is learned of instances from their attempts. */
@NullMarked
package io.backstay.balance;

import org.jspecify.annotations.NullMarked;
