package io.backstay.internal.codec;

import io.backstay.spi.BodyCodec;
import io.backstay.spi.BodyCodecProvider;
import io.backstay.spi.ProviderContext;

/** JSON by Jackson. */
public final class JacksonCodecProvider implements BodyCodecProvider {

    @Override
    public String name() {
        return "jackson";
    }

    @Override
    public BodyCodec create(ProviderContext context) {
        return new JacksonCodec();
    }
}
