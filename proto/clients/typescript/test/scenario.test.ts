import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";

import { fromJson, toBinary, type DescMessage, type MessageShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";

import { OnError } from "../src/gen/almanac/figure/v1/batch_pb.js";
import {
  ClaimSetState,
  PreferenceReason,
  SeriesKeySchema,
} from "../src/gen/almanac/metrics/v1/claim_pb.js";
import {
  GetClaimSetResponseSchema,
  GetSeriesResponseSchema,
  SeriesView,
  StreamSeriesResponseSchema,
} from "../src/gen/almanac/metrics/v1/metrics_service_pb.js";
import { RecordKind } from "../src/gen/almanac/registry/v1/registry_service_pb.js";
import { ErrorReason } from "../src/gen/almanac/server/v1/error_reason_pb.js";
import {
  AlmanacError,
  afterSnapshot,
  atLeastAsFresh,
  claimName,
  connect,
  download,
  figures,
  ingest,
  Interval,
  items,
  number,
  over,
  pages,
  standardInterceptors,
  valueOf,
  waitReport,
  watch,
  type Almanac,
} from "../src/index.js";
import { Decimal } from "../src/value.js";
import { grpcJsTransport } from "./grpc-js.js";
import { expected, Server } from "./harness.js";

let server: Server;
let almanac: Almanac;

/** The two gRPC stacks of Node.js; the scenario is played on each. */
const stacks = {
  connect: (address: string) => connect(`http://${address}`),
  "grpc-js": (address: string) => over(grpcJsTransport(address, standardInterceptors())),
};

const steps = {
  pages: paging,
  "claim set": claimSet,
  "as of": asOf,
  "name and key": nameAndKey,
  "large answers": largeAnswers,
  cursor,
  ingest: ingesting,
  watch: watching,
  report,
  errors,
};

for (const [stack, open] of Object.entries(stacks)) {
  describe(stack, () => {
    before(async () => {
      server = await Server.start();
      almanac = open(server.address);
    });
    after(() => server.stop());
    for (const [name, step] of Object.entries(steps)) {
      test(name, { timeout: 120_000 }, step);
    }
  });
}

const key = (json: never) => fromJson(SeriesKeySchema, json);

function within<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): void {
  assert.ok(toBinary(schema, message).length <= expected.large.answer_bytes);
}

async function refused(call: Promise<unknown>): Promise<AlmanacError> {
  try {
    await call;
  } catch (cause) {
    assert.ok(cause instanceof AlmanacError, String(cause));
    return cause;
  }
  return assert.fail("the call was answered");
}

async function paging(): Promise<void> {
  const want = expected.pages;
  const names: string[] = [];
  let count = 0;
  for await (const page of pages(almanac.metrics.listIndicators, { pageSize: want.page_size })) {
    count++;
    names.push(...page.indicators.map(({ name }) => name));
  }
  assert.deepEqual(names, want.indicators);
  assert.equal(count, want.pages);
}

async function claimSet(): Promise<void> {
  const want = expected.claim_set;
  const request = { seriesKey: key(want.series_key as never), period: want.period };
  const { claimSet: set } = await almanac.metrics.getClaimSet(request);
  assert.ok(set?.spread);
  assert.equal(`CLAIM_SET_STATE_${ClaimSetState[set.state]}`, want.state);
  assert.equal(`PREFERENCE_REASON_${PreferenceReason[set.rule?.reason ?? 0]}`, want.rule);
  const spread = new Interval(set.spread);
  assert.equal(spread.lower?.toFixed(), want.spread.lower);
  assert.equal(spread.upper?.toFixed(), want.spread.upper);
  assert.equal(set.spreadPercent, want.spread_percent);
  assert.deepEqual(
    set.claims.map(({ quantity }) => quantity?.value.value),
    want.numbers,
  );
  assert.deepEqual(
    set.claims.map(({ provenance }) => provenance?.source),
    want.sources,
  );
  assert.deepEqual(
    set.claims.map(({ name }) => name),
    want.claims,
  );
  for (const { name, quantity, sourceSeries, release, ordinal } of set.claims) {
    assert.equal(quantity?.multiplier, want.multiplier);
    assert.equal(name, claimName(sourceSeries, want.period, release, ordinal));
  }
}

async function asOf(): Promise<void> {
  const want = expected.as_of;
  const observation = { seriesKey: key(want.series_key as never), period: want.period };
  const asOf = timestampFromDate(new Date(want.as_of));
  const { claimSet } = await almanac.metrics.getClaimSet({ ...observation, asOf });
  const [claim] = claimSet?.claims ?? [];
  assert.equal(claim?.quantity?.value.value, want.number);
  assert.equal(claim?.release, want.release);
  const request = { ...observation, pageSize: 1 };
  const vintages = [];
  for await (const { quantity } of items(
    almanac.metrics.listClaimVintages,
    request,
    (page) => page.claims,
  )) {
    vintages.push(quantity?.value.value);
  }
  assert.deepEqual(vintages, want.vintages);
}

async function nameAndKey(): Promise<void> {
  const want = expected.mismatch;
  const { data } = await almanac.metrics.getSeries({ key: key(want.series_of as never) });
  const both = { name: data?.series?.name, key: key(want.key as never) };
  const error = await refused(almanac.metrics.getSeries(both));
  assert.equal(ErrorReason[error.reason], want.reason);
}

async function largeAnswers(): Promise<void> {
  const { limits } = await almanac.server.getServerInfo({});
  assert.equal(limits?.answerBytes, expected.large.answer_bytes);
  const want = expected.large.daily;
  for (const view of [SeriesView.CLAIMS, SeriesView.PACKED]) {
    let sum = new Decimal(0);
    let count = 0;
    let last;
    const request = { key: key(want.series_key as never), view };
    for await (const page of pages(almanac.metrics.getSeries, request)) {
      within(GetSeriesResponseSchema, page);
      assert.ok(page.data);
      for (const figure of figures(page.data)) {
        sum = sum.add(valueOf(figure) ?? NaN);
        count++;
        last = figure;
      }
    }
    assert.equal(count, want.figures);
    assert.equal(sum.toFixed(), want.sum);
    assert.equal(last?.period, want.last.period);
    assert.equal(last?.quantity?.value.value, want.last.number);
    assert.equal(last?.claim, want.last.claim);
  }
  const noted = expected.large.noted;
  let claims = 0;
  let notes = 0;
  const request = { seriesKey: key(noted.series_key as never), period: noted.period };
  for await (const page of pages(almanac.metrics.getClaimSet, request)) {
    within(GetClaimSetResponseSchema, page);
    assert.equal(page.claimSet?.claimCount, noted.claims);
    for (const { text } of page.claimSet?.claims ?? []) {
      claims++;
      notes += text?.notes.length ?? 0;
    }
  }
  assert.equal(claims, noted.claims);
  assert.equal(notes, noted.claims * noted.notes);
}

async function cursor(): Promise<void> {
  const whole = await stream("");
  const first = await stream("", 1);
  const rest = await stream(first.cursor);
  assert.deepEqual([...first.claims, ...rest.claims], whole.claims);
}

/** Reads the stream of all series after `cursor`, at most so many messages of it. */
async function stream(cursor: string, messages = Infinity) {
  const read = { claims: [] as string[], cursor };
  for await (const message of almanac.metrics.streamSeries({ cursor })) {
    within(StreamSeriesResponseSchema, message);
    for (const data of message.series) {
      for (const { claim } of figures(data)) {
        read.claims.push(claim);
      }
    }
    read.cursor = message.cursor;
    if (--messages === 0) {
      break;
    }
  }
  return read;
}

async function ingesting(): Promise<void> {
  const want = expected.ingest;
  const seriesKey = key(want.series_key as never);
  const rows = want.rows.map((row: { period: string; number: string }) => ({
    sourceSeries: 1,
    period: { code: row.period },
    quantity: number(row.number),
  }));
  const done = await ingest(almanac, {
    open: { release: want.release, ingestId: want.ingest_id, onError: OnError.SKIP_ROWS },
    sourceSeries: [{ sourceSeries: 1, series: seriesKey, provenance: { unit: want.unit } }],
    batch: (sequence) => (sequence === 1n ? rows : []),
  });
  assert.equal(done.counts?.written, BigInt(want.written));
  assert.equal(done.counts?.rejected, BigInt(want.rejected));
  const [bad, ...others] = done.badRows;
  assert.equal(others.length, 0);
  assert.equal(bad?.index, want.bad_row.index);
  assert.equal(ErrorReason[bad?.error.reason ?? 0], want.bad_row.reason);
  assert.equal(bad?.error.violations[0]?.field, want.bad_row.field);
  const { snapshot } = await create(want.entity.id, want.entity.kind, want.entity.name);
  const consistency = atLeastAsFresh(done.snapshot, snapshot);
  const { data } = await almanac.metrics.getSeries({ key: seriesKey, consistency });
  assert.equal(data?.claims.length, want.written);
  await almanac.registry.getEntity({ name: `entities/${want.entity.id}`, consistency });
}

function create(entityId: string, kind: string, text: string) {
  return almanac.registry.createEntity({
    entityId,
    entity: { kind, names: [{ text, language: "en" }] },
  });
}

async function watching(): Promise<void> {
  const want = expected.watch;
  const { snapshot } = await almanac.registry.getSnapshot({});
  await create(want.before, want.kind, want.before);
  const request = { start: afterSnapshot(snapshot), kinds: [RecordKind.ENTITY] };
  const names: string[] = [];
  for await (const message of watch(almanac.registry.watchChanges, request)) {
    assert.equal(message.isCheckpoint, message.changes.length === 0);
    for (const { name } of message.changes) {
      names.push(name);
      if (names.length === 1) {
        await server.restart();
        await create(want.after, want.kind, want.after);
      }
    }
    if (message.isCheckpoint && names.length > 1) {
      break;
    }
  }
  assert.deepEqual(names, [`entities/${want.before}`, `entities/${want.after}`]);
}

async function report(): Promise<void> {
  const want = expected.report;
  const operation = await almanac.reporting.runReport({ template: want.template });
  let told = 0;
  const report = await waitReport(almanac, operation, () => told++);
  assert.ok(told > 0);
  assert.equal(report.figureCount, want.figures);
  assert.equal(report.title, want.title);
  const claims: string[] = [];
  for await (const figure of items(
    almanac.reporting.listFigures,
    { report: report.name },
    (page) => page.figures,
  )) {
    claims.push(...figure.claims);
  }
  assert.deepEqual(claims, want.claims);
  const [artefact] = report.artefacts;
  assert.ok(artefact);
  const content = await download(almanac, artefact);
  const digest = createHash("sha256").update(content).digest("hex");
  assert.equal(`sha256:${digest}`, artefact.digest);
  const half = Math.floor(content.length / 2);
  const rest: Uint8Array[] = [];
  const second = { name: artefact.name, offset: BigInt(half) };
  for await (const { chunk } of almanac.reporting.downloadArtefact(second)) {
    rest.push(chunk);
  }
  assert.deepEqual(Buffer.concat(rest), Buffer.from(content.subarray(half)));
}

async function errors(): Promise<void> {
  const { domain, period, entity, method } = expected.errors;
  const seriesKey = key(expected.claim_set.series_key as never);
  const bad = await refused(almanac.metrics.getClaimSet({ seriesKey, period: period.period }));
  matches(bad, period);
  assert.equal(bad.violations[0]?.field, period.field);
  assert.equal(bad.violations[0]?.reason, bad.reason);
  const missing = await refused(almanac.registry.getEntity({ name: entity.name }));
  matches(missing, entity);
  assert.equal(missing.resource, entity.resource);
  const [service, name] = method.path.slice(1).split("/");
  const known = almanac.registry.getEntity;
  assert.ok(known);
  const { RegistryService } = await import("../src/gen/almanac/registry/v1/registry_service_pb.js");
  const unknown = { ...RegistryService.method.getEntity, name };
  unknown.parent = { ...RegistryService, typeName: service };
  const call = almanac.transport.unary(unknown, undefined, 5_000, undefined, {});
  matches(await refused(call), method);

  function matches(error: AlmanacError, want: { code: string; reason: string }): void {
    assert.equal(Code[error.code].toLowerCase(), want.code.toLowerCase().replaceAll("_", ""));
    assert.equal(ErrorReason[error.reason], want.reason);
    assert.equal(error.domain, domain);
  }
}
