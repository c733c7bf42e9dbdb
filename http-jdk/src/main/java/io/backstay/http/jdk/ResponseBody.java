package io.backstay.http.jdk;

import io.backstay.spi.ExchangeException;
import io.backstay.spi.TransportResponse;
import java.net.http.HttpResponse.BodySubscriber;

/** Takes in the body of one response, once its head is there. */
interface ResponseBody {

    /** This body as the client wants it; what it comes to is the response. */
    BodySubscriber<TransportResponse> forClient();

    /**
     * Ends the exchange with this failure and frees the connection; does nothing once the body is at its end. From any
     * thread; does not block.
     */
    void abort(ExchangeException failure);
}
