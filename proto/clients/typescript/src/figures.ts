import { createHash } from "node:crypto";

import type { Quantity } from "./gen/almanac/figure/v1/figure_pb.js";
import type { Block, Provenance } from "./gen/almanac/metrics/v1/claim_pb.js";
import type { SeriesData } from "./gen/almanac/metrics/v1/metrics_service_pb.js";
import { spanCode } from "./span.js";
import { Decimal, number } from "./value.js";

/** One live claim of a series, from either view. */
export interface Figure {
  /** The name to cite. */
  readonly claim: string;
  /** Period code. */
  readonly period: string;
  /** What the source stated; undefined when withdrawn. */
  readonly quantity?: Quantity;
  /** Whose figure it is. */
  readonly provenance?: Provenance;
  /** The release that states it. */
  readonly release: string;
}

/** The number of a figure in its unit, where it is one number. */
export function valueOf(figure: Figure): Decimal | undefined {
  const quantity = figure.quantity;
  return quantity?.value.case === "number"
    ? new Decimal(quantity.value.value).mul(new Decimal(10).pow(quantity.multiplier))
    : undefined;
}

/** Reads the figures of a series, whichever view they came in. */
export function* figures(data: SeriesData): Generator<Figure, void, undefined> {
  for (const { name, period, quantity, provenance, release } of data.claims) {
    yield { claim: name, period: period?.code ?? "", quantity, provenance, release };
  }
  const block = data.block;
  if (block !== undefined) {
    const marks = {
      withdrawn: new Set(block.withdrawn),
      openStarts: new Set(block.openStarts),
      openEnds: new Set(block.openEnds),
    };
    for (let i = 0; i < block.mantissas.length; i++) {
      yield unpack(data, block, marks, i);
    }
  }
}

interface Marks {
  withdrawn: Set<number>;
  openStarts: Set<number>;
  openEnds: Set<number>;
}

function unpack(data: SeriesData, block: Block, marks: Marks, i: number): Figure {
  const source = data.sourceSeries[block.sourceSeries[i] ?? 0];
  const release = data.releases[block.releases[i] ?? 0] ?? "";
  const period = spanCode({
    startDay: marks.openStarts.has(i) ? undefined : block.startDays[i],
    days: marks.openEnds.has(i) ? undefined : block.lengths[i],
  });
  return {
    claim: claimName(source?.name ?? "", period, release, block.ordinals[i] ?? 1),
    period,
    quantity: marks.withdrawn.has(i) ? undefined : quantityAt(block, i),
    provenance: source?.provenance,
    release,
  };
}

function quantityAt(block: Block, i: number): Quantity {
  const other = block.other[i];
  if (other !== undefined) {
    return other;
  }
  return number(block.longNumbers[i] ?? decimal(block.mantissas[i] ?? 0n, block.scales[i] ?? 0));
}

/** mantissa × 10^-scale in digits, with all the zeros that state precision. */
function decimal(mantissa: bigint, scale: number): string {
  const sign = mantissa < 0n ? "-" : "";
  const digits = (mantissa < 0n ? -mantissa : mantissa).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

/**
 * The name of the claim that a release makes of a period of a source series: named by content,
 * so it can be told without asking.
 */
export function claimName(
  sourceSeries: string,
  period: string,
  release: string,
  ordinal: number,
): string {
  const [series = "", id = ""] = sourceSeries.split("/sourceSeries/");
  const content = [id, release.slice(release.lastIndexOf("/") + 1), ordinal].join("\n");
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  return `${series}/claims/${period.replaceAll("/", "_")}.${hash}`;
}
