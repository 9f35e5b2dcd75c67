import { ERASED } from "./erased.ts";
import type { TicketEvent, TicketFact } from "./events.ts";

/** `pending` waits for the customer; `closed` is final. */
export const STATUSES = ["open", "pending", "resolved", "closed"] as const;
export type Status = (typeof STATUSES)[number];

export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Who wrote a public message. */
export const PARTIES = ["customer", "agent"] as const;
export type Party = (typeof PARTIES)[number];

/**
 * The state of a ticket: all that the next decision needs, and the derived facts of its history. Its size does not depend on the length
 * of the conversation. Times are milliseconds since 1970.
 */
export interface Ticket {
  readonly workspace_id: string;
  readonly id: string;
  readonly external_id: string | null;
  /** {@link ERASED} after an erasure. */
  readonly customer_id: string;
  /** {@link ERASED} after an erasure. */
  readonly subject: string;
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee_id: string | null;
  readonly tags: readonly string[];
  readonly follow_up_of: string | null;
  /** Public messages, including the first. */
  readonly message_count: number;
  readonly last_message_version: number;
  readonly last_message_at: number;
  readonly last_message_from: Party;
  readonly note_count: number;
  readonly last_note_version: number | null;
  /** The earliest customer message since the last agent message. */
  readonly unanswered_since: number | null;
  /** The first agent message. */
  readonly first_replied_at: number | null;
  /** The latest resolution; null if the ticket was reopened after it. */
  readonly resolved_at: number | null;
  readonly closed_at: number | null;
  /** Changes from resolved back to open. */
  readonly reopen_count: number;
  /** When the erasure of the customer removed the ticket's texts. */
  readonly erased_at: number | null;
  readonly created_at: number;
  /** When the event with this version happened. */
  readonly updated_at: number;
  readonly version: number;
}

/** Applies an event to a ticket. It refuses no event: every log can be folded. */
export function evolve(ticket: Ticket | undefined, event: TicketEvent): Ticket {
  const { fact, version } = event;
  if (fact.type === "ticket.created") return create(event, fact);
  if (!ticket) throw new Error(`the history of ticket ${event.ticket_id} begins with ${fact.type}`);
  // Imported answers may be dated before their question. No time of a ticket is before its creation.
  const at = Math.max(ticket.created_at, event.occurred_at);
  const next = { ...ticket, version, updated_at: at };
  switch (fact.type) {
    case "status.updated":
      return { ...next, ...afterStatusChange(ticket, fact.status, at) };
    case "note.added":
      return { ...next, note_count: ticket.note_count + 1, last_note_version: version };
    case "message.added":
      return {
        ...next,
        ...(fact.status && afterStatusChange(ticket, fact.status, at)),
        ...afterMessage(ticket, version, fact.from, at),
      };
    case "assignee.updated":
      return { ...next, assignee_id: fact.assignee_id };
    case "priority.updated":
      return { ...next, priority: fact.priority };
    case "tags.updated":
      return { ...next, tags: fact.tags };
    case "ticket.erased":
      return { ...next, ...REDACTED, erased_at: at };
  }
}

const REDACTED = { customer_id: ERASED, subject: ERASED, external_id: null, tags: [] } as const;

function create(event: TicketEvent, fact: Extract<TicketFact, { type: "ticket.created" }>): Ticket {
  const { body: _, type: __, customer_id, subject, ...given } = fact;
  return {
    ...given,
    customer_id: customer_id ?? ERASED,
    subject: subject ?? ERASED,
    workspace_id: event.workspace_id,
    id: event.ticket_id,
    status: "open",
    assignee_id: null,
    message_count: 1,
    last_message_version: event.version,
    last_message_at: event.occurred_at,
    last_message_from: "customer",
    note_count: 0,
    last_note_version: null,
    unanswered_since: event.occurred_at,
    first_replied_at: null,
    resolved_at: null,
    closed_at: null,
    reopen_count: 0,
    erased_at: null,
    created_at: event.occurred_at,
    updated_at: event.occurred_at,
    version: event.version,
  };
}

function afterStatusChange(ticket: Ticket, status: Status, at: number) {
  const reopened = ticket.status === "resolved" && status === "open";
  return {
    status,
    reopen_count: ticket.reopen_count + (reopened ? 1 : 0),
    resolved_at: status === "resolved" ? at : status === "closed" ? ticket.resolved_at : null,
    closed_at: status === "closed" ? at : null,
  };
}

function afterMessage(ticket: Ticket, version: number, from: Party, at: number) {
  return {
    message_count: ticket.message_count + 1,
    last_message_version: version,
    last_message_at: at,
    last_message_from: from,
    unanswered_since: from === "agent" ? null : (ticket.unanswered_since ?? at),
    first_replied_at: ticket.first_replied_at ?? (from === "agent" ? at : null),
  };
}
