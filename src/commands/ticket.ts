import { Refusal } from "../errors.ts";

/** `pending` waits for the customer; `closed` is final. */
export const STATUSES = ["open", "pending", "resolved", "closed"] as const;
export type Status = (typeof STATUSES)[number];

export const PRIORITIES = ["low", "normal", "high", "urgent"] as const;
export type Priority = (typeof PRIORITIES)[number];

/** Who wrote a public message. */
export const PARTIES = ["customer", "agent"] as const;
export type Party = (typeof PARTIES)[number];

const REACHABLE: Readonly<Record<Status, readonly Status[]>> = {
  open: ["pending", "resolved", "closed"],
  pending: ["open", "resolved", "closed"],
  resolved: ["open", "closed"],
  closed: [],
};

/** A request for a new ticket. */
export interface CreateTicket {
  readonly type: "CreateTicket";
  readonly customer_id: string;
  readonly subject: string;
  readonly message: string;
  readonly priority: Priority;
  readonly tags: readonly string[];
  readonly external_id: string | null;
  readonly follow_up_of: string | null;
}

/** A request to change a ticket. */
export type ChangeTicket =
  | { readonly type: "UpdateStatus"; readonly new_status: Status }
  | { readonly type: "AddAgentNote"; readonly note: string }
  | { readonly type: "AddMessage"; readonly from: Party; readonly body: string };

/** What a command left behind. `body` is the text of a message or note. */
export type TicketFact =
  | {
      readonly type: "ticket.created";
      readonly customer_id: string;
      readonly subject: string;
      readonly body: string;
      readonly priority: Priority;
      readonly tags: readonly string[];
      readonly external_id: string | null;
      readonly follow_up_of: string | null;
    }
  | { readonly type: "status.updated"; readonly status: Status; readonly previous_status: Status }
  | { readonly type: "note.added"; readonly body: string }
  /** `status` where the message reopened the ticket. */
  | { readonly type: "message.added"; readonly from: Party; readonly body: string; readonly status?: "open" };

/** A fact with its place in the ticket's history. */
export interface TicketEvent {
  readonly workspace_id: string;
  readonly ticket_id: string;
  /** 1 for the first event of a ticket, without gaps. */
  readonly version: number;
  readonly event_id: string;
  /** The agent who acted, where one did and is known. */
  readonly agent_id: string | null;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
  readonly fact: TicketFact;
}

/**
 * What a ticket is after its events: all that the next decision needs, and the facts of its history that rules define.
 * Bounded in size, however long the conversation. Times are milliseconds since 1970.
 */
export interface Ticket {
  readonly workspace_id: string;
  readonly id: string;
  readonly external_id: string | null;
  readonly customer_id: string;
  readonly subject: string;
  readonly status: Status;
  readonly priority: Priority;
  readonly assignee_id: string | null;
  readonly tags: readonly string[];
  readonly follow_up_of: string | null;
  /** Public messages, the opening one included. */
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
  /** The latest resolution, unless the ticket was reopened after it. */
  readonly resolved_at: number | null;
  readonly closed_at: number | null;
  /** How often the ticket went from resolved back to open. */
  readonly reopen_count: number;
  readonly created_at: number;
  /** When the latest of its events happened; never goes back. */
  readonly updated_at: number;
  readonly version: number;
}

/**
 * The rules of the business.
 *
 * @returns the fact that the command brings about, or undefined where nothing changes
 * @throws {@link Refusal} where a rule forbids it
 */
export function decide(ticket: undefined, command: CreateTicket): TicketFact;
export function decide(ticket: Ticket, command: ChangeTicket): TicketFact | undefined;
export function decide(
  ...[ticket, command]: [undefined, CreateTicket] | [Ticket, ChangeTicket]
): TicketFact | undefined {
  if (!ticket) {
    const { type: _, message, ...given } = command;
    return { type: "ticket.created", body: message, ...given };
  }
  switch (command.type) {
    case "UpdateStatus":
      return decideStatus(ticket.status, command.new_status);
    case "AddAgentNote":
      return { type: "note.added", body: command.note };
    case "AddMessage":
      return decideMessage(ticket.status, command.from, command.body);
  }
}

function decideStatus(status: Status, wanted: Status): TicketFact | undefined {
  if (wanted === status) return undefined;
  if (status === "closed") throw new Refusal("ticket-closed", "Closed tickets cannot be reopened");
  if (!REACHABLE[status].includes(wanted)) {
    throw new Refusal("transition-not-allowed", `A ${status} ticket cannot become ${wanted}`);
  }
  return { type: "status.updated", status: wanted, previous_status: status };
}

function decideMessage(status: Status, from: Party, body: string): TicketFact {
  if (status === "closed") {
    throw new Refusal(
      "ticket-closed",
      "Closed tickets take no messages: create a new ticket with follow_up_of set to this one",
    );
  }
  const reopens = from === "customer" && status !== "open";
  return { type: "message.added", from, body, ...(reopens && { status: "open" }) };
}

/** The ticket after the event. Total: whatever is in the log folds. */
export function evolve(ticket: Ticket | undefined, event: TicketEvent): Ticket {
  const { fact, occurred_at, version } = event;
  if (fact.type === "ticket.created") return create(event, fact);
  if (!ticket) throw new Error(`the history of ticket ${event.ticket_id} begins with ${fact.type}`);
  const next = { ...ticket, version, updated_at: Math.max(ticket.updated_at, occurred_at) };
  switch (fact.type) {
    case "status.updated":
      return { ...next, ...moved(ticket, fact.status, occurred_at) };
    case "note.added":
      return { ...next, note_count: ticket.note_count + 1, last_note_version: version };
    case "message.added":
      return {
        ...next,
        ...(fact.status && moved(ticket, fact.status, occurred_at)),
        ...said(ticket, event, fact.from),
      };
  }
}

function create(event: TicketEvent, fact: Extract<TicketFact, { type: "ticket.created" }>): Ticket {
  const { body: _, type: __, ...given } = fact;
  return {
    ...given,
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
    created_at: event.occurred_at,
    updated_at: event.occurred_at,
    version: event.version,
  };
}

function moved(ticket: Ticket, status: Status, at: number) {
  const reopened = ticket.status === "resolved" && status === "open";
  return {
    status,
    reopen_count: ticket.reopen_count + (reopened ? 1 : 0),
    resolved_at: status === "resolved" ? at : status === "closed" ? ticket.resolved_at : null,
    closed_at: status === "closed" ? at : null,
  };
}

function said(ticket: Ticket, { version, occurred_at }: TicketEvent, from: Party) {
  return {
    message_count: ticket.message_count + 1,
    last_message_version: version,
    last_message_at: occurred_at,
    last_message_from: from,
    unanswered_since: from === "agent" ? null : (ticket.unanswered_since ?? occurred_at),
    first_replied_at: ticket.first_replied_at ?? (from === "agent" ? occurred_at : null),
  };
}
