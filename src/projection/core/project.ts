import type { Database, Session } from "../../platform/database.ts";
import { partsOf } from "../../platform/divide.ts";
import { isDatabaseAtFault, mayBeTooLarge } from "../../platform/failures.ts";
import { BudgetSpent } from "../../platform/usage.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Claim, claimOverdue } from "./backlog.ts";
import { keyOf, type Projected, type TicketRef } from "./projection.ts";
import { loadableRefs, matchSources, TextMeter } from "./text-limit.ts";
import { projectionWrites } from "./writes.ts";

/** Maximum number of overdue tickets that a batch claims, so that the projection catches up even without the cron. */
const MAX_OVERDUE_PER_BATCH = 5;

/** D1 calls of one part of a batch: read (P1), write (P2) and a note of a failure. */
const CALLS_PER_PART = 3;

/** Tickets that could not be projected, with their errors. All other tickets of the call are projected. */
export type Failures = ReadonlyMap<TicketRef, unknown>;

/**
 * Projects tickets. Each part of the batch takes two D1 calls: one reads the source, one writes the rows and clears
 * the backlog. A part has as many tickets as the text limit allows, usually all.
 *
 * A part that fails is split in halves, down to the ticket that fails, so that one bad ticket never blocks another.
 * If the database is at fault, the remaining tickets fail without an attempt. A worker that ends between the calls
 * leaves the backlog unchanged. Parts beyond the budget fail with {@link BudgetSpent}; one call stays reserved for
 * the note of each failure.
 *
 * @param tickets without duplicates
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
 * Projects a batch of messages and claims a few overdue tickets in the write call. The caller projects those after
 * the batch, so that an overdue ticket that fails cannot affect the batch.
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

/** Tickets that one call writes, with their rows. */
interface Part {
  readonly refs: readonly TicketRef[];
  readonly rows: readonly Projected[];
}

/** Reads and projects a prefix of the tickets, as many as one call may load and write (P1). */
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

/** After this many consecutive timeouts of single tickets, the database is at fault. */
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
  // Failures that will each need a call to record them.
  let failureNotes = 0;
  let served = false;
  let parts: (readonly TicketRef[])[] = [tickets];
  for (let part = parts.shift(); part; part = parts.shift()) {
    try {
      if (!usage.allows(CALLS_PER_PART + failureNotes)) throw new BudgetSpent(usage.limit);
      const session = database.session("first-primary");
      const read = await readPart(deps, session, part);
      // Tickets that did not fit form a part of their own, even if this part fails.
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
        // Tries the next ticket alone too, to tell a bad ticket from a slow database.
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
