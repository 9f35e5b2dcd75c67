import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import type { Projection } from "../core/projection.ts";

/** Freshness of a snapshot. */
export interface Freshness {
  readonly as_of: number;
  readonly newest_seq: number;
  readonly rebuilding: 0 | 1;
  /** Revision of the workspace's rows; null if changes are pending or the workspace has no rows. */
  readonly revision: number | null;
  /** 1 if the revision is the one that the client has. Pending changes, and so `as_of`, are not read in that case. */
  readonly is_known: 0 | 1;
}

/** Freshness if the database returns none. */
export const UNKNOWN_FRESHNESS: Freshness = { as_of: 0, newest_seq: 0, rebuilding: 1, revision: null, is_known: 0 };

/**
 * Reads the freshness of a snapshot and whether its rows can answer a list with these filters. Reads two rows.
 *
 * @param known the revision that the client has
 */
export function freshnessOf(
  { since, table }: Projection,
  workspaceId: string,
  filters: readonly string[],
  known: number | null,
): Statement<Freshness> {
  const needed = Math.max(0, ...filters.map((column) => since[column] ?? 0));
  const name = getTableName(table);
  // One lookup for each version: a lookup without a match costs no row, but a range would read its first row.
  const isThere = (projector: number) =>
    `EXISTS (SELECT 1 FROM ${name} AS row WHERE row.projector = ${projector} AND NOT EXISTS (
      SELECT 1 FROM projection_backlog AS behind WHERE behind.workspace_id = row.workspace_id AND behind.ticket_id = row.id
        AND behind.parked_at IS NOT NULL))`;
  const older = Array.from({ length: needed }, (_, projector) => isThere(projector));
  return statement<Freshness>(freshness([IS_INCOMPLETE, ...older].join(" OR ")), workspaceId, known);
}

const IS_INCOMPLETE = "complete = 0";

/**
 * Resolution of `as_of` for an idle workspace, in milliseconds. Its lists are as of the latest change of its own rows
 * or the last full minute, whichever is later. The database's exact time would reveal when other workspaces write.
 * The cron advances that time each minute.
 */
const IDLE_STEP_MS = 60_000;

// Returns the first that exists: the client's revision, the oldest pending change, the current revision. The limit
// stops the search, so that one row is read.
function freshness(isRebuilding: string): string {
  return `
SELECT coalesce(state.oldest, max(at - at % ${IDLE_STEP_MS}, min(at, coalesce(state.revision, 0)))) AS as_of,
  seq AS newest_seq, ${isRebuilding} AS rebuilding, state.revision, state.is_known
FROM (
  SELECT NULL AS oldest, revision, 1 AS is_known FROM read_revisions WHERE workspace_id = ?1 AND revision = ?2
  UNION ALL SELECT * FROM (
    SELECT first_recorded_at, NULL, 0 FROM projection_backlog WHERE workspace_id = ?1 ORDER BY first_seq LIMIT 1)
  UNION ALL SELECT NULL, revision, 0 FROM read_revisions WHERE workspace_id = ?1
  UNION ALL SELECT NULL, NULL, 0
  LIMIT 1
) AS state CROSS JOIN db_clock`;
}
