import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { Decimal as Base } from "decimal.js";

import {
  Bound,
  type Interval as WireInterval,
  PeriodSchema,
  QuantitySchema,
  type Period,
  type Quantity,
} from "./gen/almanac/figure/v1/figure_pb.js";
import { ConsistencySchema, type Consistency } from "./gen/almanac/snapshot/v1/snapshot_pb.js";

/** Decimals with room for the sum of any figures: a figure has at most 38 digits. */
export const Decimal = Base.clone({ precision: 100, toExpNeg: -100, toExpPos: 100 });
export type Decimal = Base;

/** A quantity of this number, exact as the source printed it. */
export function number(text: string, multiplier = 0): Quantity {
  return bounded(Bound.EXACT, text, multiplier);
}

/** A quantity of this number with a bound, such as "more than 500". */
export function bounded(bound: Bound, text: string, multiplier = 0): Quantity {
  return create(QuantitySchema, { bound, multiplier, value: { case: "number", value: text } });
}

/** A quantity between two numbers, both included. */
export function between(lower: string, upper: string, multiplier = 0): Quantity {
  return create(QuantitySchema, { multiplier, value: { case: "range", value: { lower, upper } } });
}

/** Where a figure lies, in its unit; an end is undefined where there is none. */
export class Interval {
  readonly point?: Decimal;
  readonly lower?: Decimal;
  readonly upper?: Decimal;
  readonly lowerExclusive: boolean;
  readonly upperExclusive: boolean;

  constructor(wire: WireInterval) {
    const read = (text: string) => (text === "" ? undefined : new Decimal(text));
    this.point = read(wire.point);
    this.lower = read(wire.lower);
    this.upper = read(wire.upper);
    this.lowerExclusive = wire.lowerExclusive;
    this.upperExclusive = wire.upperExclusive;
  }

  /** Whether the figure may be this number. */
  contains(value: Decimal | string | number): boolean {
    const below = this.lower?.cmp(value) ?? -1;
    const above = this.upper?.cmp(value) ?? 1;
    if (this.lower === undefined && this.upper === undefined) {
      return this.point?.eq(value) ?? false;
    }
    return (
      (below < 0 || (below === 0 && !this.lowerExclusive)) &&
      (above > 0 || (above === 0 && !this.upperExclusive))
    );
  }
}

/** A year as a period. */
export function year(value: number): Period {
  return period(`${pad(value, 4)}`);
}

/** A quarter, 1 to 4, of a year. */
export function quarter(value: number, part: number): Period {
  return period(`${pad(value, 4)}-Q${part}`);
}

/** A month, 1 to 12, of a year. */
export function month(value: number, part: number): Period {
  return period(`${pad(value, 4)}-${pad(part, 2)}`);
}

/** The day of a time, in UTC. */
export function day(time: Date): Period {
  return period(time.toISOString().slice(0, 10));
}

function period(code: string): Period {
  return create(PeriodSchema, { code });
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/** Asks for an answer exactly as of a snapshot token. */
export function atSnapshot(token: string): Consistency {
  return consistency({ case: "atSnapshot", value: token });
}

/**
 * Asks for an answer that is not older than any of these snapshot tokens: for reading one's own
 * writes, to several services if need be.
 */
export function atLeastAsFresh(...tokens: string[]): Consistency {
  return consistency({ case: "atLeastAsFresh", value: { tokens } });
}

function consistency(
  requirement: MessageInitShape<typeof ConsistencySchema>["requirement"],
): Consistency {
  return create(ConsistencySchema, { requirement });
}
