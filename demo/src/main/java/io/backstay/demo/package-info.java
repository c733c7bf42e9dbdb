/** The demo: services as processes of their own, a load of guarded calls, faults by script, and what callers saw. */
@NullMarked
package io.backstay.demo;

import org.jspecify.annotations.NullMarked;
