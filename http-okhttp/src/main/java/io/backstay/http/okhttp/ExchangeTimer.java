package io.backstay.http.okhttp;

import java.util.concurrent.TimeUnit;
import okio.AsyncTimeout;

/**
 * Ends one exchange in time, by the watchdog thread that OkHttp keeps for its own timeouts. Not OkHttp's call timeout: that
 * closes the connection without a look at whether the exchange has just ended and the connection serves another.
 */
final class ExchangeTimer extends AsyncTimeout {

    private final OkHttpTransportCall call;

    ExchangeTimer(OkHttpTransportCall call, long nanos) {
        this.call = call;
        timeout(Math.min(nanos, Long.MAX_VALUE / 4), TimeUnit.NANOSECONDS);
    }

    @Override
    protected void timedOut() {
        call.timeOut();
    }
}
