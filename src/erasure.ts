import { lookAfter, looked, NOTHING_WATCHED } from "./commands/commit.ts";
import { begin, type Erasure, type ErasureRequest, end, eraseSlice, open, remaining } from "./commands/erase.ts";
import { type Database, statement } from "./db/database.ts";
import { failureOf } from "./db/failures.ts";
import type { Deps } from "./deps.ts";
import { reasonOf } from "./errors.ts";
import { blank, blankOwed } from "./projection/erased.ts";
import { versionOf } from "./projection/projection.ts";
import { purgeSearch, purges, wantPurge } from "./projection/search-purge.ts";

/** Slices that a request waits for: 2,000 tickets. */
const SLICES_A_REQUEST = 8;

/** Slices that go on after the answer, and in one pass of the cron. */
const SLICES_A_PASS = 60;

/** Steps of the search tables' merging, likewise. */
const STEPS_A_PASS = 600;

/** D1 calls of one slice: it is read, erased, and its rows are emptied, or the erasure ends. */
const CALLS_A_SLICE = 3;

/**
 * Erases a customer: from the tickets that are recorded by now and their events, from the read model, from kept answers and messages.
 * What a request does not get done goes on after it, and with the cron. Whether there ever was such a customer, the outcome does not
 * tell: asked twice, it is the one of a customer whom nobody knows.
 */
export async function eraseCustomer(deps: Deps, request: ErasureRequest) {
  const { workspace_id, customer_id } = request;
  const database = deps.databaseFor(workspace_id);
  const [[erasure]] = await database
    .session("first-primary")
    .readAfter(
      begin(request, deps.clock()),
      statement<Erasure>(
        "SELECT * FROM erasures WHERE workspace_id = ?1 AND customer_id = ?2",
        workspace_id,
        customer_id,
      ),
    );
  // It was written in the same transaction; the type does not know.
  if (!erasure) throw new Error("the erasure was not begun");
  // The answer tells what is left, and where the database stands.
  const { erased, isDone } = await deps.usage.reserve(1, () => workOff(deps, database, erasure, SLICES_A_REQUEST));
  const session = database.session("first-primary");
  const [[left], seen] = await session.batch(remaining(erasure), lookAfter(workspace_id, NOTHING_WATCHED));
  const { newest_seq } = looked(seen, null).seen;
  deps.waitUntil(continueIn(deps, database));
  return { erased, remaining: isDone ? 0 : (left?.tickets ?? 0), newestSeq: newest_seq, bookmark: session.bookmark() };
}

/** The cron's part: whatever is not done yet goes on. */
export async function continueErasures(deps: Deps): Promise<void> {
  for (const database of deps.databases()) await continueIn(deps, database);
}

async function continueIn(deps: Deps, database: Database): Promise<void> {
  if (!deps.usage.allows(1)) return;
  try {
    const [erasures, owed] = await database.session("first-primary").batch(open(), purges(deps.projection));
    let slices = SLICES_A_PASS;
    for (const erasure of erasures) {
      if (slices <= 0 || !deps.usage.allows(CALLS_A_SLICE)) return;
      slices -= (await workOff(deps, database, erasure, slices)).slices;
    }
    if (erasures.length + owed.length > 0) await purgeSearch(deps, database, STEPS_A_PASS);
  } catch (error) {
    deps.log("error", "erasure.failed", { reason: reasonOf(error) });
  }
}

/** Erases slice by slice, up to so many and as many as the budget allows, each from the source first and then, whatever becomes of its projection, from its rows. */
async function workOff(deps: Deps, database: Database, erasure: Erasure, most: number) {
  const done = { erased: 0, slices: 0, isDone: false };
  try {
    while (!done.isDone && done.slices < most && deps.usage.allows(CALLS_A_SLICE)) {
      const tickets = await deps.usage.reserve(1, () => eraseSlice(deps, database, erasure));
      const session = database.session("first-primary");
      done.isDone = tickets.length === 0;
      // Only at the end the customer's id goes: until then, whoever goes on has to know it.
      if (done.isDone)
        await session.batch(blankOwed(deps.projection), wantPurge(deps.projection, erasure), end(erasure));
      else await session.batch(blank(deps.projection, tickets.map(versionOf)));
      done.erased += tickets.length;
      done.slices++;
    }
  } catch (error) {
    // Rivals have used up the budget: what this slice has not erased, the next pass will.
    if (failureOf(error) !== "calls-spent") throw error;
  }
  return done;
}
