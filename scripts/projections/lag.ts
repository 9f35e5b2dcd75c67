import type { Status } from "./schemas.ts";
import { seconds } from "./times.ts";

type Lag = Status["projected"]["lag_seconds"];

/** The time within which a share of the changes was projected, by the buckets: "up to 50 ms", "more than 1 min 0 s". */
export function percentile({ count, buckets }: Lag, share: number): string {
  const bucket = buckets.find((candidate) => candidate.count >= count * share);
  if (bucket !== undefined) return `up to ${seconds(bucket.le)}`;
  return `more than ${seconds(buckets.at(-1)?.le ?? 0)}`;
}

/** The lag of the lists in words. */
export function lagInWords(lag: Lag): string {
  if (lag.count === 0) return "unknown: nothing was projected yet";
  return `p50 ${percentile(lag, 0.5)}, p99 ${percentile(lag, 0.99)}, mean ${seconds(lag.sum / lag.count)}`;
}
