import { getTableName } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import type { Deps } from "../deps.ts";
import { reasonOf } from "../errors.ts";
import { type Claim, claimOverdue, clear, moveOn } from "./backlog.ts";
import { type Projected, rowWriter, type TicketRef } from "./projection.ts";

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
 * The same for a batch of messages; it takes a few overdue tickets along, which are projected after the batch, in a call of
 * their own: an overdue ticket that breaks everything harms no innocent one.
 */
export async function projectBatch(deps: Deps, database: Database, tickets: readonly TicketRef[]): Promise<Failures> {
  const overdue: Claim[] = [];
  const failures = await inHalves(tickets, async (part) => {
    overdue.push(...(await attempt(deps, database, part, TAKEN_ALONG)));
  });
  if (overdue.length > 0) {
    for (const [ticket, error] of await projectTickets(deps, database, overdue)) {
      deps.log("error", "projection.overdue_failed", { ticket_id: ticket.ticket_id, reason: reasonOf(error) });
    }
  }
  return failures;
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
    claimOverdue(deps.clock(), claims),
  );
  return claimed;
}

function versionOf({ workspace_id, id, version }: Projected) {
  return { workspace_id, ticket_id: id, version };
}

async function inHalves(
  tickets: readonly TicketRef[],
  run: (part: readonly TicketRef[]) => Promise<unknown>,
): Promise<Failures> {
  try {
    await run(tickets);
    return new Map();
  } catch (error) {
    const [only, ...others] = tickets;
    if (!only) return new Map();
    if (others.length === 0) return new Map([[only, error]]);
    const middle = Math.ceil(tickets.length / 2);
    const halves = [await inHalves(tickets.slice(0, middle), run), await inHalves(tickets.slice(middle), run)];
    return new Map(halves.flatMap((failures) => [...failures]));
  }
}
