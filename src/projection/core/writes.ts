import { getTableName } from "drizzle-orm";
import type { Statement } from "../../platform/database.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { advanceBacklog, clearBacklog } from "./backlog.ts";
import { countProjected } from "./figures.ts";
import { startJob } from "./jobs.ts";
import { type Projected, rowWriter, type TicketRef, versionOf } from "./projection.ts";

/**
 * The statements that make rows visible (P2): the rows, guarded; what the backlog owed and now does not, counted and cleared; what
 * it owes from now on; and, where these are the first rows of a new projector, the beginning of its rebuild. They belong into one
 * batch, in this order.
 *
 * @param refs the tickets that were looked at
 * @param rows what the projector made of them
 * @param by whether a message brought it about: a sign of life of the queue
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
    // So there is never a row of a projector that the job has not heard of: whatever has a higher number is nobody's.
    startJob(deps, { name: "rebuild", pace: "queue", when: `projector < ${projection.projector}`, isDue: true }),
  ];
}
