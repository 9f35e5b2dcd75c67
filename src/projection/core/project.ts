import type { Database, Session } from "../../platform/database.ts";
import { partsOf } from "../../platform/divide.ts";
import { isDatabaseAtFault, mayBeTooLarge } from "../../platform/failures.ts";
import { BudgetSpent } from "../../platform/usage.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Claim, claimOverdue } from "./backlog.ts";
import { keyOf, type Projected, type TicketRef } from "./projection.ts";
import { loadableRefs, matchSources, TextMeter } from "./text-limit.ts";
import { projectionWrites } from "./writes.ts";

/** How many overdue tickets a batch of messages takes along, so that nothing stays stale for want of a cron. */
const MAX_OVERDUE_PER_BATCH = 5;

/** D1 calls of one part of a batch, P1 and P2, and the note that it failed. */
const CALLS_PER_PART = 3;

/** The tickets that could not be projected, each with its error. The others are. */
export type Failures = ReadonlyMap<TicketRef, unknown>;

/**
 * Brings the rows of some tickets up to date. Each part of them takes two D1 calls: one reads the source, one writes the rows and
 * clears the backlog. A part has as many tickets as the limit of text allows, usually all. One that fails is tried again in halves,
 * down to the ticket that breaks it: one bad ticket never holds up another. If the database is at fault, the rest is left for another time. Death in between leaves the backlog as it was. Parts that the
 * budget does not allow fail with {@link BudgetSpent}; it always leaves a call for the note of each other failure.
 *
 * @param tickets no ticket twice
 */
export async function projectTickets(
  deps: Projecting,
  database: Database,
  tickets: readonly TicketRef[],
): Promise<Failures> {
  return await projectInParts(deps, database, tickets, async (session, { refs, rows }) => {
    await session.batch(...projectionWrites(deps, refs, rows));
  });
}

/**
 * The same for a batch of messages; its second call claims a few overdue tickets along the way. They are the caller's to
 * project, after the batch: an overdue ticket that breaks everything harms no innocent one.
 */
export async function projectBatch(
  deps: Projecting,
  database: Database,
  tickets: readonly TicketRef[],
): Promise<{ failures: Failures; overdue: Claim[] }> {
  const overdue: Claim[] = [];
  const failures = await projectInParts(deps, database, tickets, async (session, { refs, rows }) => {
    const writes = projectionWrites(deps, refs, rows, "queue");
    const limit = MAX_OVERDUE_PER_BATCH - overdue.length;
    const [claimed] = await session.readAfter(writes, claimOverdue(deps.clock(), limit, deps.random()));
    overdue.push(...claimed);
  });
  return { failures, overdue };
}

/** Tickets that one call writes, and their rows. */
interface Part {
  readonly refs: readonly TicketRef[];
  readonly rows: readonly Projected[];
}

/** P1, and what the projector makes of it: the first of the tickets, as many as one call may load and write. */
async function readPart({ projection }: Projecting, session: Session, tickets: readonly TicketRef[]): Promise<Part> {
  const [loaded] = await session.batch(projection.load(loadableRefs(projection, tickets)));
  const { refs, sources } = matchSources(tickets, loaded);
  const meter = new TextMeter(projection);
  const rows: Projected[] = [];
  for (const [index, ref] of refs.entries()) {
    const source = sources.get(keyOf(ref));
    if (!source) continue;
    const row = projection.project(source);
    if (!meter.tryAdd(row)) return { refs: refs.slice(0, index), rows };
    rows.push(row);
  }
  return { refs, rows };
}

/** Tickets in a row whose projection times out although each is alone: then it is the database. */
const MAX_TIMEOUTS = 2;

async function projectInParts(
  deps: Projecting,
  database: Database,
  tickets: readonly TicketRef[],
  write: (session: Session, part: Part) => Promise<void>,
): Promise<Failures> {
  const { usage } = deps;
  const failures = new Map<TicketRef, unknown>();
  const timedOut: TicketRef[] = [];
  // Failures that a call of their own will note.
  let failureNotes = 0;
  let served = false;
  let parts: (readonly TicketRef[])[] = [tickets];
  for (let part = parts.shift(); part; part = parts.shift()) {
    try {
      if (!usage.allows(CALLS_PER_PART + failureNotes)) throw new BudgetSpent(usage.limit);
      const session = database.session("first-primary");
      const read = await readPart(deps, session, part);
      // What did not fit is a part of its own, whatever becomes of this one.
      if (read.refs.length < part.length) parts = [part.slice(read.refs.length), ...parts];
      part = read.refs;
      await write(session, read);
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
      if (isTimeout || !isDatabaseAtFault(error)) failureNotes++;
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
