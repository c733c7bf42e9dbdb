package io.backstay;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Makes a stream of the pieces of a body. */
final class BodyIterator {

    /** Gives pieces until there are no more. */
    @FunctionalInterface
    interface Pieces<T> {
        @Nullable
        T next() throws IOException;
    }

    private BodyIterator() {}

    static <T> Stream<T> stream(Pieces<T> pieces, StreamedResponse response) {
        Spliterator<T> each =
                new Spliterators.AbstractSpliterator<>(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL) {
                    @Override
                    public boolean tryAdvance(Consumer<? super T> action) {
                        T piece = read(pieces);
                        if (piece != null) {
                            action.accept(piece);
                        }
                        return piece != null;
                    }
                };
        return StreamSupport.stream(each, false).onClose(response::close);
    }

    private static <T> @Nullable T read(Pieces<T> pieces) {
        try {
            return pieces.next();
        } catch (IOException e) {
            throw unchecked(e);
        }
    }

    static void close(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw unchecked(e);
        }
    }

    private static RuntimeException unchecked(IOException e) {
        return e.getCause() instanceof CallException failure ? failure : new UncheckedIOException(e);
    }
}
