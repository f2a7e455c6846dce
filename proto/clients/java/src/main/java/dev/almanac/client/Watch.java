package dev.almanac.client;

import com.google.protobuf.Message;
import dev.almanac.snapshot.v1.WatchStart;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Iterator;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;

/** Changes of a service, followed without end. */
public final class Watch {
  /** A server that lives sends a checkpoint every ten seconds. */
  private static final long SILENCE_SECONDS = 30;

  private static final ScheduledExecutorService ALARMS =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "almanac-watch");
            thread.setDaemon(true);
            return thread;
          });

  private Watch() {}

  /**
   * Follows the changes of a service, such as {@code almanac.registry()::watchChanges}, until {@code
   * take} answers false. A broken stream is opened again after what was delivered last, also over a
   * restart of the server. Throws what asking again does not mend.
   */
  public static <Q extends Message, A extends Message> void follow(
      Function<Q, Iterator<A>> method, Q request, Predicate<A> take) throws InterruptedException {
    var pauses = new Pauses();
    var next = request;
    while (true) {
      var stream = new Stream<>(method, next);
      try {
        while (stream.hasNext()) {
          var message = stream.next();
          pauses.reset();
          next = after(request, message);
          if (!take.test(message)) {
            return;
          }
        }
      } catch (StatusRuntimeException failure) {
        if (!AlmanacError.isAway(failure) && !stream.wasSilent()) {
          throw failure;
        }
      } finally {
        stream.close();
      }
      pauses.pause();
    }
  }

  @SuppressWarnings("unchecked")
  private static <Q extends Message> Q after(Q request, Message message) {
    var token = message.getDescriptorForType().findFieldByName("resume_token");
    var start = WatchStart.newBuilder().setResumeToken((String) message.getField(token)).build();
    var field = request.getDescriptorForType().findFieldByName("start");
    return (Q) request.toBuilder().setField(field, start).build();
  }

  /** One call, which ends when it is closed or silent for too long. */
  private static final class Stream<A> implements Iterator<A>, AutoCloseable {
    private final Context.CancellableContext context = Context.current().withCancellation();
    private final Iterator<A> messages;
    private volatile boolean silent;

    <Q> Stream(Function<Q, Iterator<A>> method, Q request) {
      var previous = context.attach();
      try {
        messages = method.apply(request);
      } finally {
        context.detach(previous);
      }
    }

    @Override
    public boolean hasNext() {
      ScheduledFuture<?> alarm =
          ALARMS.schedule(
              () -> {
                silent = true;
                context.cancel(new TimeoutException("the server is silent"));
              },
              SILENCE_SECONDS,
              TimeUnit.SECONDS);
      try {
        return messages.hasNext();
      } finally {
        alarm.cancel(false);
      }
    }

    @Override
    public A next() {
      return messages.next();
    }

    boolean wasSilent() {
      return silent;
    }

    @Override
    public void close() {
      context.cancel(Status.CANCELLED.asException());
    }
  }
}
