import { getTableName } from "drizzle-orm";
import { type Statement, statement } from "../../platform/database.ts";
import type { projectionBacklog } from "../../platform/tables/source.ts";
import type { Projecting } from "./projecting.ts";
import { refsJson, type TicketRef, ticketRefs } from "./projection.ts";

/** Maximum backoff of a ticket that is not parked, in milliseconds. */
export const MAX_BACKOFF_MS = 600_000;

const FIRST_BACKOFF_MS = 15_000;

/** After this many unsuccessful sweeps a ticket is projected alone, because it may be the one that ends the worker. */
export const MAX_SWEEPS = 3;

/** An overdue ticket that the caller claimed and must project. */
export type Claim = Readonly<
  Pick<typeof projectionBacklog.$inferSelect, "workspace_id" | "ticket_id" | "version" | "sweeps">
>;

/**
 * Claims overdue tickets. Each claim postpones the ticket's next attempt, so that a ticket that always fails, or ends
 * its worker, backs off. A due time beyond the maximum backoff comes from a clock that jumped, and counts as overdue.
 *
 * @param now milliseconds since 1970
 * @param limit maximum number of tickets
 * @param jitter 0 to 1: spreads the next attempts of tickets claimed together
 */
export function claimOverdue(now: number, limit: number, jitter: number): Statement<Claim> {
  return statement<Claim>(CLAIM, now, MAX_BACKOFF_MS, FIRST_BACKOFF_MS * (1 - jitter / 2), limit, MAX_SWEEPS);
}

// Two ranges of one index: with OR and an order, SQLite would scan the whole backlog.
const CLAIM = `
UPDATE projection_backlog SET sweeps = sweeps + 1, due_at = CAST(?1 + min(?2, ?3 * (1 << sweeps)) AS INTEGER)
WHERE (workspace_id, ticket_id) IN (SELECT workspace_id, ticket_id FROM (
  SELECT * FROM (${overdue("due_at <= ?1")}) UNION ALL SELECT * FROM (${overdue("due_at > ?1 + ?2")}) LIMIT ?4))
RETURNING workspace_id, ticket_id, version, sweeps`;

function overdue(range: string): string {
  return `SELECT workspace_id, ticket_id FROM projection_backlog
    WHERE ${range} AND parked_at IS NULL AND sweeps < ?5 ORDER BY due_at LIMIT ?4`;
}

/** A ticket and its projected version. */
export interface ProjectedVersion extends TicketRef {
  readonly version: number;
}

/** Deletes backlog entries whose version is now in the read table. Belongs in the batch that writes the rows. */
export function clearBacklog(projected: readonly ProjectedVersion[]): Statement {
  return statement(CLEAR, JSON.stringify(projected));
}

const CLEAR = `
DELETE FROM projection_backlog WHERE (workspace_id, ticket_id) IN (
  SELECT behind.workspace_id, behind.ticket_id FROM json_each(?1) AS projected CROSS JOIN projection_backlog AS behind
    ON behind.workspace_id = projected.value ->> 'workspace_id' AND behind.ticket_id = projected.value ->> 'ticket_id'
  WHERE behind.version <= projected.value ->> 'version')`;

/**
 * Advances the backlog entries of tickets that changed again during their projection: the oldest unprojected event is
 * now the one after the row's version, never an earlier one. Otherwise a ticket that changes constantly would hold
 * `as_of` back forever.
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

/** Size and age of a database's backlog, over all workspaces. */
export interface BacklogFigures {
  readonly count: number;
  /** `recorded_at` of the oldest unprojected change. */
  readonly oldest: number | null;
  /** `recorded_at` of the oldest unprojected change, without parked tickets. */
  readonly oldest_waiting: number | null;
  readonly parked: number;
  /** The database's time, in milliseconds since 1970. */
  readonly now: number;
  readonly dead_letters: number;
}

export function backlogFigures(): Statement<BacklogFigures> {
  return statement<BacklogFigures>(
    `SELECT count(*) AS count, min(first_recorded_at) AS oldest, count(parked_at) AS parked,
       min(first_recorded_at) FILTER (WHERE parked_at IS NULL) AS oldest_waiting,
       (SELECT at FROM db_clock) AS now, (SELECT count(*) FROM dead_letters) AS dead_letters FROM projection_backlog`,
  );
}

/**
 * Adds tickets with wrong or missing rows to the backlog. The entry starts at the first event that the row lacks,
 * even if the ticket already has an entry: an entry made before the row was lost starts too late. If the row has all
 * events but is wrong for another reason, the entry starts after the newest event, so that `as_of` does not go back.
 *
 * @param refs a statement that selects the tickets
 * @param table the read table
 * @param dueAt milliseconds since 1970: when the sweep claims them
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

/** Adds tickets to the backlog, due now. Also replaces an entry that starts too late, like {@link requeue}. */
export function requeueTickets(
  { projection, clock }: Pick<Projecting, "projection" | "clock">,
  tickets: readonly TicketRef[],
): Statement {
  return requeue(ticketRefs(tickets), getTableName(projection.table), clock());
}
