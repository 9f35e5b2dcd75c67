import { type Statement, statement } from "../../platform/database.ts";

/** Unfinished erasures of a database. */
export interface ErasureFigures {
  readonly count: number;
  /** Erasures whose latest attempts erased nothing. */
  readonly failing: number;
  /** When the oldest was asked for. */
  readonly oldest: number | null;
}

export function erasureFigures(): Statement<ErasureFigures> {
  return statement<ErasureFigures>(
    `SELECT count(*) AS count, count(*) FILTER (WHERE attempts > 1) AS failing, min(requested_at) AS oldest FROM erasures`,
  );
}

/** Late erasures of one workspace. */
export interface LateErasures {
  readonly workspace_id: string;
  readonly erasures: number;
  /** When the oldest was asked for. */
  readonly requested_at: number;
}

/** Maximum number of workspaces that one cron pass names. */
const MAX_NAMED = 20;

/**
 * Selects the erasures requested before a time, by workspace, oldest first.
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

/** Reads the time of the oldest deletion whose words are still in a search table; null if there is none. */
export function oldestPurge(): Statement<{ wanted_at: number | null }> {
  return statement<{ wanted_at: number | null }>("SELECT min(wanted_at) AS wanted_at FROM search_purges");
}
