import { type FailureKind, failureOf } from "../../platform/failures.ts";
import type { Projecting } from "../../projection/core/projecting.ts";

/** The longest wait of a message while the database is away, in seconds. */
const MAX_DELAY_S = 300;

/** The shortest, by what failed: a database that has too much to do, or that only time or an operator can help, is spared. */
const MIN_DELAY_S: Partial<Record<FailureKind, number>> = {
  stalled: 60,
  overloaded: 20,
  "timed-out": 60,
  exporting: 60,
  full: MAX_DELAY_S,
  "quota-spent": MAX_DELAY_S,
};

/**
 * Seconds until a message comes again whose database was at fault: doubled with each attempt, with jitter, so that not all of them come
 * back at once.
 */
export function retryDelay({ random }: Pick<Projecting, "random">, error: unknown, attempts: number): number {
  const kind = failureOf(error);
  const floor = (kind && MIN_DELAY_S[kind]) ?? 1;
  return Math.ceil(Math.min(Math.max(2 ** attempts, floor), MAX_DELAY_S) * (1 - random() / 2));
}
