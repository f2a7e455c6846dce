import { Code, ConnectError } from "@connectrpc/connect";

import { ErrorReason } from "./gen/almanac/server/v1/error_reason_pb.js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.js";

/** One thing wrong with one field of a request. */
export interface Violation {
  /** The field as the contract spells it: `series_key.indicator`. */
  readonly field: string;
  /** Why it is refused. */
  readonly reason: ErrorReason;
  /** A sentence for a person. */
  readonly message: string;
}

/** What the contract says of a failed call. */
export class AlmanacError extends ConnectError {
  private constructor(
    message: string,
    code: Code,
    /** Reason from the closed list of the contract; UNSPECIFIED for one that is not known here. */
    readonly reason: ErrorReason,
    /** Domain of the reason. */
    readonly domain: string,
    /** What the error is about, such as `entities/atlantis`; empty where it is about no resource. */
    readonly resource: string,
    /** Bad fields of the request. */
    readonly violations: readonly Violation[],
    /** How long to wait at the least, in milliseconds, where the server says. */
    readonly retryAfter: number | undefined,
    cause: unknown,
  ) {
    super(message, code, undefined, undefined, cause);
  }

  /** Errors of Connect take whatever looks like one of them for an instance. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.isPrototypeOf.call(AlmanacError.prototype, value as object);
  }

  /** Reads whatever a call threw. */
  static override from(cause: unknown): AlmanacError {
    if (cause instanceof AlmanacError) {
      return cause;
    }
    const error = ConnectError.from(cause);
    const [info] = error.findDetails(ErrorInfoSchema);
    const [request] = error.findDetails(BadRequestSchema);
    const [retry] = error.findDetails(RetryInfoSchema);
    const violations = request?.fieldViolations.map(({ field, reason, description }) => ({
      field,
      reason: reasonOf(reason),
      message: description,
    }));
    const delay = retry?.retryDelay;
    return new AlmanacError(
      error.rawMessage,
      error.code,
      reasonOf(info?.reason),
      info?.domain ?? "",
      info?.metadata["resource"] ?? "",
      violations ?? [],
      delay && Number(delay.seconds) * 1000 + delay.nanos / 1e6,
      cause,
    );
  }
}

function reasonOf(text: string | undefined): ErrorReason {
  const found = ErrorReason[text as keyof typeof ErrorReason];
  return typeof found === "number" ? found : ErrorReason.UNSPECIFIED;
}

/** Whether the same may be asked again, of another server or later. */
export function isAway(cause: unknown): boolean {
  return AlmanacError.from(cause).code === Code.Unavailable;
}
