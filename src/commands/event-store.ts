import { getTableColumns } from "drizzle-orm";
import { ERASED } from "../domain/erased.ts";
import { EVENTS, type TicketEvent } from "../domain/events.ts";
import type { Ticket } from "../domain/ticket.ts";
import { type Statement, statement } from "../platform/database.ts";
import { ELEMENTS, jsonArrays } from "../platform/parameters.ts";
import { tickets } from "../platform/tables/source.ts";

/** New events of one ticket, and its state after them. */
export interface Change {
  readonly ticket: Ticket;
  /** At least one, in order. The last has the ticket's version. */
  readonly events: readonly TicketEvent[];
}

/** How long to wait for the queue before the sweep projects the ticket, in milliseconds. */
export const QUEUE_GRACE_MS = 10_000;

type TicketRow = typeof tickets.$inferSelect;

/** Reads the state of a ticket. */
export function loadTicket(workspaceId: string, ticketId: string): Statement<TicketRow> {
  return statement<TicketRow>("SELECT * FROM tickets WHERE workspace_id = ?1 AND id = ?2", workspaceId, ticketId);
}

/** Reads the states of tickets, in any order. Tickets that do not exist have no row. */
export function loadTickets(workspaceId: string, ticketIds: readonly string[]): Statement<TicketRow> {
  return statement<TicketRow>(
    `SELECT ticket.* FROM json_each(?2) AS wanted
     CROSS JOIN tickets AS ticket ON ticket.workspace_id = ?1 AND ticket.id = wanted.value`,
    workspaceId,
    JSON.stringify(ticketIds),
  );
}

export function ticketOf(row: TicketRow): Ticket {
  return { ...row, tags: JSON.parse(row.tags) };
}

/**
 * The statements that record changes: they advance the database's clock, insert the events, and update the tickets and the backlog. They
 * must be in one batch. If a rival recorded the same version first, the key of `ticket_events` fails the batch.
 */
export function append(changes: readonly Change[], now: number): Statement[] {
  const events = changes.flatMap((change) => change.events);
  const text = commonText(events);
  const created = changes.filter(({ events: [first] }) => first?.version === 1).length;
  return [
    // AUTOINCREMENT leaves no gaps: a rollback also returns the numbers of its batch.
    statement(
      "UPDATE db_clock SET at = max(at, ?1), seq = seq + ?2, tickets = tickets + ?3",
      now,
      events.length,
      created,
    ),
    ...jsonArrays(events.map((event) => eventJson(event, text))).map((json) => statement(INSERT_EVENTS, json, text)),
    ...jsonArrays(changes.map(({ ticket }) => ticketJson(ticket))).map((json) => statement(UPSERT_TICKETS, json)),
    ...jsonArrays(changes.map(backlogJson)).map((json) => statement(UPSERT_BACKLOG, json, now + QUEUE_GRACE_MS)),
  ];
}

const INSERT_EVENTS = `
INSERT INTO ticket_events (workspace_id, ticket_id, version, event_id, type, agent_id, occurred_at, recorded_at, body, data)
SELECT value ->> 'workspace_id', value ->> 'ticket_id', value ->> 'version', value ->> 'event_id', value ->> 'type',
  value ->> 'agent_id', value ->> 'occurred_at', (SELECT at FROM db_clock), coalesce(value ->> 'body', ?2), value -> 'data'
FROM ${ELEMENTS}`;

const TICKET_COLUMNS = Object.keys(getTableColumns(tickets));

/** Columns that only an erasure changes. Updating them would rewrite their indexes with every event. */
const IMMUTABLE_COLUMNS: ReadonlySet<string> = new Set([
  "workspace_id",
  "id",
  "external_id",
  "customer_id",
  "follow_up_of",
  "created_at",
]);

const UPSERT_TICKETS = `
INSERT INTO tickets (${TICKET_COLUMNS.join(", ")})
SELECT ${TICKET_COLUMNS.map((column) => `value ->> '${column}'`).join(", ")} FROM ${ELEMENTS} WHERE true
ON CONFLICT (workspace_id, id) DO UPDATE SET ${TICKET_COLUMNS.filter((column) => !IMMUTABLE_COLUMNS.has(column))
  .map((column) => `${column} = excluded.${column}`)
  .join(", ")}`;

// A row keeps its first_… columns and its earlier due_at, so that a ticket that changes all the time does not look fresh. The event is
// found by its key, because last_insert_rowid() belongs to another row by then.
const UPSERT_BACKLOG = `
INSERT INTO projection_backlog (workspace_id, ticket_id, version, first_seq, first_recorded_at, due_at)
SELECT event.workspace_id, event.ticket_id, change.value ->> 'version', event.seq, event.recorded_at, ?2
FROM json_each(?1) AS change CROSS JOIN ticket_events AS event
  ON event.workspace_id = change.value ->> 'workspace_id' AND event.ticket_id = change.value ->> 'ticket_id'
  AND event.version = change.value ->> 'first_version'
WHERE true
ON CONFLICT (workspace_id, ticket_id) DO UPDATE SET
  version = excluded.version, due_at = min(due_at, excluded.due_at),
  attempts = 0, sweeps = 0, parked_at = NULL, error = NULL`;

/** @param common the text of all events, if they have the same one: it is a parameter of its own */
function eventJson({ fact, ...event }: TicketEvent, common: string | null): string {
  const { type, body = null, ...data } = { body: undefined, ...fact };
  return JSON.stringify({ ...event, type, body: common === null ? body : null, data });
}

/** The text that all events have in common. It is sent once: a hundred copies of 256 KB exceed the memory of a Worker. */
function commonText([first, ...others]: readonly TicketEvent[]): string | null {
  const text = first && textOf(first);
  const isCommon = others.length > 0 && others.every((event) => textOf(event) === text);
  return isCommon ? (text ?? null) : null;
}

function textOf({ fact }: TicketEvent): string | undefined {
  return "body" in fact ? (fact.body ?? undefined) : undefined;
}

function ticketJson(ticket: Ticket): string {
  return JSON.stringify(ticket);
}

function backlogJson({ ticket, events: [first] }: Change): string {
  return JSON.stringify({
    workspace_id: ticket.workspace_id,
    ticket_id: ticket.id,
    version: ticket.version,
    first_version: first?.version ?? ticket.version,
  });
}

/**
 * The statements that redact the source of erased tickets: their events, and the columns that {@link append} does not update. They must
 * be in the batch that records the erasure, after it.
 */
export function redactSource(changes: readonly Change[]): Statement[] {
  const ids = JSON.stringify(changes.map(({ ticket: { workspace_id, id } }) => ({ workspace_id, id })));
  return [statement(REDACT_EVENTS, ids), statement(REDACT_TICKETS, ids)];
}

const IDS = "(SELECT value ->> 'workspace_id', value ->> 'id' FROM json_each(?1))";

const REDACT_EVENTS = `
UPDATE ticket_events SET body = NULL, data = CASE type ${Object.entries(EVENTS).map(redactionCase).join(" ")} ELSE data END
WHERE (workspace_id, ticket_id) IN ${IDS}`;

function redactionCase([type, { redaction }]: readonly [string, { readonly redaction: object }]): string {
  const values = Object.entries(redaction).map(([name, value]) => `, '$.${name}', json('${JSON.stringify(value)}')`);
  return values.length > 0 ? `WHEN '${type}' THEN json_set(data${values.join("")})` : "";
}

const REDACT_TICKETS = `
UPDATE tickets SET customer_id = '${ERASED}', external_id = NULL WHERE (workspace_id, id) IN ${IDS}`;
