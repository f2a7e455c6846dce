import { createHash } from "node:crypto";

import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { ConnectError, type CallOptions } from "@connectrpc/connect";

import type { Almanac } from "./client.js";
import { AlmanacError, isAway } from "./error.js";
import type { Artefact, Report } from "./gen/almanac/reporting/v1/report_pb.js";
import {
  RunReportMetadataSchema,
  RunReportResponseSchema,
  type RunReportMetadata,
} from "./gen/almanac/reporting/v1/reporting_service_pb.js";
import type { Operation } from "./gen/google/longrunning/operations_pb.js";
import { longestPause, pause } from "./pause.js";

/**
 * Waits for a run and answers its report. `progress` hears how far it is. The run goes on when
 * `signal` aborts: wait again by the name of the operation.
 */
export async function waitReport(
  almanac: Almanac,
  operation: Operation,
  progress: (metadata: RunReportMetadata) => void = () => {},
  options: CallOptions = {},
): Promise<Report> {
  for (;;) {
    const metadata = operation.metadata && anyUnpack(operation.metadata, RunReportMetadataSchema);
    if (metadata !== undefined) {
      progress(metadata);
    }
    if (operation.done) {
      break;
    }
    try {
      const request = { name: operation.name, timeout: { seconds: 1n } };
      operation = await almanac.operations.waitOperation(request, options);
    } catch (cause) {
      if (!isAway(cause)) {
        throw cause;
      }
      await pause(1_000, options.signal);
    }
  }
  if (operation.result.case === "error") {
    const { message, code } = operation.result.value;
    throw AlmanacError.from(new ConnectError(message, code));
  }
  const response =
    operation.result.case === "response" &&
    anyUnpack(operation.result.value, RunReportResponseSchema);
  if (!response || response.report === undefined) {
    throw new Error(`${operation.name} ended without a report`);
  }
  return response.report;
}

/**
 * The content of a file of a report. A broken download goes on where it broke; what is answered
 * has the digest that the report states.
 */
export async function download(
  almanac: Almanac,
  artefact: Artefact,
  options: CallOptions = {},
): Promise<Uint8Array> {
  const content = new Uint8Array(Number(artefact.sizeBytes));
  let offset = 0;
  for (let wait = 100; offset < content.length; wait = Math.min(2 * wait, longestPause)) {
    try {
      const request = { name: artefact.name, offset: BigInt(offset) };
      for await (const { chunk } of almanac.reporting.downloadArtefact(request, options)) {
        content.set(chunk, offset);
        offset += chunk.length;
      }
      break;
    } catch (cause) {
      if (!isAway(cause)) {
        throw cause;
      }
      await pause(wait, options.signal);
    }
  }
  const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
  if (digest !== artefact.digest) {
    throw new Error(`${artefact.name} has the digest ${digest}, not ${artefact.digest}`);
  }
  return content;
}
