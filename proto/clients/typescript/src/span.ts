const dayMillis = 86_400_000;
/** 0001-01-01 in days since 1970-01-01: lengths count from it where the start is open. */
const earliest = -719_162;

/** A packed span of days; what is undefined is open. */
export interface Span {
  startDay?: number;
  days?: number;
}

/** The canonical code of a span, as the contract writes it. */
export function spanCode({ startDay, days }: Span): string {
  const start = startDay ?? earliest;
  const first = dateOf(start);
  if (days === undefined) {
    return `${iso(first)}/..`;
  }
  const last = dateOf(start + days - 1);
  return startDay === undefined ? `../${iso(last)}` : closed(first, last, dateOf(start + days));
}

function closed(first: Date, last: Date, after: Date): string {
  const year = first.getUTCFullYear();
  const month = first.getUTCMonth();
  const wholeMonths = first.getUTCDate() === 1 && after.getUTCDate() === 1;
  const months = (after.getUTCFullYear() - year) * 12 + after.getUTCMonth() - month;
  const text = String(year).padStart(4, "0");
  if (wholeMonths && months === 120 && month === 0 && year % 10 === 0) {
    return `${text.slice(0, 3)}X`;
  }
  if (wholeMonths && months === 12 && month === 0) {
    return text;
  }
  if (wholeMonths && months === 6 && month % 6 === 0) {
    return `${text}-H${month / 6 + 1}`;
  }
  if (wholeMonths && months === 3 && month % 3 === 0) {
    return `${text}-Q${month / 3 + 1}`;
  }
  if (wholeMonths && months === 1) {
    return iso(first).slice(0, 7);
  }
  if (first.getTime() === last.getTime()) {
    return iso(first);
  }
  const isWeek = after.getTime() - first.getTime() === 7 * dayMillis && first.getUTCDay() === 1;
  return isWeek ? week(first) : `${iso(first)}/${iso(last)}`;
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
