import { type Database, type Session, type Statement, statement } from "../platform/database.ts";
import { reasonOf } from "../platform/errors.ts";
import { mayBeTooLarge } from "../platform/failures.ts";
import type { searchPurges } from "../platform/tables/engine.ts";
import type { Projecting } from "../projection/core/projecting.ts";
import type { Projection } from "../projection/core/projection.ts";

/**
 * Pages that one step merges: about 0.15 seconds, during which the database serves no other query
 * (https://www.sqlite.org/fts5.html#the_merge_command).
 */
const PAGES_PER_STEP = 500;

/** The smallest step of a merge. */
const MIN_PAGES = 30;

/** Steps of one pass of the cron: a tenth of the database's time. */
const MAX_STEPS_PER_PASS = 40;

/** D1 calls of one step: one merges, one ends the merge if nothing is left. */
const CALLS_PER_STEP = 2;

/**
 * How long a merge waits for more erasures, in milliseconds. A merge rewrites the index of all workspaces, however little was deleted, so
 * one merge serves all erasures of this time.
 */
export const COLLECT_MS = 15 * 60_000;

/** A search table that holds deleted words. */
export type Purge = typeof searchPurges.$inferSelect;

/**
 * Requests a merge of the search tables. FTS5 only marks an entry as deleted, and removes its words when it merges their segment. The
 * statement must be in the transaction that deletes the entries. If a merge is under way, it has passed some segments already, and another
 * merge follows it.
 *
 * @param now milliseconds since 1970
 */
export function requestPurge({ search }: Pick<Projection, "search">, now: number): Statement {
  return statement(REQUEST_PURGE, JSON.stringify(search.map(({ name }) => name)), now);
}

const REQUEST_PURGE = `
INSERT INTO search_purges (name, wanted, wanted_at) SELECT value, 1, ?2 FROM json_each(?1) WHERE true
ON CONFLICT (name) DO UPDATE SET wanted = search_purges.wanted + 1,
  wanted_at = iif(search_purges.wanted IS search_purges.merging, excluded.wanted_at, search_purges.wanted_at)`;

/** Lists the search tables that hold deleted words, those with a merge under way first. */
export function listPurges({ search }: Pick<Projection, "search">): Statement<Purge> {
  return statement<Purge>(
    "SELECT * FROM search_purges WHERE name IN (SELECT value FROM json_each(?1)) ORDER BY merging IS NULL, wanted_at, name",
    JSON.stringify(search.map(({ name }) => name)),
  );
}

/**
 * Merges the search tables that are due, step by step, within the limits of one pass of the cron. The next pass continues. A failure of one
 * table does not affect the others. If a step may have exceeded a limit of the database, the table's further steps of the pass are half as
 * large.
 *
 * @param pending the result of {@link listPurges}
 */
export async function purgeSearch(
  deps: Pick<Projecting, "clock" | "log" | "usage">,
  database: Database,
  pending: readonly Purge[],
): Promise<void> {
  let steps = MAX_STEPS_PER_PASS;
  for (const due of pending.filter((purge) => isDue(purge, deps.clock()))) {
    try {
      const session = database.session("first-primary");
      let pages = PAGES_PER_STEP;
      for (let purge: Purge | undefined = due; purge && steps > 0; steps--) {
        if (!deps.usage.allows(CALLS_PER_STEP)) return;
        try {
          purge = await step(session, purge, pages);
        } catch (error) {
          if (!mayBeTooLarge(error) || pages / 2 < MIN_PAGES) throw error;
          pages = Math.floor(pages / 2);
        }
      }
    } catch (error) {
      deps.log("error", "search.purge_failed", { table: due.name, reason: reasonOf(error) });
    }
  }
}

/** A request in the future was made by a clock that was ahead: it is due. */
function isDue({ merging, wanted_at }: Purge, now: number): boolean {
  return merging !== null || wanted_at <= now - COLLECT_MS || wanted_at > now;
}

/**
 * Runs one step of a merge.
 *
 * @returns the state of the purge; undefined if its merge is finished
 */
async function step(session: Session, { name, wanted, merging }: Purge, pages: number): Promise<Purge | undefined> {
  const readPurge = statement<Purge>("SELECT * FROM search_purges WHERE name = ?1", name);
  if (merging === null) {
    const [[begun]] = await session.readAfter(startMerge(name, wanted, pages), readPurge);
    return begun;
  }
  const [[before], , [after], [purge]] = await session.batch(changes(), merge(name, pages), changes(), readPurge);
  // One change is the command itself: fewer than two mean that nothing was left to merge.
  if ((after?.changes ?? 0) - (before?.changes ?? 0) >= 2) return purge;
  await session.batch(...endMerge(name));
  return undefined;
}

/** Starts to merge all segments of the index into one. */
function startMerge(name: string, wanted: number, pages: number): Statement[] {
  return [statement("UPDATE search_purges SET merging = ?2 WHERE name = ?1", name, wanted), merge(name, -pages)];
}

/** @param name a table of the projection, never client input */
function merge(name: string, pages: number): Statement {
  return statement(`INSERT INTO ${name} (${name}, rank) VALUES ('merge', ${pages})`);
}

function changes(): Statement<{ changes: number }> {
  return statement<{ changes: number }>("SELECT total_changes() AS changes");
}

/** Ends a merge. If entries were deleted in the meantime, the purge stays for another merge. */
function endMerge(name: string): Statement[] {
  return [
    statement("DELETE FROM search_purges WHERE name = ?1 AND wanted = merging", name),
    statement("UPDATE search_purges SET merging = NULL WHERE name = ?1", name),
  ];
}
