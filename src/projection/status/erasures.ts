import { type Statement, statement } from "../../platform/database.ts";

/** The erasures of a database that are not done yet. */
export interface ErasureFigures {
  readonly count: number;
  /** Those whose latest turns erased nothing. */
  readonly failing: number;
  /** When the oldest was asked for. */
  readonly oldest: number | null;
}

/** Reads the figures of the erasures. */
export function erasureFigures(): Statement<ErasureFigures> {
  return statement<ErasureFigures>(
    `SELECT count(*) AS count, count(*) FILTER (WHERE attempts > 1) AS failing, min(requested_at) AS oldest FROM erasures`,
  );
}

/** The late erasures of one workspace. */
export interface LateErasures {
  readonly workspace_id: string;
  readonly erasures: number;
  /** When the oldest was asked for. */
  readonly requested_at: number;
}

/** Workspaces that one pass of the cron names. */
const MAX_NAMED = 20;

/**
 * Finds the erasures that were asked for before a moment, by workspace, the oldest first.
 *
 * @param before milliseconds since 1970
 */
export function lateErasures(before: number): Statement<LateErasures> {
  return statement<LateErasures>(
    `SELECT workspace_id, count(*) AS erasures, min(requested_at) AS requested_at FROM erasures
     WHERE requested_at < ?1 GROUP BY workspace_id ORDER BY requested_at LIMIT ?2`,
    before,
    MAX_NAMED,
  );
}

/** When the oldest words were deleted that are still in an index; null where there are none. */
export function oldestPurge(): Statement<{ wanted_at: number | null }> {
  return statement<{ wanted_at: number | null }>("SELECT min(wanted_at) AS wanted_at FROM search_purges");
}
