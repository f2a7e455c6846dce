package dev.almanac.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import dev.almanac.server.v1.ErrorReason;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the contract says of a failed call or of a bad row.
 *
 * @param code code of gRPC
 * @param reason reason from the closed list of the contract; UNSPECIFIED for one not known here
 * @param domain domain of the reason
 * @param resource what it is about, such as {@code entities/atlantis}; empty where about none
 * @param violations bad fields of the request
 * @param retryAfter how long to wait at the least, where the server says
 * @param message a sentence for a person
 */
public record AlmanacError(
    Code code,
    ErrorReason reason,
    String domain,
    String resource,
    List<Violation> violations,
    Optional<Duration> retryAfter,
    String message) {

  /** One thing wrong with one field of a request. */
  public record Violation(String field, ErrorReason reason, String message) {}

  /** Reads the error of a call. */
  public static AlmanacError of(StatusRuntimeException failure) {
    return of(StatusProto.fromThrowable(failure));
  }

  /** Reads the status of a row or of an operation. */
  public static AlmanacError of(Status status) {
    var info = find(status, ErrorInfo.class).orElse(ErrorInfo.getDefaultInstance());
    var violations =
        find(status, BadRequest.class).orElse(BadRequest.getDefaultInstance())
            .getFieldViolationsList().stream()
            .map(v -> new Violation(v.getField(), reasonOf(v.getReason()), v.getDescription()))
            .toList();
    var delay = find(status, RetryInfo.class).map(RetryInfo::getRetryDelay);
    return new AlmanacError(
        io.grpc.Status.fromCodeValue(status.getCode()).getCode(),
        reasonOf(info.getReason()),
        info.getDomain(),
        info.getMetadataOrDefault("resource", ""),
        violations,
        delay.map(d -> Duration.ofSeconds(d.getSeconds(), d.getNanos())),
        status.getMessage());
  }

  /** Whether the same may be asked again, of another server or later. */
  static boolean isAway(StatusRuntimeException failure) {
    return failure.getStatus().getCode() == Code.UNAVAILABLE;
  }

  private static ErrorReason reasonOf(String text) {
    try {
      return ErrorReason.valueOf("ERROR_REASON_" + text);
    } catch (IllegalArgumentException unknown) {
      return ErrorReason.ERROR_REASON_UNSPECIFIED;
    }
  }

  private static <T extends com.google.protobuf.Message> Optional<T> find(
      Status status, Class<T> type) {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        try {
          return Optional.of(detail.unpack(type));
        } catch (InvalidProtocolBufferException damaged) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }
}
