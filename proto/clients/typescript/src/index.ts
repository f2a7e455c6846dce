/**
 * A client for Almanac, an observatory of cited figures: the generated stubs of its services
 * behind one connection, and the few things that stubs lack. Generated modules are exported by
 * the path of their schema, such as `@almanac/client/almanac/metrics/v1/claim_pb`.
 */
export {
  connect,
  over,
  standardInterceptors,
  type Almanac,
  type ConnectOptions,
} from "./client.js";
export { AlmanacError, type Violation } from "./error.js";
export { claimName, figures, valueOf, type Figure } from "./figures.js";
export { ingest, type BadRow, type Ingest, type Ingested } from "./ingest.js";
export { items, pages } from "./page.js";
export { download, waitReport } from "./report.js";
export {
  atLeastAsFresh,
  atSnapshot,
  between,
  bounded,
  day,
  Interval,
  month,
  number,
  quarter,
  year,
} from "./value.js";
export { afterSnapshot, watch } from "./watch.js";
