/** HTTP by OkHttp: one exchange per call, watched to the last octet, and no policy. */
@NullMarked
package io.backstay.http.okhttp;

import org.jspecify.annotations.NullMarked;
