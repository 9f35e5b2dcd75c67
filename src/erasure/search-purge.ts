import { type Database, type Session, type Statement, statement } from "../platform/database.ts";
import { reasonOf } from "../platform/errors.ts";
import type { searchPurges } from "../platform/tables/engine.ts";
import type { Projecting } from "../projection/core/projecting.ts";
import type { Projection } from "../projection/core/projection.ts";

/**
 * Pages that one step merges: about 0.15 seconds of the database's time, in which nobody else is served
 * (https://www.sqlite.org/fts5.html#the_merge_command).
 */
const PAGES_A_STEP = 500;

/** Steps of one pass of the cron, each a D1 call: a tenth of the database's time. */
const STEPS_A_PASS = 40;

/** D1 calls of one step: it merges, and ends the merge if nothing was left. */
const CALLS_A_STEP = 2;

/**
 * How long a merge waits for more erasures, in milliseconds. It rewrites the whole index, of all workspaces, however little was deleted:
 * one merge serves all erasures of that time.
 */
export const COLLECT_MS = 15 * 60_000;

/** A search table that holds deleted words. */
export type Purge = typeof searchPurges.$inferSelect;

/**
 * Notes that the search tables hold words that are deleted. FTS5 only marks an entry as deleted; its words go when the part of the index
 * that they are in is merged. It belongs in the transaction that deletes them. A merge that is under way has passed some of its parts:
 * another one follows.
 *
 * @param now milliseconds since 1970
 */
export function wantPurge({ search }: Pick<Projection, "search">, now: number): Statement {
  return statement(WANT, JSON.stringify(search.map(({ name }) => name)), now);
}

const WANT = `
INSERT INTO search_purges (name, wanted, wanted_at) SELECT value, 1, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (name) DO UPDATE SET wanted = search_purges.wanted + 1,
  wanted_at = iif(search_purges.wanted IS search_purges.merging, excluded.wanted_at, search_purges.wanted_at)`;

/** The search tables that hold deleted words, those that are being merged first. */
export function purges({ search }: Pick<Projection, "search">): Statement<Purge> {
  return statement<Purge>(
    "SELECT * FROM search_purges WHERE name IN (SELECT value FROM json_each(?1)) ORDER BY merging IS NULL, wanted_at, name",
    JSON.stringify(search.map(({ name }) => name)),
  );
}

/**
 * Merges the search tables that are due, step by step, as far as one pass of the cron and its budget go; the next pass goes on. Each
 * table is independent of the others.
 *
 * @param owed the result of {@link purges}
 */
export async function purgeSearch(
  deps: Pick<Projecting, "clock" | "log" | "usage">,
  database: Database,
  owed: readonly Purge[],
): Promise<void> {
  let steps = STEPS_A_PASS;
  for (const due of owed.filter((purge) => isDue(purge, deps.clock()))) {
    try {
      const session = database.session("first-primary");
      for (let purge: Purge | undefined = due; purge && steps > 0; steps--) {
        if (!deps.usage.allows(CALLS_A_STEP)) return;
        purge = await step(session, purge);
      }
    } catch (error) {
      deps.log("error", "search.purge_failed", { table: due.name, reason: reasonOf(error) });
    }
  }
}

/** A time ahead of the clock was set by another clock that was ahead. */
function isDue({ merging, wanted_at }: Purge, now: number): boolean {
  return merging !== null || wanted_at <= now - COLLECT_MS || wanted_at > now;
}

/**
 * Takes one step of a merge.
 *
 * @returns the table as it is then; undefined if its merge is over
 */
async function step(session: Session, { name, wanted, merging }: Purge): Promise<Purge | undefined> {
  const look = statement<Purge>("SELECT * FROM search_purges WHERE name = ?1", name);
  if (merging === null) {
    const [[begun]] = await session.readAfter(start(name, wanted), look);
    return begun;
  }
  const [[before], , [after], [purge]] = await session.batch(changes(), merge(name, PAGES_A_STEP), changes(), look);
  // One change is the command itself: nothing was left to merge.
  if ((after?.changes ?? 0) - (before?.changes ?? 0) >= 2) return purge;
  await session.batch(...finish(name));
  return undefined;
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
