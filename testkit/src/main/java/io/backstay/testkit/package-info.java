/** Contract tests for implementers of the SPI, and fakes on virtual time. */
@NullMarked
package io.backstay.testkit;

import org.jspecify.annotations.NullMarked;
