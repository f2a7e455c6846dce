package dev.almanac.client;

import com.google.longrunning.Operation;
import com.google.longrunning.WaitOperationRequest;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.almanac.reporting.v1.Artefact;
import dev.almanac.reporting.v1.DownloadArtefactRequest;
import dev.almanac.reporting.v1.Report;
import dev.almanac.reporting.v1.RunReportMetadata;
import dev.almanac.reporting.v1.RunReportResponse;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Consumer;

/** Runs of reports and their files. */
public final class Reports {
  private Reports() {}

  /**
   * Waits for a run and answers its report. {@code progress} hears how far it is. The run goes on
   * when this thread is interrupted: wait again by the name of the operation.
   */
  public static Report await(
      Almanac almanac, Operation operation, Consumer<RunReportMetadata> progress)
      throws InterruptedException, InvalidProtocolBufferException {
    var pauses = new Pauses();
    var current = operation;
    while (true) {
      if (current.hasMetadata()) {
        progress.accept(current.getMetadata().unpack(RunReportMetadata.class));
      }
      if (current.getDone()) {
        break;
      }
      var wait =
          WaitOperationRequest.newBuilder()
              .setName(current.getName())
              .setTimeout(Duration.newBuilder().setSeconds(1));
      try {
        current = almanac.operations().waitOperation(wait.build());
        pauses.reset();
      } catch (StatusRuntimeException failure) {
        if (!AlmanacError.isAway(failure)) {
          throw failure;
        }
        pauses.pause();
      }
    }
    if (current.hasError()) {
      throw StatusProto.toStatusRuntimeException(current.getError());
    }
    return current.getResponse().unpack(RunReportResponse.class).getReport();
  }

  /**
   * The content of a file of a report. A broken download goes on where it broke; what is answered has
   * the digest that the report states.
   */
  public static ByteString download(Almanac almanac, Artefact artefact)
      throws InterruptedException {
    var pauses = new Pauses();
    var content = ByteString.EMPTY;
    while (content.size() < artefact.getSizeBytes()) {
      var request =
          DownloadArtefactRequest.newBuilder()
              .setName(artefact.getName())
              .setOffset(content.size());
      try {
        var pieces = almanac.reporting().downloadArtefact(request.build());
        while (pieces.hasNext()) {
          content = content.concat(pieces.next().getChunk());
        }
        break;
      } catch (StatusRuntimeException failure) {
        if (!AlmanacError.isAway(failure)) {
          throw failure;
        }
        pauses.pause();
      }
    }
    var digest = digest(content);
    if (!digest.equals(artefact.getDigest())) {
      throw new IllegalStateException(
          artefact.getName() + " has the digest " + digest + ", not " + artefact.getDigest());
    }
    return content;
  }

  /** The digest of a content as the contract writes it. */
  public static String digest(ByteString content) {
    try {
      var sum = MessageDigest.getInstance("SHA-256").digest(content.toByteArray());
      return "sha256:" + HexFormat.of().formatHex(sum);
    } catch (NoSuchAlgorithmException absent) {
      throw new IllegalStateException(absent);
    }
  }
}
