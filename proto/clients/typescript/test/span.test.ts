import assert from "node:assert/strict";
import { test } from "node:test";

import { spanCode } from "../src/span.js";

const day = (text: string) => Date.parse(text) / 86_400_000;

test("spans have the codes of the contract", () => {
  for (const [code, first, last] of [
    ["2018", "2018-01-01", "2018-12-31"],
    ["2018-H2", "2018-07-01", "2018-12-31"],
    ["2018-Q3", "2018-07-01", "2018-09-30"],
    ["2018-06", "2018-06-01", "2018-06-30"],
    ["2018-W23", "2018-06-04", "2018-06-10"],
    ["2018-06-12", "2018-06-12", "2018-06-12"],
    ["195X", "1950-01-01", "1959-12-31"],
    ["2018-04/2019-03", "2018-04-01", "2019-03-31"],
    ["2018-02/2018-04", "2018-02-01", "2018-04-30"],
    ["2003/2018", "2003-01-01", "2018-12-31"],
    ["2018-06-12/2018-07-31", "2018-06-12", "2018-07-31"],
  ] as const) {
    const startDay = day(first);
    assert.equal(spanCode({ startDay, days: day(last) - startDay + 1 }), code);
  }
  assert.equal(spanCode({ startDay: day("2019-01-01") }), "2019/..");
  assert.equal(spanCode({ startDay: day("2019-03-02") }), "2019-03-02/..");
  assert.equal(spanCode({ days: day("2017-12-31") - -719_162 + 1 }), "../2017");
  assert.equal(spanCode({ days: day("2017-06-30") - -719_162 + 1 }), "../2017-06");
});
