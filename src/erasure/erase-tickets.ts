import { getTableColumns } from "drizzle-orm";
import { nextChange } from "../commands/change-ticket.ts";
import { commandTime } from "../commands/command-time.ts";
import type { SnapshotInfo } from "../commands/commit.ts";
import { type Change, redactSource, ticketOf } from "../commands/event-store.ts";
import { appendAndAnnounce } from "../commands/transact.ts";
import { decide } from "../domain/decide.ts";
import type { Ticket } from "../domain/ticket.ts";
import { type Database, type Statement, statement } from "../platform/database.ts";
import { type erasures, tickets } from "../platform/tables/source.ts";
import type { Projecting } from "../projection/core/projecting.ts";

/** An unfinished erasure of a customer. */
export type Erasure = typeof erasures.$inferSelect;

/** A ticket of the customer. */
export type TicketRow = typeof tickets.$inferSelect;

/** The largest slice, which is one transaction. A ticket with more events is a slice of its own. */
export const MAX_SLICE = { tickets: 250, events: 2_000 };

/** The customer to erase, and the agent who requests it. */
export interface ErasureRequest {
  readonly workspace_id: string;
  readonly customer_id: string;
  readonly agent_id: string | null;
}

/**
 * The statements that start an erasure of everything recorded so far. They also redact texts outside of tickets that may quote the
 * customer: refused lines of imports, and dead letters.
 *
 * @param leaseMs how long the cron leaves the erasure to the caller, in milliseconds
 */
export function startErasure(
  { workspace_id, customer_id, agent_id }: ErasureRequest,
  now: number,
  leaseMs: number,
): Statement[] {
  return [
    statement(START, workspace_id, customer_id, agent_id, now, now + leaseMs),
    statement(REDACT_REFUSED_LINES, workspace_id),
    statement(REDACT_LETTERS_OF_CUSTOMER, workspace_id, customer_id),
  ];
}

// A repeated request extends the erasure to everything recorded since, and starts a new round. requested_at stays the first request's.
const START = `
INSERT INTO erasures (workspace_id, customer_id, agent_id, up_to_seq, requested_at, due_at)
SELECT ?1, ?2, ?3, seq, max(at, ?4), ?5 FROM db_clock WHERE true
ON CONFLICT (workspace_id, customer_id) DO UPDATE SET
  up_to_seq = excluded.up_to_seq, ticket_id = '', attempts = 0, due_at = excluded.due_at`;

// The index has only the answers that still quote a line. Without its name, SQLite reads all answers of the workspace.
const REDACT_REFUSED_LINES = `
UPDATE idempotency_records INDEXED BY idempotency_records_quoting SET answer = json_set(answer, '$.refused', (
  SELECT json_group_array(json_object('line', value -> 'line', 'external_id', NULL, 'errors', json('[]')))
  FROM json_each(answer, '$.refused')))
WHERE workspace_id = ?1 AND answer ->> '$.refused[0].errors[0]' IS NOT NULL`;

// Dead letters of the workspace, and those whose workspace is unknown. Older Workers stored letters without this column.
const LETTERS = `body <> '' AND (workspace_id = ?1 OR workspace_id IS NULL AND coalesce(nullif(iif(
  iif(json_valid(body), json_type(body, '$.workspace_id'), NULL) = 'text', body ->> '$.workspace_id', ''), ''), ?1) = ?1)`;

// A body that is not JSON, or is truncated, is searched as text.
const REDACT_LETTERS_OF_CUSTOMER = `
UPDATE dead_letters SET body = '', reason = 'erased' WHERE ${LETTERS} AND CASE WHEN json_valid(body)
  THEN EXISTS (SELECT 1 FROM json_tree(body) WHERE CAST(atom AS TEXT) = ?2) ELSE body = ?2 OR instr(body, json_quote(?2)) > 0 END`;

const REDACT_LETTERS_OF_TICKETS = `
UPDATE dead_letters SET body = '', reason = 'erased'
WHERE ${LETTERS} AND EXISTS (SELECT 1 FROM json_each(?2) AS ticket WHERE instr(body, ticket.value) > 0)`;

/** The first backoff of an erasure whose turn erased nothing, in milliseconds. It doubles each time. */
const FIRST_BACKOFF_MS = 30_000;

const MAX_BACKOFF_MS = 3_600_000;

const BACKOFF = `CAST(?1 + min(${MAX_BACKOFF_MS}, ?2 * (1 << min(attempts, 20))) AS INTEGER)`;

// A due_at beyond the longest backoff was set by a clock that jumped.
const DUE = `(due_at <= ?1 OR due_at > ?1 + ${2 * MAX_BACKOFF_MS})`;

/** Counts the erasures that are due. */
export function countDue(now: number): Statement<{ erasures: number }> {
  return statement<{ erasures: number }>(`SELECT count(*) AS erasures FROM erasures WHERE ${DUE}`, now);
}

/**
 * Claims the erasure that has been due the longest. It postpones the next turn of the erasure before this turn starts, so that an erasure
 * that crashes its worker does not block the others.
 *
 * @param now milliseconds since 1970
 * @param jitter 0 to 1
 */
export function claimDue(now: number, jitter: number): Statement<Erasure> {
  return statement<Erasure>(CLAIM, now, firstBackoff(jitter));
}

const CLAIM = `
UPDATE erasures SET attempts = attempts + 1, due_at = ${BACKOFF}
WHERE (workspace_id, customer_id) IN (SELECT workspace_id, customer_id FROM erasures
  WHERE ${DUE} ORDER BY due_at, requested_at LIMIT 1)
RETURNING *`;

function firstBackoff(jitter: number): number {
  return FIRST_BACKOFF_MS * (1 - jitter / 2);
}

const KEY = "workspace_id = ?1 AND customer_id = ?2";

const TO_ERASE = `${KEY} AND EXISTS (
  SELECT 1 FROM ticket_events AS created
  WHERE created.workspace_id = ticket.workspace_id AND created.ticket_id = ticket.id AND created.version = 1
    AND created.seq <= ?3)`;

const TICKETS_TO_ERASE = `tickets AS ticket INDEXED BY tickets_customer WHERE ${TO_ERASE}`;

/** Counts the tickets that are not erased yet. */
export function countRemaining({ workspace_id, customer_id, up_to_seq }: Erasure): Statement<{ tickets: number }> {
  return statement<{ tickets: number }>(
    `SELECT count(*) AS tickets FROM ${TICKETS_TO_ERASE}`,
    workspace_id,
    customer_id,
    up_to_seq,
  );
}

/**
 * Ends a round, after its last ticket. An erasure without remaining tickets is deleted, and with it the customer's id. Otherwise the failed
 * tickets get another round, after a backoff. Neither happens if the erasure was requested again in the meantime.
 */
export function endRound({ workspace_id, customer_id, up_to_seq }: Erasure, now: number, jitter: number): Statement[] {
  return [
    statement(
      `DELETE FROM erasures WHERE ${KEY} AND up_to_seq = ?3 AND NOT EXISTS (SELECT 1 FROM ${TICKETS_TO_ERASE})`,
      workspace_id,
      customer_id,
      up_to_seq,
    ),
    statement(
      `UPDATE erasures SET ticket_id = '', due_at = ${BACKOFF}
       WHERE workspace_id = ?3 AND customer_id = ?4 AND up_to_seq = ?5`,
      now,
      firstBackoff(jitter),
      workspace_id,
      customer_id,
      up_to_seq,
    ),
  ];
}

/** Ends a turn in the middle of a round. The erasure continues after those that were due before it. */
export function release({ workspace_id, customer_id }: Erasure, now: number): Statement {
  return statement(`UPDATE erasures SET due_at = ?3 WHERE ${KEY}`, workspace_id, customer_id, now);
}

/** Moves a round past a ticket. */
export function skipTicket({ workspace_id, customer_id }: Erasure, ticketId: string): Statement {
  return statement(`UPDATE erasures SET ticket_id = ?3 WHERE ${KEY}`, workspace_id, customer_id, ticketId);
}

const ADVANCE_ERASURE = `UPDATE erasures SET erased = erased + ?3, ticket_id = ?4, attempts = 0 WHERE ${KEY}`;

const COLUMNS = Object.keys(getTableColumns(tickets)).join(", ");

/** Reads the customer's next tickets, in the order of their ids. */
export function nextSlice(
  { workspace_id, customer_id, up_to_seq }: Erasure,
  after: string,
  most: number,
): Statement<TicketRow> {
  return statement<TicketRow>(
    `SELECT ${COLUMNS} FROM (
       SELECT *, sum(version) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS events_before
       FROM (SELECT * FROM ${TICKETS_TO_ERASE} AND id > ?4 ORDER BY id LIMIT ?5))
     WHERE coalesce(events_before, 0) < ?6`,
    workspace_id,
    customer_id,
    up_to_seq,
    after,
    most,
    MAX_SLICE.events,
  );
}

/**
 * Erases tickets in one transaction: it records an event for each, redacts the texts, and moves the round past the tickets. The event is
 * the ticket's next version, so a late queue message or projection has an older one.
 *
 * @param slice at least one ticket, and the snapshot of the call that read them
 * @param also more statements of the same transaction
 * @returns the number of erased tickets
 * @throws UniqueViolation if one of the tickets has changed since
 */
export async function eraseTickets(
  deps: Projecting,
  database: Database,
  erasure: Erasure,
  { rows, snapshot }: { readonly rows: readonly TicketRow[]; readonly snapshot: SnapshotInfo },
  also: (erased: readonly Ticket[]) => Statement[],
): Promise<number> {
  const { workspace_id, customer_id } = erasure;
  const now = deps.clock();
  const occurredAt = commandTime(now, snapshot);
  const changes = rows.flatMap((row) => eraseTicket(deps, erasure, row, occurredAt));
  const tickets = changes.map(({ ticket }) => ticket);
  const ids = JSON.stringify(tickets.map(({ id }) => id));
  const after = [
    ...redactSource(changes),
    ...also(tickets),
    statement(REDACT_LETTERS_OF_TICKETS, workspace_id, ids),
    statement(ADVANCE_ERASURE, workspace_id, customer_id, changes.length, rows.at(-1)?.id ?? ""),
  ];
  await appendAndAnnounce(deps, database, { workspace_id, now, changes, after });
  return changes.length;
}

function eraseTicket(deps: Projecting, erasure: Erasure, row: TicketRow, occurred_at: number): Change[] {
  const ticket = ticketOf(row);
  const fact = decide(ticket, { type: "EraseTicket" });
  return fact ? [nextChange(deps, erasure, { id: ticket.id, ticket, fact, occurred_at })] : [];
}
