/** What Backstay costs, side by side with peers. Run by {@code bench.sh}. */
@NullMarked
package io.backstay.benchmarks;

import org.jspecify.annotations.NullMarked;
