import type { SnapshotInfo } from "./commit.ts";

/** The largest lead of the database's clock that can be clock skew, in milliseconds: a day. */
const MAX_LEAD_MS = 24 * 60 * 60 * 1000;

/**
 * The time of a command: the later of the worker's clock and the database's, so that no event of a ticket is older than the command
 * before it. It does not depend on the times of a ticket, because an import can set any. If a wrong clock has set the database's clock far
 * ahead, the worker's clock is used.
 *
 * @param now the worker's clock, in milliseconds since 1970
 * @param snapshot the snapshot that the command is decided on
 */
export function commandTime(now: number, { recorded_at }: Pick<SnapshotInfo, "recorded_at">): number {
  return recorded_at - now <= MAX_LEAD_MS ? Math.max(now, recorded_at) : now;
}
