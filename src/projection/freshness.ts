import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../db/database.ts";
import type { Projection } from "./projection.ts";

/** How fresh a snapshot is. */
export interface Freshness {
  readonly as_of: number;
  readonly newest_seq: number;
  readonly rebuilding: 0 | 1;
}

/** Where the database does not say. */
export const NOTHING_KNOWN: Freshness = { as_of: 0, newest_seq: 0, rebuilding: 1 };

/** How fresh the snapshot is, its newest event, and whether its rows can answer a list with these filters. */
export function freshnessOf(
  { since, table }: Projection,
  workspaceId: string,
  filters: readonly string[],
): Statement<Freshness> {
  const needed = Math.max(0, ...filters.map((column) => since[column] ?? 0));
  if (needed === 0) return statement<Freshness>(freshness(IS_INCOMPLETE), workspaceId);
  const isOutdated = `EXISTS (SELECT 1 FROM ${getTableName(table)} AS row WHERE row.projector < ?2 AND NOT EXISTS (
    SELECT 1 FROM projection_backlog AS behind WHERE behind.workspace_id = row.workspace_id AND behind.ticket_id = row.id
      AND behind.parked_at IS NOT NULL))`;
  return statement<Freshness>(freshness(`${IS_INCOMPLETE} OR ${isOutdated}`), workspaceId, needed);
}

const IS_INCOMPLETE = "complete = 0";

function freshness(isRebuilding: string): string {
  return `
SELECT coalesce((SELECT first_recorded_at FROM projection_backlog WHERE workspace_id = ?1 ORDER BY first_seq LIMIT 1), at) AS as_of,
  seq AS newest_seq, ${isRebuilding} AS rebuilding
FROM db_clock`;
}
