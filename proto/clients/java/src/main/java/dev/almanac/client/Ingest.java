package dev.almanac.client;

import dev.almanac.metrics.v1.ClaimBatch;
import dev.almanac.metrics.v1.ClaimInput;
import dev.almanac.metrics.v1.DeclareSourceSeries;
import dev.almanac.metrics.v1.FinishIngest;
import dev.almanac.metrics.v1.IngestClaimsRequest;
import dev.almanac.metrics.v1.IngestClaimsResponse;
import dev.almanac.metrics.v1.IngestCounts;
import dev.almanac.metrics.v1.OpenIngest;
import dev.almanac.metrics.v1.SourceSeriesDeclaration;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.LongFunction;

/**
 * Figures of one release to take in.
 *
 * @param open the release and the ingest; with the same ingest id it goes on where it broke
 * @param sourceSeries source series that the rows refer to
 * @param batch the rows of batch 1, 2, …: the same rows whenever it is asked, none after the last
 * @param unread rows of the release that could not be read: then nothing is withdrawn
 * @param patience how long the server may be away
 */
public record Ingest(
    OpenIngest open,
    List<SourceSeriesDeclaration> sourceSeries,
    LongFunction<List<ClaimInput>> batch,
    long unread,
    Duration patience) {

  /** An ingest of which everything could be read, with a minute of patience. */
  public Ingest(
      OpenIngest open,
      List<SourceSeriesDeclaration> sourceSeries,
      LongFunction<List<ClaimInput>> batch) {
    this(open, sourceSeries, batch, 0, Duration.ofMinutes(1));
  }

  /** A row that was skipped: its batch, its index in the batch from 0, and what is wrong. */
  public record BadRow(long sequence, int index, AlmanacError error) {}

  /**
   * What came of an ingest.
   *
   * @param counts counts of the whole ingest
   * @param badRows rows that were skipped in the batches that this call sent
   * @param withheld the release is COMPLETE, but nothing was withdrawn, since rows are missing
   * @param snapshot snapshot token that holds all of it
   */
  public record Result(
      IngestCounts counts, List<BadRow> badRows, boolean withheld, String snapshot) {}

  /** Takes the figures in. After a break it opens again and sends what was not acknowledged. */
  public Result run(Almanac almanac) throws InterruptedException {
    var badRows = new ArrayList<BadRow>();
    var pauses = new Pauses();
    var progress = Instant.now();
    while (true) {
      var before = badRows.size();
      try (var call = new Call(almanac)) {
        return attempt(call, badRows);
      } catch (StatusRuntimeException failure) {
        if (badRows.size() > before) {
          progress = Instant.now();
        }
        if (!AlmanacError.isAway(failure)
            || Instant.now().isAfter(progress.plus(patience))) {
          throw failure;
        }
      }
      pauses.pause();
    }
  }

  private Result attempt(Call call, List<BadRow> badRows) throws InterruptedException {
    call.send(IngestClaimsRequest.newBuilder().setOpen(open));
    var answer = call.receive();
    if (answer.getOpened().getFinished()) {
      return new Result(answer.getOpened().getCounts(), badRows, false, answer.getSnapshot());
    }
    var declared = DeclareSourceSeries.newBuilder().addAllSourceSeries(sourceSeries);
    call.send(IngestClaimsRequest.newBuilder().setDeclare(declared));
    for (var sequence = answer.getOpened().getAcknowledgedThrough() + 1; ; sequence++) {
      var rows = batch.apply(sequence);
      if (rows.isEmpty()) {
        break;
      }
      var sent = ClaimBatch.newBuilder().setSequence(sequence).addAllClaims(rows);
      call.send(IngestClaimsRequest.newBuilder().setBatch(sent));
      for (var row : call.receive().getAcknowledged().getRowErrorsList()) {
        badRows.add(new BadRow(sequence, row.getIndex(), AlmanacError.of(row.getStatus())));
      }
    }
    call.send(IngestClaimsRequest.newBuilder().setFinish(FinishIngest.newBuilder().setUnread(unread)));
    var finished = call.receive();
    return new Result(
        finished.getFinished().getCounts(),
        badRows,
        finished.getFinished().getWithheld(),
        finished.getSnapshot());
  }

  /** One stream, in turns: a message is sent, an answer awaited. */
  private static final class Call implements AutoCloseable, StreamObserver<IngestClaimsResponse> {
    private final BlockingQueue<Object> answers = new LinkedBlockingQueue<>();
    private final StreamObserver<IngestClaimsRequest> requests;

    Call(Almanac almanac) {
      requests = almanac.asyncMetrics().ingestClaims(this);
    }

    void send(IngestClaimsRequest.Builder message) {
      requests.onNext(message.build());
    }

    IngestClaimsResponse receive() throws InterruptedException {
      var answer = answers.take();
      if (answer instanceof IngestClaimsResponse response) {
        return response;
      }
      throw Status.fromThrowable((Throwable) answer)
          .asRuntimeException(Status.trailersFromThrowable((Throwable) answer));
    }

    @Override
    public void onNext(IngestClaimsResponse answer) {
      answers.add(answer);
    }

    @Override
    public void onError(Throwable failure) {
      answers.add(failure);
    }

    @Override
    public void onCompleted() {
      answers.add(Status.UNAVAILABLE.withDescription("the server ended the ingest").asException());
    }

    @Override
    public void close() {
      try {
        requests.onCompleted();
      } catch (IllegalStateException ended) {
        // The server was first.
      }
    }
  }
}
