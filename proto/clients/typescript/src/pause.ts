import { setTimeout as sleep } from "node:timers/promises";

/** Longest pause before something is tried again. */
export const longestPause = 5_000;

/** Waits for so many milliseconds, or until `signal` aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return sleep(Math.min(milliseconds, longestPause), undefined, { signal });
}
