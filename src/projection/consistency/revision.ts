import type { Value } from "../../platform/database.ts";

/**
 * What a reader has of a list already: what the workspace's rows were at a revision, or `any` where it wants to know only whether
 * there is a list; undefined where it has nothing.
 */
export type Known = number | "any" | undefined;

/**
 * The value of `LIMIT` for a page that is not read where its reader has it. SQLite works it out before it looks at a row, and once,
 * however many branches the page has. It costs a row where the reader has the page, and none otherwise.
 *
 * @param most rows that are read otherwise
 */
export function limitUnlessKnown(known: Known, workspaceId: string, limit: number): { sql: string; params: Value[] } {
  if (known === undefined) return { sql: "?", params: [limit] };
  if (known === "any") return { sql: "0", params: [] };
  const isKnown = "EXISTS (SELECT 1 FROM read_revisions WHERE workspace_id = ? AND revision = ?)";
  return { sql: `iif(${isKnown}, 0, ?)`, params: [workspaceId, known, limit] };
}
