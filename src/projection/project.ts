import type { Database } from "../db/database.ts";
import { partsOf } from "../db/divide.ts";
import { isDatabaseAtFault, mayBeTooLarge } from "../db/failures.ts";
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
 * another. If the database is at fault, the rest is left for another time. Death in between leaves the backlog as it was. Parts that the
 * budget does not allow fail with {@link BudgetSpent}; it always leaves a call for the note of each other failure.
 *
 * @param tickets no ticket twice
 */
export async function projectTickets(deps: Deps, database: Database, tickets: readonly TicketRef[]): Promise<Failures> {
  return await inParts(deps.usage, tickets, async (part) => {
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
  const failures = await inParts(deps.usage, tickets, async (part) => {
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

/** Tickets in a row whose projection times out although each is alone: then it is the database. */
const MAX_TIMEOUTS = 2;

async function inParts(
  usage: Usage,
  tickets: readonly TicketRef[],
  run: (part: readonly TicketRef[]) => Promise<unknown>,
): Promise<Failures> {
  const failures = new Map<TicketRef, unknown>();
  const timedOut: TicketRef[] = [];
  // Failures that a call of their own will note.
  let own = 0;
  let served = false;
  let parts: (readonly TicketRef[])[] = [tickets];
  for (let part = parts.shift(); part; part = parts.shift()) {
    try {
      if (!usage.allows(CALLS_A_PART + own)) throw new BudgetSpent(usage.limit);
      await run(part);
      served = true;
    } catch (error) {
      const isDivided = part.length > 1 && (mayBeTooLarge(error) || !isDatabaseAtFault(error));
      if (isDivided) {
        parts = [...partsOf(part, error), ...parts];
        continue;
      }
      for (const ticket of part) failures.set(ticket, error);
      const isTimeout = mayBeTooLarge(error) && isDatabaseAtFault(error);
      if (isTimeout) timedOut.push(...part);
      if (isTimeout || !isDatabaseAtFault(error)) own++;
      if (!isDatabaseAtFault(error) || (isTimeout && served)) continue;
      if (isTimeout && timedOut.length < MAX_TIMEOUTS) {
        // The next one alone, too: it tells whose fault it is.
        const [next = [], ...others] = parts;
        parts = [next.slice(0, 1), next.slice(1), ...others].filter(({ length }) => length > 0);
        continue;
      }
      for (const ticket of parts.flat()) failures.set(ticket, error);
      break;
    }
  }
  if (served) for (const ticket of timedOut) failures.set(ticket, new Error(TIMED_OUT_ALONE));
  return failures;
}

const TIMED_OUT_ALONE = "its projection takes the database too long";
