import { type Database, type Session, type Statement, statement } from "../db/database.ts";
import type { searchPurges } from "../db/operations.ts";
import type { Deps } from "../deps.ts";
import type { Projection } from "./projection.ts";

/**
 * Pages that one step merges: about 0.15 seconds of the database's time, in which nobody else is served
 * (https://www.sqlite.org/fts5.html#the_merge_command).
 */
const PAGES_A_STEP = 500;

/** D1 calls of one step: it merges, and ends the merge if nothing was left. */
const CALLS_A_STEP = 2;

type Purge = typeof searchPurges.$inferSelect;

/**
 * Notes that the search tables hold words that are deleted: FTS5 marks an entry as deleted, and lets go of its words when it merges
 * the part of the index that they are in. What a merge under way has behind it is merged once more.
 *
 * @param of the erasure that has deleted them; where it found no ticket, nothing is to be merged
 */
export function wantPurge(
  { search }: Pick<Projection, "search">,
  of: { readonly workspace_id: string; readonly customer_id: string },
): Statement {
  return statement(
    `INSERT INTO search_purges (name, wanted) SELECT value, 1 FROM json_each(?1)
     WHERE EXISTS (SELECT 1 FROM erasures WHERE workspace_id = ?2 AND customer_id = ?3 AND erased > 0)
     ON CONFLICT (name) DO UPDATE SET wanted = wanted + 1`,
    JSON.stringify(search.map(({ name }) => name)),
    of.workspace_id,
    of.customer_id,
  );
}

/** The search tables that owe it, and how far each is. */
export function purges({ search }: Pick<Projection, "search">): Statement<Purge> {
  return statement<Purge>(
    "SELECT * FROM search_purges WHERE name IN (SELECT value FROM json_each(?1)) ORDER BY merging IS NULL, name",
    JSON.stringify(search.map(({ name }) => name)),
  );
}

/**
 * Merges the search tables that owe it, step by step, up to so many and as many as the budget allows. Where it breaks off, the next one goes on.
 */
export async function purgeSearch(deps: Deps, database: Database, steps: number): Promise<void> {
  const session = database.session("first-primary");
  const look = purges(deps.projection);
  if (!deps.usage.allows(1)) return;
  let [[purge]] = await session.batch(look);
  for (let taken = 0; purge && taken < steps && deps.usage.allows(CALLS_A_STEP); taken++)
    purge = await step(session, purge, look);
}

/**
 * One step of a merge, or its beginning.
 *
 * @returns what is to be done next
 */
async function step(session: Session, { name, wanted, merging }: Purge, look: Statement<Purge>) {
  if (merging === null) {
    const [[begun]] = await session.readAfter(start(name, wanted), look);
    return begun;
  }
  const [[before], , [after], [next]] = await session.batch(changes(), merge(name, PAGES_A_STEP), changes(), look);
  // One change is the command itself: nothing was left to merge.
  if ((after?.changes ?? 0) - (before?.changes ?? 0) >= 2) return next;
  const [[other]] = await session.readAfter(finish(name), look);
  return other;
}

/** All parts of the index are to become one. */
function start(name: string, wanted: number): Statement[] {
  return [statement("UPDATE search_purges SET merging = ?2 WHERE name = ?1", name, wanted), merge(name, -PAGES_A_STEP)];
}

/** The name is one of the projection's own. */
function merge(name: string, pages: number): Statement {
  return statement(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${pages})`);
}

function changes(): Statement<{ changes: number }> {
  return statement<{ changes: number }>("SELECT total_changes() AS changes");
}

/** What was deleted meanwhile needs a merge of its own. */
function finish(name: string): Statement[] {
  return [
    statement("DELETE FROM search_purges WHERE name = ?1 AND wanted = merging", name),
    statement("UPDATE search_purges SET merging = NULL WHERE name = ?1", name),
  ];
}
