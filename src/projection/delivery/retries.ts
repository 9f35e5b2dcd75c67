import { type FailureKind, failureOf } from "../../platform/failures.ts";
import type { Projecting } from "../../projection/core/projecting.ts";

/** Maximum retry delay while the database is unavailable, in seconds. */
const MAX_DELAY_S = 300;

/**
 * Minimum retry delay by failure, in seconds: longer if the database is overloaded, or recovers only with time or an
 * operator.
 */
const MIN_DELAY_S: Partial<Record<FailureKind, number>> = {
  stalled: 60,
  overloaded: 20,
  "timed-out": 60,
  exporting: 60,
  full: MAX_DELAY_S,
  "quota-spent": MAX_DELAY_S,
};

/** Retry delay of a message after a database failure, in seconds: exponential backoff with jitter. */
export function retryDelay({ random }: Pick<Projecting, "random">, error: unknown, attempts: number): number {
  const kind = failureOf(error);
  const floor = (kind && MIN_DELAY_S[kind]) ?? 1;
  return Math.ceil(Math.min(Math.max(2 ** attempts, floor), MAX_DELAY_S) * (1 - random() / 2));
}
