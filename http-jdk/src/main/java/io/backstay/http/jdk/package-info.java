/** HTTP by {@link java.net.http.HttpClient}: one exchange per call, watched to the last octet, and no policy. */
@NullMarked
package io.backstay.http.jdk;

import org.jspecify.annotations.NullMarked;
