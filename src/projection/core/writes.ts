import { getTableName } from "drizzle-orm";
import type { Statement } from "../../platform/database.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { advanceBacklog, clearBacklog } from "./backlog.ts";
import { countProjected } from "./figures.ts";
import { startJob } from "./jobs.ts";
import { type Projected, rowWriter, type TicketRef, versionOf } from "./projection.ts";

/**
 * The statements that publish projected rows (P2): upsert the rows, count them, clear and advance their backlog
 * entries and, for the first rows of a new projector, start its rebuild. They belong in one batch, in this order.
 *
 * @param refs the tickets of the batch
 * @param rows their projected rows
 * @param by `queue` records a heartbeat of the consumer
 */
export function projectionWrites(
  deps: Pick<Projecting, "projection" | "clock">,
  refs: readonly TicketRef[],
  rows: readonly Projected[],
  by: "queue" | "other" = "other",
): Statement[] {
  const { projection, clock } = deps;
  const versions = rows.map(versionOf);
  return [
    ...rowWriter(projection)(rows),
    countProjected(versions, clock(), by),
    clearBacklog(versions),
    advanceBacklog(refs, getTableName(projection.table)),
    // Every stored projector version is thus known to the rebuild job; a higher one is corrupt.
    startJob(deps, { name: "rebuild", pace: "queue", when: `projector < ${projection.projector}`, isDue: true }),
  ];
}
