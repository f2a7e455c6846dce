package dev.almanac.client;

import com.google.protobuf.Message;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Lists to their end. */
public final class Pages {
  private Pages() {}

  /**
   * One page after the other, asked for when it is needed; all of the snapshot of the first. For
   * example {@code Pages.of(almanac.metrics()::listIndicators, request)}.
   */
  public static <Q extends Message, A extends Message> Stream<A> of(
      Function<Q, A> method, Q request) {
    Iterable<A> pages = () -> new Following<>(method, request);
    return StreamSupport.stream(pages.spliterator(), false);
  }

  private static final class Following<Q extends Message, A extends Message>
      implements Iterator<A> {
    private final Function<Q, A> method;
    private Q next;

    Following(Function<Q, A> method, Q request) {
      this.method = method;
      this.next = request;
    }

    @Override
    public boolean hasNext() {
      return next != null;
    }

    @Override
    public A next() {
      if (next == null) {
        throw new NoSuchElementException();
      }
      var page = method.apply(next);
      var field = page.getDescriptorForType().findFieldByName("next_page_token");
      var token = (String) page.getField(field);
      next = token.isEmpty() ? null : with(next, token);
      return page;
    }

    @SuppressWarnings("unchecked")
    private static <Q extends Message> Q with(Q request, String token) {
      var field = request.getDescriptorForType().findFieldByName("page_token");
      return (Q) request.toBuilder().setField(field, token).build();
    }
  }
}
