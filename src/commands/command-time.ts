import type { SnapshotInfo } from "./commit.ts";

/** A lead of the database's clock that no clock skew explains, in milliseconds: a day. */
const MAX_LEAD_MS = 24 * 60 * 60 * 1000;

/**
 * The time of a command: that of the database, so that no event of a ticket is older than the command before it, whichever
 * worker's clock is behind. It depends on no time that a ticket holds: an import may have brought any. A database whose clock
 * once followed a wrong one, far ahead, is not believed.
 *
 * @param now the worker's clock, milliseconds since 1970
 * @param seen what the database showed in the snapshot that the command is decided on
 */
export function commandTime(now: number, { recorded_at }: Pick<SnapshotInfo, "recorded_at">): number {
  return recorded_at - now <= MAX_LEAD_MS ? Math.max(now, recorded_at) : now;
}
