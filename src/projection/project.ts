import { getTableName } from "drizzle-orm";
import { type Database, isTransient } from "../db/database.ts";
import type { Deps } from "../deps.ts";
import { type Claim, claimOverdue, clear, moveOn } from "./backlog.ts";
import { rowWriter, type TicketRef, versionOf } from "./projection.ts";

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
  return await inHalves(tickets, (part) => attempt(deps, database, part, 0));
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
    overdue.push(...(await attempt(deps, database, part, TAKEN_ALONG)));
  });
  return { failures, overdue };
}

async function attempt(
  deps: Deps,
  database: Database,
  tickets: readonly TicketRef[],
  claims: number,
): Promise<Claim[]> {
  const { projection } = deps;
  const session = database.session("first-primary");
  const [sources] = await session.batch(projection.load(tickets));
  const rows = sources.map((source) => projection.project(source));
  const [, , , claimed] = await session.batch(
    rowWriter(projection)(rows),
    clear(rows.map(versionOf)),
    moveOn(tickets, getTableName(projection.table)),
    claimOverdue(deps.clock(), claims, deps.random()),
  );
  return claimed;
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
