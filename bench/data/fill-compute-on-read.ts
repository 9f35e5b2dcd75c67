import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TicketEvent } from "../../src/domain/events.ts";
import { FileUnderWork } from "./file.ts";
import type { Told } from "./fill-edgedesk.ts";
import { importedAt } from "./imported.ts";
import { fillIndex } from "./search-index.ts";

/** The schema of the competitor that has no read model. */
export const COMPUTE_ON_READ_SCHEMA = join(import.meta.dirname, "../compute-on-read/schema.sql");

/** Tickets in one transaction. */
const BATCH = 5_000;
/** The part of the work that comes before the search table, as it was measured. */
const TABLES_SHARE = 0.65;

/** Fills a file with the competitor's tables: the same tickets with the same ids. */
export function fillComputeOnRead(path: string, tickets: number, told: Told): void {
  const file = new FileUnderWork(path);
  file.script(readFileSync(COMPUTE_ON_READ_SCHEMA, "utf8"));
  for (let first = 0; first < tickets; first += BATCH) {
    const end = Math.min(first + BATCH, tickets);
    file.inTransaction(() => {
      for (let index = first; index < end; index++) writeTicket(file, index);
    });
    told((TABLES_SHARE * end) / tickets);
  }
  const messages = file.number("SELECT count(*) FROM messages");
  let entries = 0;
  fillIndex(file, MESSAGE_SEARCH, (more) => {
    entries += more;
    told(TABLES_SHARE + ((1 - TABLES_SHARE) * entries) / messages);
  });
  // The planner is to know which of several indexes is the best.
  file.script("ANALYZE");
  file.close();
}

const MESSAGE_SEARCH = {
  table: "message_search",
  columns: ["subject", "body"],
  rows: "messages",
  place: "n",
  number: "n",
  again: "messages AS row ON row.n = placed.n JOIN tickets AS ticket ON ticket.n = row.ticket",
  values: [
    "iif(NOT EXISTS (SELECT 1 FROM messages WHERE ticket = row.ticket AND n < row.n), ticket.subject, NULL)",
    "row.body",
  ],
};

function writeTicket(file: FileUnderWork, index: number): void {
  const { ticket, events } = importedAt(index);
  const n = index + 1;
  file.write(
    `INSERT INTO tickets (n, workspace_id, id, external_id, customer_id, subject, status, priority, assignee_id, follow_up_of,
      resolved_at, closed_at, reopen_count, created_at, updated_at, version)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    n,
    ticket.workspace_id,
    ticket.id,
    ticket.external_id,
    ticket.customer_id,
    ticket.subject,
    ticket.status,
    ticket.priority,
    ticket.assignee_id,
    ticket.follow_up_of,
    ticket.resolved_at,
    ticket.closed_at,
    ticket.reopen_count,
    ticket.created_at,
    ticket.updated_at,
    ticket.version,
  );
  for (const event of events) writeEvent(file, n, event);
  for (const [place, tag] of ticket.tags.entries()) {
    file.write(
      "INSERT INTO ticket_tags (ticket, tag, workspace_id, place) VALUES (?, ?, ?, ?)",
      n,
      tag,
      ticket.workspace_id,
      place,
    );
  }
}

function writeEvent(file: FileUnderWork, ticket: number, { fact, agent_id, occurred_at }: TicketEvent): void {
  if (fact.type === "ticket.created" || fact.type === "message.added") {
    file.write(
      "INSERT INTO messages (ticket, sender, agent_id, body, sent_at) VALUES (?, ?, ?, ?, ?)",
      ticket,
      fact.type === "ticket.created" ? "customer" : fact.from,
      agent_id,
      fact.body,
      occurred_at,
    );
  } else if (fact.type === "note.added") {
    file.write(
      "INSERT INTO notes (ticket, agent_id, note, created_at) VALUES (?, ?, ?, ?)",
      ticket,
      agent_id,
      fact.body,
      occurred_at,
    );
  }
}
