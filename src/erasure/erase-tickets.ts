import { getTableColumns } from "drizzle-orm";
import { nextChange } from "../commands/change-ticket.ts";
import { commandTime } from "../commands/command-time.ts";
import type { SnapshotInfo } from "../commands/commit.ts";
import { type Change, empty, ticketOf } from "../commands/event-store.ts";
import { appendAndAnnounce } from "../commands/transact.ts";
import { decide } from "../domain/commands.ts";
import type { Ticket } from "../domain/ticket.ts";
import { type Database, type Statement, statement } from "../platform/database.ts";
import { type erasures, tickets } from "../platform/tables/source.ts";
import type { Projecting } from "../projection/core/projecting.ts";

/** An erasure that is not done yet. */
export type Erasure = typeof erasures.$inferSelect;

/** A ticket of the customer, as an erasure reads it. */
export type TicketRow = typeof tickets.$inferSelect;

/** The bounds of one transaction: so many tickets, or fewer that have so many events together, or one that has more. */
export const SLICE = { tickets: 250, events: 2_000 };

/** A customer whose tickets are to be erased, and the agent who asks for it. */
export interface ErasureRequest {
  readonly workspace_id: string;
  readonly customer_id: string;
  readonly agent_id: string | null;
}

/**
 * The statements that begin an erasure of everything recorded by now. Texts outside of tickets that quote the customer, or may quote
 * them, are emptied at once: refused lines of imports, which belong to no ticket, and messages that nobody could read.
 *
 * @param leaseMs how long the cron leaves the erasure to the caller, in milliseconds
 */
export function begin(
  { workspace_id, customer_id, agent_id }: ErasureRequest,
  now: number,
  leaseMs: number,
): Statement[] {
  return [
    statement(BEGIN, workspace_id, customer_id, agent_id, now, now + leaseMs),
    statement(EMPTY_REFUSED_LINES, workspace_id),
    statement(EMPTY_LETTERS_OF_CUSTOMER, workspace_id, customer_id),
  ];
}

// An erasure that is asked for again covers what was recorded since, and begins a new round. It is as old as its first request.
const BEGIN = `
INSERT INTO erasures (workspace_id, customer_id, agent_id, up_to_seq, requested_at, due_at)
SELECT ?1, ?2, ?3, seq, max(at, ?4), ?5 FROM db_clock WHERE true
ON CONFLICT (workspace_id, customer_id) DO UPDATE SET
  up_to_seq = excluded.up_to_seq, ticket_id = '', attempts = 0, due_at = excluded.due_at`;

// The index has only answers that still quote a line. Without its name, SQLite would read all answers of the workspace.
const EMPTY_REFUSED_LINES = `
UPDATE idempotency_records INDEXED BY idempotency_records_quoting SET answer = json_set(answer, '$.refused', (
  SELECT json_group_array(json_object('line', value -> 'line', 'external_id', NULL, 'errors', json('[]')))
  FROM json_each(answer, '$.refused')))
WHERE workspace_id = ?1 AND answer ->> '$.refused[0].errors[0]' IS NOT NULL`;

// Letters of the workspace, and those whose workspace cannot be read. A Worker of before this column may have kept some without it.
const LETTERS = `body <> '' AND (workspace_id = ?1 OR workspace_id IS NULL AND coalesce(nullif(iif(
  iif(json_valid(body), json_type(body, '$.workspace_id'), NULL) = 'text', body ->> '$.workspace_id', ''), ''), ?1) = ?1)`;

// A body that is not JSON, or only its beginning, is searched as a text.
const EMPTY_LETTERS_OF_CUSTOMER = `
UPDATE dead_letters SET body = '', reason = 'erased' WHERE ${LETTERS} AND CASE WHEN json_valid(body)
  THEN EXISTS (SELECT 1 FROM json_tree(body) WHERE CAST(atom AS TEXT) = ?2) ELSE body = ?2 OR instr(body, json_quote(?2)) > 0 END`;

const EMPTY_LETTERS_OF_TICKETS = `
UPDATE dead_letters SET body = '', reason = 'erased'
WHERE ${LETTERS} AND EXISTS (SELECT 1 FROM json_each(?2) AS ticket WHERE instr(body, ticket.value) > 0)`;

/** The first wait of an erasure whose turn erased nothing, in milliseconds; doubled each time. */
const FIRST_BACKOFF_MS = 30_000;

/** The longest one. */
const MAX_BACKOFF_MS = 3_600_000;

const BACKOFF = `CAST(?1 + min(${MAX_BACKOFF_MS}, ?2 * (1 << min(attempts, 20))) AS INTEGER)`;

// A turn further away than any backoff was set by a clock that jumped.
const DUE = `(due_at <= ?1 OR due_at > ?1 + ${2 * MAX_BACKOFF_MS})`;

/** Counts the erasures whose turn is due. */
export function countDue(now: number): Statement<{ erasures: number }> {
  return statement<{ erasures: number }>(`SELECT count(*) AS erasures FROM erasures WHERE ${DUE}`, now);
}

/**
 * Claims the erasure whose turn is the longest due. Its next turn is put off before this one begins, so that an erasure that ends its
 * worker does not keep the others from theirs.
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

/** Counts the tickets that are still to be erased. */
export function remaining({ workspace_id, customer_id, up_to_seq }: Erasure): Statement<{ tickets: number }> {
  return statement<{ tickets: number }>(
    `SELECT count(*) AS tickets FROM ${TICKETS_TO_ERASE}`,
    workspace_id,
    customer_id,
    up_to_seq,
  );
}

/**
 * Ends a round, after its last ticket. An erasure with nothing left is over, and only then the customer's id goes. Otherwise the tickets
 * that failed get another round, after a backoff. Neither is done if the erasure was asked for again meanwhile.
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

/** Ends a turn in the middle of a round: the erasure goes on when those that were due before it have had theirs. */
export function release({ workspace_id, customer_id }: Erasure, now: number): Statement {
  return statement(`UPDATE erasures SET due_at = ?3 WHERE ${KEY}`, workspace_id, customer_id, now);
}

/** Moves a round past a ticket. */
export function skip({ workspace_id, customer_id }: Erasure, ticketId: string): Statement {
  return statement(`UPDATE erasures SET ticket_id = ?3 WHERE ${KEY}`, workspace_id, customer_id, ticketId);
}

const NOTE_ERASED = `UPDATE erasures SET erased = erased + ?3, ticket_id = ?4, attempts = 0 WHERE ${KEY}`;

const COLUMNS = Object.keys(getTableColumns(tickets)).join(", ");

/** The customer's next tickets after one, in the order of their ids. */
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
    SLICE.events,
  );
}

/**
 * Erases tickets in one transaction: it records an event for each, empties what the event stands for, and moves the round past them. The
 * event is the ticket's next version: a message or a projection that comes late has an older one.
 *
 * @param slice the tickets as they were read, at least one, and what else that call saw
 * @param also more statements of the same transaction
 * @returns how many were erased
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
  const changes = rows.flatMap((row) => erased(deps, erasure, row, occurredAt));
  const tickets = changes.map(({ ticket }) => ticket);
  const ids = JSON.stringify(tickets.map(({ id }) => id));
  const after = [
    ...empty(changes),
    ...also(tickets),
    statement(EMPTY_LETTERS_OF_TICKETS, workspace_id, ids),
    statement(NOTE_ERASED, workspace_id, customer_id, changes.length, rows.at(-1)?.id ?? ""),
  ];
  await appendAndAnnounce(deps, database, { workspace_id, now, changes, after });
  return changes.length;
}

function erased(deps: Projecting, erasure: Erasure, row: TicketRow, occurred_at: number): Change[] {
  const ticket = ticketOf(row);
  const fact = decide(ticket, { type: "EraseTicket" });
  return fact ? [nextChange(deps, erasure, { id: ticket.id, ticket, fact, occurred_at })] : [];
}
