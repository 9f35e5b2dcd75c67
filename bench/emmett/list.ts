import type { TicketEvent } from "../../src/domain/events.ts";
import { preview } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import type { Connection, Stored } from "./store.ts";

/** The list's table, with the indexes of its filters; without search, counters, and whatever else this service keeps beside a row. */
export const LIST_TABLE = [
  `CREATE TABLE list (id TEXT PRIMARY KEY, external_id TEXT, customer_id TEXT, subject TEXT, status TEXT, priority TEXT, assignee_id TEXT,
    tags TEXT, preview TEXT, note_count INTEGER, message_count INTEGER, last_message_at INTEGER, last_message_from TEXT,
    created_at INTEGER, updated_at INTEGER, version INTEGER)`,
  ...["status", "priority", "assignee_id", "customer_id", "(note_count > 0)"].map(
    (column, index) => `CREATE INDEX list_${index} ON list (${column}, updated_at, id)`,
  ),
  "CREATE INDEX list_updated ON list (updated_at, id)",
];

/** The projection: one statement an event, in its transaction, as Emmett's own examples do it. It increments. */
export async function project(
  events: readonly Stored[],
  { connection }: { readonly connection: Connection },
): Promise<void> {
  for (const { data } of events) {
    const [change, ...values] = changeOf(data);
    await connection.command(change, values);
  }
}

function changeOf({ ticket_id, version, occurred_at: at, fact }: TicketEvent): [sql: string, ...values: unknown[]] {
  switch (fact.type) {
    case "ticket.created":
      return [
        "INSERT INTO list VALUES (?, ?, ?, ?, 'open', ?, NULL, ?, ?, 0, 1, ?, 'customer', ?, ?, ?)",
        ...[ticket_id, fact.external_id, fact.customer_id, fact.subject, fact.priority, JSON.stringify(fact.tags)],
        ...[preview(fact.body ?? ""), at, at, at, version],
      ];
    case "message.added":
      return [
        `UPDATE list SET preview = ?, message_count = message_count + 1, last_message_at = ?, last_message_from = ?, updated_at = ?,
           status = coalesce(?, status), version = ? WHERE id = ?`,
        ...[preview(fact.body ?? ""), at, fact.from, at, fact.status ?? null, version, ticket_id],
      ];
    case "priority.updated":
      return [
        "UPDATE list SET priority = ?, updated_at = ?, version = ? WHERE id = ?",
        ...[fact.priority, at, version, ticket_id],
      ];
    default:
      throw new Error(`the bench projects no ${fact.type}`);
  }
}
