import type { Value } from "../../platform/database.ts";

/**
 * The client's cached rows: the revision they were read at, `any` if only the existence of the list matters,
 * undefined if it has none.
 */
export type Known = number | "any" | undefined;

/**
 * SQL for the `LIMIT` of a page: 0 if the client already has the page. SQLite evaluates it once, before the first
 * row, however many branches the query has. It costs one row if the client has the page, and none otherwise.
 *
 * @param limit the page's limit otherwise
 */
export function limitUnlessKnown(known: Known, workspaceId: string, limit: number): { sql: string; params: Value[] } {
  if (known === undefined) return { sql: "?", params: [limit] };
  if (known === "any") return { sql: "0", params: [] };
  const isKnown = "EXISTS (SELECT 1 FROM read_revisions WHERE workspace_id = ? AND revision = ?)";
  return { sql: `iif(${isKnown}, 0, ?)`, params: [workspaceId, known, limit] };
}
