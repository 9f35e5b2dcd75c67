import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import type { Projection } from "../core/projection.ts";

/** How fresh a snapshot is. */
export interface Freshness {
  readonly as_of: number;
  readonly newest_seq: number;
  readonly rebuilding: 0 | 1;
  /** The number of the workspace's rows as they are; null where changes of them are on their way, or nothing ever was. */
  readonly revision: number | null;
  /** Whether that is the one that the reader knows. What changes are on their way, and so `as_of`, is not looked at then. */
  readonly is_known: 0 | 1;
}

/** Where the database does not say. */
export const UNKNOWN_FRESHNESS: Freshness = { as_of: 0, newest_seq: 0, rebuilding: 1, revision: null, is_known: 0 };

/**
 * How fresh the snapshot is, its newest event, and whether its rows can answer a list with these filters. It reads two rows.
 *
 * @param known a revision that the reader has the rows of
 */
export function freshnessOf(
  { since, table }: Projection,
  workspaceId: string,
  filters: readonly string[],
  known: number | null,
): Statement<Freshness> {
  const needed = Math.max(0, ...filters.map((column) => since[column] ?? 0));
  const name = getTableName(table);
  // By each number, since a look for one that is not there costs no row; a look for all that are less would read the first that is not.
  const isThere = (projector: number) =>
    `EXISTS (SELECT 1 FROM ${name} AS row WHERE row.projector = ${projector} AND NOT EXISTS (
      SELECT 1 FROM projection_backlog AS behind WHERE behind.workspace_id = row.workspace_id AND behind.ticket_id = row.id
        AND behind.parked_at IS NOT NULL))`;
  const older = Array.from({ length: needed }, (_, projector) => isThere(projector));
  return statement<Freshness>(freshness([IS_INCOMPLETE, ...older].join(" OR ")), workspaceId, known);
}

const IS_INCOMPLETE = "complete = 0";

/**
 * While nothing of a workspace is on its way, its lists are as of the latest change of its own rows, or of the last full minute if that is
 * later. The database's time itself would tell when other workspaces last wrote; the cron moves it on each minute in any case.
 */
const IDLE_STEP_MS = 60_000;

// Of the workspace, the first that there is: the revision that the reader knows; the oldest change on its way; the revision. The
// others are not even looked for, so that it is one row in any case.
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
