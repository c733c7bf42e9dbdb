@NullMarked
package io.backstay.demo;

import org.jspecify.annotations.NullMarked;
