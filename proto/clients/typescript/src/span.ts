const dayMillis = 86_400_000;
/** 0001-01-01 in days since 1970-01-01: lengths count from it where the start is open. */
const earliest = -719_162;

/** A packed span of days; what is undefined is open. */
export interface Span {
  startDay?: number;
  days?: number;
}

/** Steps of the calendar, the coarser the less: how much of a date their codes have. */
const steps = { year: 4, month: 7, day: 10 } as const;

/** The canonical code of a span, as the contract writes it. */
export function spanCode({ startDay, days }: Span): string {
  const start = startDay ?? earliest;
  const first = dateOf(start);
  if (days === undefined) {
    return `${iso(first).slice(0, starting(first))}/..`;
  }
  const after = dateOf(start + days);
  const last = dateOf(start + days - 1);
  if (startDay === undefined) {
    return `../${iso(last).slice(0, starting(after))}`;
  }
  if (days === 1) {
    return iso(first);
  }
  if (days === 7 && first.getUTCDay() === 1) {
    return week(first);
  }
  const step = Math.max(starting(first), starting(after));
  return named(first, last, step) ?? `${iso(first).slice(0, step)}/${iso(last).slice(0, step)}`;
}

/** The coarsest step that begins on this day. */
function starting(date: Date): number {
  if (date.getUTCDate() !== 1) {
    return steps.day;
  }
  return date.getUTCMonth() === 0 ? steps.year : steps.month;
}

/** The code of a span of whole months that has a name of its own. */
function named(first: Date, last: Date, step: number): string | undefined {
  const year = iso(first).slice(0, 4);
  const sameYear = first.getUTCFullYear() === last.getUTCFullYear();
  if (step === steps.year) {
    const decade = Number(year) % 10 === 0 && last.getUTCFullYear() === Number(year) + 9;
    return sameYear ? year : decade ? `${year.slice(0, 3)}X` : undefined;
  }
  const before = first.getUTCMonth();
  const months = last.getUTCMonth() - before + 1;
  if (step !== steps.month || !sameYear || before % months !== 0) {
    return undefined;
  }
  const codes: Record<number, string> = {
    6: `${year}-H${before / 6 + 1}`,
    3: `${year}-Q${before / 3 + 1}`,
    1: iso(first).slice(0, 7),
  };
  return codes[months];
}

/** The ISO week that begins on this Monday: its year is that of its Thursday. */
function week(monday: Date): string {
  const thursday = new Date(monday.getTime() + 3 * dayMillis);
  const year = thursday.getUTCFullYear();
  const number = Math.floor((thursday.getTime() - yearStart(year)) / (7 * dayMillis)) + 1;
  return `${String(year).padStart(4, "0")}-W${String(number).padStart(2, "0")}`;
}

function yearStart(year: number): number {
  const date = new Date(0);
  return date.setUTCFullYear(year, 0, 1);
}

function dateOf(day: number): Date {
  return new Date(day * dayMillis);
}

function iso(date: Date): string {
  return date.toISOString().slice(0, 10);
}
