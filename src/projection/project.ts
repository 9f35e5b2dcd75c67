import { type Database, isTransient } from "../db/database.ts";
import { BudgetSpent, type Usage } from "../db/usage.ts";
import type { Deps } from "../deps.ts";
import { type Claim, claimOverdue } from "./backlog.ts";
import { named, type TicketRef } from "./projection.ts";
import { makeVisible } from "./visible.ts";

/** How many overdue tickets a batch of messages takes along, so that nothing stays stale for want of a cron. */
const TAKEN_ALONG = 5;

/** D1 calls of one part of a batch, P1 and P2, and the note that it failed. */
const CALLS_A_PART = 3;

/** The tickets that could not be projected, each with its error. The others are. */
export type Failures = ReadonlyMap<TicketRef, unknown>;

/**
 * Brings the rows of some tickets up to date, in two D1 calls: one reads the source, one writes the rows and clears the
 * backlog. A call that fails is tried again in halves, down to the ticket that breaks it: one bad ticket never holds up
 * another. Death in between leaves the backlog as it was. Halves that the budget does not allow fail with {@link BudgetSpent}; it always
 * leaves a call for the note of each other failure.
 *
 * @param tickets no ticket twice
 */
export async function projectTickets(deps: Deps, database: Database, tickets: readonly TicketRef[]): Promise<Failures> {
  return await inHalves(deps.usage, tickets, async (part) => {
    const [session, rows] = await read(deps, database, part);
    await session.batch(...makeVisible(deps, part, rows));
  });
}

/**
 * The same for a batch of messages; its second call claims a few overdue tickets along the way. They are the caller's to
 * project, after the batch: an overdue ticket that breaks everything harms no innocent one.
 */
export async function projectBatch(
  deps: Deps,
  database: Database,
  tickets: readonly TicketRef[],
): Promise<{ failures: Failures; overdue: Claim[] }> {
  const overdue: Claim[] = [];
  const failures = await inHalves(deps.usage, tickets, async (part) => {
    const [session, rows] = await read(deps, database, part);
    const writes = makeVisible(deps, part, rows, "queue");
    const [claimed] = await session.readAfter(writes, claimOverdue(deps.clock(), TAKEN_ALONG, deps.random()));
    overdue.push(...claimed);
  });
  return { failures, overdue };
}

/** P1, and what the projector makes of it. */
async function read(deps: Deps, database: Database, tickets: readonly TicketRef[]) {
  const session = database.session("first-primary");
  const [sources] = await session.batch(deps.projection.load(named(tickets)));
  return [session, sources.map((source) => deps.projection.project(source))] as const;
}

async function inHalves(
  usage: Usage,
  tickets: readonly TicketRef[],
  run: (part: readonly TicketRef[]) => Promise<unknown>,
): Promise<Failures> {
  const failures = new Map<TicketRef, unknown>();
  // Failures that a call of their own will note.
  let own = 0;
  const parts = [tickets];
  for (let part = parts.pop(); part; part = parts.pop()) {
    try {
      if (!usage.allows(CALLS_A_PART + own)) throw new BudgetSpent(usage.limit);
      await run(part);
    } catch (error) {
      // Halves would find the database away, too.
      if (part.length > 1 && !isTransient(error)) {
        const middle = Math.ceil(part.length / 2);
        parts.push(part.slice(middle), part.slice(0, middle));
        continue;
      }
      if (!isTransient(error)) own++;
      for (const ticket of part) failures.set(ticket, error);
    }
  }
  return failures;
}
