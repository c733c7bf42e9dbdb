/**
 * Calls between services that keep working when parts fail.
 *
 * <p>Start at {@link io.backstay.Backstay}: it gives a {@link io.backstay.ServiceClient} for each service, which makes
 * {@link io.backstay.ServiceRequest}s under a {@link io.backstay.CallPolicy}. A call ends in a value, a
 * {@link io.backstay.Result} or a {@link io.backstay.CallException}.
 */
@NullMarked
package io.backstay;

import org.jspecify.annotations.NullMarked;
