import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ConnectError, type CallOptions } from "@connectrpc/connect";

import type { Almanac } from "./client.js";
import { AlmanacError, isAway } from "./error.js";
import type {
  ClaimInputSchema,
  SourceSeriesDeclarationSchema,
} from "./gen/almanac/metrics/v1/claim_pb.js";
import {
  IngestClaimsRequestSchema,
  type IngestClaimsRequest,
  type IngestClaimsResponse,
  type IngestCounts,
  type OpenIngestSchema,
} from "./gen/almanac/metrics/v1/metrics_service_pb.js";
import type { Status } from "./gen/google/rpc/status_pb.js";
import { longestPause, pause } from "./pause.js";

type Message = MessageInitShape<typeof IngestClaimsRequestSchema>["message"];

/** What to take in: figures of one release. */
export interface Ingest {
  /** The release and the ingest; with the same `ingestId` it goes on where it broke. */
  open: MessageInitShape<typeof OpenIngestSchema>;
  /** Source series that the rows refer to. */
  sourceSeries: MessageInitShape<typeof SourceSeriesDeclarationSchema>[];
  /**
   * The rows of batch 1, 2, …: the same rows whenever it is asked, and none after the last.
   */
  batch: (sequence: bigint) => MessageInitShape<typeof ClaimInputSchema>[];
  /** Rows of the release that could not be read: then nothing is withdrawn. Default: 0. */
  unread?: bigint;
  /** How long the server may be away, in milliseconds. Default: a minute. */
  patience?: number;
}

/** What came of an ingest. */
export interface Ingested {
  /** Counts of the whole ingest. */
  counts?: IngestCounts;
  /** Rows that were skipped in the batches that this call sent. */
  badRows: BadRow[];
  /** The release is COMPLETE, but nothing was withdrawn, since rows are missing. */
  withheld: boolean;
  /** Snapshot token that holds all of it. */
  snapshot: string;
}

/** A row that was skipped. */
export interface BadRow {
  sequence: bigint;
  /** Index of the row in its batch, from 0. */
  index: number;
  error: AlmanacError;
}

/** Takes figures in. After a break it opens again and sends what was not acknowledged. */
export async function ingest(
  almanac: Almanac,
  wanted: Ingest,
  options: CallOptions = {},
): Promise<Ingested> {
  const done: Ingested = { badRows: [], withheld: false, snapshot: "" };
  let progress = Date.now();
  for (let wait = 100; ; wait = Math.min(2 * wait, longestPause)) {
    const before = done.snapshot;
    try {
      await attempt(almanac, wanted, options, done);
      return done;
    } catch (cause) {
      progress = done.snapshot === before ? progress : Date.now();
      if (!isAway(cause) || Date.now() - progress > (wanted.patience ?? 60_000)) {
        throw cause;
      }
    }
    await pause(wait, options.signal);
  }
}

async function attempt(
  almanac: Almanac,
  wanted: Ingest,
  options: CallOptions,
  done: Ingested,
): Promise<void> {
  const outgoing = new Outgoing();
  const answers = almanac.metrics.ingestClaims(outgoing, options)[Symbol.asyncIterator]();
  const receive = async (): Promise<IngestClaimsResponse> => {
    const { value, done: ended } = await answers.next();
    if (ended === true) {
      throw new Error("the server ended the ingest without saying what came of it");
    }
    done.snapshot = value.snapshot;
    return value;
  };
  try {
    outgoing.send({ case: "open", value: wanted.open });
    const opened = (await receive()).message;
    if (opened.case !== "opened") {
      throw unexpected(opened.case);
    }
    if (opened.value.finished) {
      done.counts = opened.value.counts;
      return;
    }
    outgoing.send({ case: "declare", value: { sourceSeries: wanted.sourceSeries } });
    for (let sequence = opened.value.acknowledgedThrough + 1n; ; sequence++) {
      const claims = wanted.batch(sequence);
      if (claims.length === 0) {
        break;
      }
      outgoing.send({ case: "batch", value: { sequence, claims } });
      const acknowledged = (await receive()).message;
      if (acknowledged.case !== "acknowledged") {
        throw unexpected(acknowledged.case);
      }
      for (const { index, status } of acknowledged.value.rowErrors) {
        done.badRows.push({ sequence, index, error: rowError(status) });
      }
    }
    outgoing.send({ case: "finish", value: { unread: wanted.unread ?? 0n } });
    const finished = (await receive()).message;
    if (finished.case !== "finished") {
      throw unexpected(finished.case);
    }
    done.counts = finished.value.counts;
    done.withheld = finished.value.withheld;
  } finally {
    outgoing.end();
    await answers.return?.();
  }
}

function unexpected(found: string | undefined): Error {
  return new Error(`the server answered out of turn: ${found ?? "nothing"}`);
}

function rowError(status: Status | undefined): AlmanacError {
  const error = new ConnectError(status?.message ?? "", status?.code);
  error.details = (status?.details ?? []).map(({ typeUrl, value }) => ({
    type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
    value,
  }));
  return AlmanacError.from(error);
}

/** Messages on their way out, one after the other. */
class Outgoing implements AsyncIterable<IngestClaimsRequest> {
  private readonly waiting: IngestClaimsRequest[] = [];
  private ended = false;
  private wake: () => void = () => {};

  send(message: Message): void {
    this.waiting.push(create(IngestClaimsRequestSchema, { message }));
    this.wake();
  }

  end(): void {
    this.ended = true;
    this.wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<IngestClaimsRequest> {
    for (;;) {
      const next = this.waiting.shift();
      if (next !== undefined) {
        yield next;
      } else if (this.ended) {
        return;
      } else {
        await new Promise<void>((resolve) => (this.wake = resolve));
      }
    }
  }
}
