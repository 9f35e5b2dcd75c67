import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import type { projectionBacklog } from "../../platform/tables/source.ts";
import type { Projecting } from "./projecting.ts";
import { refsJson, type TicketRef, ticketRefs } from "./projection.ts";

/** The longest wait between two turns of one ticket that is not parked, in milliseconds. */
export const MAX_BACKOFF_MS = 600_000;

const FIRST_BACKOFF_MS = 15_000;

/** After so many sweeps without result, a ticket is projected alone: it may be what ends the workers. */
export const MAX_SWEEPS = 3;

/** A change that was not projected in time, taken up by whoever claimed it. */
export type Claim = Readonly<
  Pick<typeof projectionBacklog.$inferSelect, "workspace_id" | "ticket_id" | "version" | "sweeps">
>;

/**
 * Takes up what is overdue: each claim moves the ticket's next turn further away, so that one that fails for ever, or ends
 * its worker, does not come back at once. A turn that lies further away than any backoff was set by a clock that jumped.
 *
 * @param now milliseconds since 1970
 * @param most how many tickets to take
 * @param jitter 0 to 1: what was claimed at one time does not come due at one time
 */
export function claimOverdue(now: number, limit: number, jitter: number): Statement<Claim> {
  return statement<Claim>(CLAIM, now, MAX_BACKOFF_MS, FIRST_BACKOFF_MS * (1 - jitter / 2), limit, MAX_SWEEPS);
}

// Two ranges of one index: with OR and an order, SQLite would go through the whole backlog.
const CLAIM = `
UPDATE projection_backlog SET sweeps = sweeps + 1, due_at = CAST(?1 + min(?2, ?3 * (1 << sweeps)) AS INTEGER)
WHERE (workspace_id, ticket_id) IN (SELECT workspace_id, ticket_id FROM (
  SELECT * FROM (${overdue("due_at <= ?1")}) UNION ALL SELECT * FROM (${overdue("due_at > ?1 + ?2")}) LIMIT ?4))
RETURNING workspace_id, ticket_id, version, sweeps`;

function overdue(range: string): string {
  return `SELECT workspace_id, ticket_id FROM projection_backlog
    WHERE ${range} AND parked_at IS NULL AND sweeps < ?5 ORDER BY due_at LIMIT ?4`;
}

/** A ticket and the version of it that a batch has projected. */
export interface ProjectedVersion extends TicketRef {
  readonly version: number;
}

/** Removes from the backlog what the rows that the same batch wrote show. */
export function clearBacklog(projected: readonly ProjectedVersion[]): Statement {
  return statement(CLEAR, JSON.stringify(projected));
}

const CLEAR = `
DELETE FROM projection_backlog WHERE (workspace_id, ticket_id) IN (
  SELECT behind.workspace_id, behind.ticket_id FROM json_each(?1) AS projected CROSS JOIN projection_backlog AS behind
    ON behind.workspace_id = projected.value ->> 'workspace_id' AND behind.ticket_id = projected.value ->> 'ticket_id'
  WHERE behind.version <= projected.value ->> 'version')`;

/**
 * For tickets that have changed again meanwhile: their oldest unprojected change is now the one after what the row shows,
 * never an earlier one. Without it, a ticket that changes all the time would hold `as_of` back for ever.
 *
 * @param table the read table, whose rows the same batch wrote
 */
export function advanceBacklog(refs: readonly TicketRef[], table: string): Statement {
  return statement(
    `
UPDATE projection_backlog SET first_seq = event.seq, first_recorded_at = event.recorded_at
FROM json_each(?1) AS ref
CROSS JOIN ${table} AS row ON row.workspace_id = ref.value ->> 'workspace_id' AND row.id = ref.value ->> 'ticket_id'
CROSS JOIN ticket_events AS event ON event.workspace_id = row.workspace_id AND event.ticket_id = row.id
  AND event.version = row.version + 1
WHERE projection_backlog.workspace_id = row.workspace_id AND projection_backlog.ticket_id = row.id
  AND projection_backlog.first_seq < event.seq`,
    refsJson(refs),
  );
}

/** What is not projected yet, over all workspaces of a database. */
export interface BacklogFigures {
  readonly count: number;
  /** `recorded_at` of the oldest change. */
  readonly oldest: number | null;
  /** The same, but for parked tickets. */
  readonly oldest_waiting: number | null;
  readonly parked: number;
  /** The database's time. */
  readonly now: number;
  readonly dead_letters: number;
}

/** Reads the figures of the backlog. */
export function backlogFigures(): Statement<BacklogFigures> {
  return statement<BacklogFigures>(
    `SELECT count(*) AS count, min(first_recorded_at) AS oldest, count(parked_at) AS parked,
       min(first_recorded_at) FILTER (WHERE parked_at IS NULL) AS oldest_waiting,
       (SELECT at FROM db_clock) AS now, (SELECT count(*) FROM dead_letters) AS dead_letters FROM projection_backlog`,
  );
}

/**
 * Puts tickets into the backlog whose rows are not what they ought to be. What they owe begins with the first event that their
 * row does not show, also where they are in the backlog already: an entry from before a row was lost begins too late. Where the
 * row shows all events, and is wrong for another reason, it begins with the next one: `as_of` stands still then, and does not go
 * back.
 *
 * @param refs a statement that names them
 * @param table the read table
 * @param dueAt milliseconds since 1970: when the sweep takes them up
 */
export function requeue({ sql, params }: Statement<TicketRef>, table: string, dueAt: number): Statement {
  return statement(
    `
INSERT INTO projection_backlog (workspace_id, ticket_id, version, first_seq, first_recorded_at, due_at)
SELECT ticket.workspace_id, ticket.id, ticket.version, coalesce(event.seq, db_clock.seq + 1),
  coalesce(event.recorded_at, db_clock.at), ?${params.length + 1}
FROM (${sql}) AS ref
CROSS JOIN tickets AS ticket ON ticket.workspace_id = ref.workspace_id AND ticket.id = ref.ticket_id
CROSS JOIN db_clock
LEFT JOIN ${table} AS row ON row.workspace_id = ticket.workspace_id AND row.id = ticket.id
LEFT JOIN ticket_events AS event ON event.workspace_id = ticket.workspace_id AND event.ticket_id = ticket.id
  AND event.version = coalesce(row.version, 0) + 1
WHERE true
ON CONFLICT (workspace_id, ticket_id) DO UPDATE SET first_seq = excluded.first_seq, first_recorded_at = excluded.first_recorded_at
WHERE excluded.first_seq < first_seq`,
    ...params,
    dueAt,
  );
}

/** Adds tickets to the backlog, due now. */
export function requeueTickets(
  { projection, clock }: Pick<Projecting, "projection" | "clock">,
  tickets: readonly TicketRef[],
): Statement {
  return requeue(ticketRefs(tickets), getTableName(projection.table), clock());
}
