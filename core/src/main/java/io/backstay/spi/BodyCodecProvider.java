package io.backstay.spi;

/** Makes {@link BodyCodec}s. All that are found are used, those of higher priority first. */
public interface BodyCodecProvider extends Provider {

    /** A codec, ready to use. */
    BodyCodec create(ProviderContext context);
}
