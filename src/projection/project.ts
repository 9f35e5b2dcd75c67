import { type Database, isTransient } from "../db/database.ts";
import type { Deps } from "../deps.ts";
import { type Claim, claimOverdue } from "./backlog.ts";
import { named, type TicketRef } from "./projection.ts";
import { makeVisible } from "./visible.ts";

/** How many overdue tickets a batch of messages takes along, so that nothing stays stale for want of a cron. */
const TAKEN_ALONG = 5;

/** The tickets that could not be projected, each with its error. The others are. */
export type Failures = ReadonlyMap<TicketRef, unknown>;

/**
 * Brings the rows of some tickets up to date, in two D1 calls: one reads the source, one writes the rows and clears the
 * backlog. A call that fails is tried again in halves, down to the ticket that breaks it: one bad ticket never holds up
 * another. Death in between leaves the backlog as it was.
 *
 * @param tickets no ticket twice
 */
export async function projectTickets(deps: Deps, database: Database, tickets: readonly TicketRef[]): Promise<Failures> {
  return await inHalves(tickets, async (part) => {
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
  const failures = await inHalves(tickets, async (part) => {
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
  tickets: readonly TicketRef[],
  run: (part: readonly TicketRef[]) => Promise<unknown>,
): Promise<Failures> {
  try {
    await run(tickets);
    return new Map();
  } catch (error) {
    // Halves would find the database away, too.
    if (tickets.length <= 1 || isTransient(error)) return new Map(tickets.map((ticket) => [ticket, error]));
    const middle = Math.ceil(tickets.length / 2);
    const halves = [await inHalves(tickets.slice(0, middle), run), await inHalves(tickets.slice(middle), run)];
    return new Map(halves.flatMap((failures) => [...failures]));
  }
}
