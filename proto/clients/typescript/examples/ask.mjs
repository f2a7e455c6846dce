// Prints everything that sources say of one observation:
//   node ask.mjs URL INDICATOR ENTITY PERIOD
import { AlmanacError, connect, Interval } from "@almanac/client";
import { ClaimSetState } from "@almanac/client/almanac/metrics/v1/claim_pb";

const [url, indicator, entity, period] = process.argv.slice(2);
const almanac = connect(url);
try {
  const { claimSet } = await almanac.metrics.getClaimSet({
    seriesKey: { indicator: `indicators/${indicator}`, entity: `entities/${entity}` },
    period,
  });
  console.log(`${ClaimSetState[claimSet.state]}: ${claimSet.rule.text}`);
  for (const claim of claimSet.claims) {
    const { point } = new Interval(claim.interval);
    console.log(`${point.toFixed()} ${claim.provenance.unit}, ${claim.release}`);
    console.log(`  cite as ${claim.name}`);
  }
} catch (error) {
  if (!(error instanceof AlmanacError)) {
    throw error;
  }
  console.log(`refused: ${error.message}`);
  for (const { field, message } of error.violations) {
    console.log(`  ${field}: ${message}`);
  }
}
