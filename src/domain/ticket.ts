import { ERASED } from "./erased.ts";
import { Refusal } from "./refusal.ts";

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
  | { readonly type: "AddMessage"; readonly from: Party; readonly body: string }
  | { readonly type: "AssignTicket"; readonly assignee_id: string | null }
  | { readonly type: "SetPriority"; readonly priority: Priority }
  | { readonly type: "SetTags"; readonly tags: readonly string[] };

/** A request to forget who asked, and every text: it comes with the erasure of a customer. */
export interface EraseTicket {
  readonly type: "EraseTicket";
}

/** What a command left behind. `body` is the text of a message or note. What is personal is null, or no tag, once it is erased. */
export type TicketFact =
  | {
      readonly type: "ticket.created";
      readonly customer_id: string | null;
      readonly subject: string | null;
      readonly body: string | null;
      readonly priority: Priority;
      readonly tags: readonly string[];
      readonly external_id: string | null;
      readonly follow_up_of: string | null;
    }
  | { readonly type: "status.updated"; readonly status: Status; readonly previous_status: Status }
  | { readonly type: "note.added"; readonly body: string | null }
  /** `status` where the message reopened the ticket. */
  | { readonly type: "message.added"; readonly from: Party; readonly body: string | null; readonly status?: "open" }
  | {
      readonly type: "assignee.updated";
      readonly assignee_id: string | null;
      readonly previous_assignee_id: string | null;
    }
  | { readonly type: "priority.updated"; readonly priority: Priority; readonly previous_priority: Priority }
  | { readonly type: "tags.updated"; readonly tags: readonly string[]; readonly previous_tags: readonly string[] }
  | { readonly type: "ticket.erased" };

/**
 * What each kind of event says that is personal, and what stands in its place once the ticket is erased. Tags are free text, too:
 * nobody knows what a team writes there. Agents are not the customer: who acted, and who had the ticket, stays.
 */
export const PERSONAL: {
  readonly [Type in TicketFact["type"]]: Partial<Extract<TicketFact, { readonly type: Type }>>;
} = {
  "ticket.created": { customer_id: null, subject: null, body: null, tags: [], external_id: null },
  "status.updated": {},
  "note.added": { body: null },
  "message.added": { body: null },
  "assignee.updated": {},
  "priority.updated": {},
  "tags.updated": { tags: [], previous_tags: [] },
  "ticket.erased": {},
};

/** The kinds of facts. */
export const EVENT_TYPES = [
  "ticket.created",
  "status.updated",
  "note.added",
  "message.added",
  "assignee.updated",
  "priority.updated",
  "tags.updated",
  "ticket.erased",
] as const satisfies readonly TicketFact["type"][];
export type EventType = (typeof EVENT_TYPES)[number];

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
  /** {@link ERASED} where it is. */
  readonly customer_id: string;
  /** {@link ERASED} where it is. */
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
  /** When the customer's erasure took the ticket's texts. */
  readonly erased_at: number | null;
  readonly created_at: number;
  /** When its last event happened: the one with the ticket's version. */
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
export function decide(ticket: Ticket, command: ChangeTicket | EraseTicket): TicketFact | undefined;
export function decide(
  ...[ticket, command]: [undefined, CreateTicket] | [Ticket, ChangeTicket | EraseTicket]
): TicketFact | undefined {
  if (!ticket) {
    const { type: _, message, ...given } = command;
    return { type: "ticket.created", body: message, ...given };
  }
  if (ticket.erased_at !== null && BRINGS_TEXT.has(command.type)) {
    throw new Refusal("ticket-erased", "The ticket is erased: it takes no texts any more");
  }
  switch (command.type) {
    case "UpdateStatus":
      return decideStatus(ticket.status, command.new_status);
    case "AddAgentNote":
      return { type: "note.added", body: command.note };
    case "AddMessage":
      return decideMessage(ticket.status, command.from, command.body);
    case "AssignTicket":
      return decideAssignee(ticket.assignee_id, command.assignee_id);
    case "SetPriority":
      return decidePriority(ticket.priority, command.priority);
    case "SetTags":
      return decideTags(ticket.tags, command.tags);
    case "EraseTicket":
      return ticket.erased_at === null ? { type: "ticket.erased" } : undefined;
  }
}

/** Nothing would ever take away what these bring: the ticket is no customer's any more. */
const BRINGS_TEXT: ReadonlySet<string> = new Set<ChangeTicket["type"]>(["AddAgentNote", "AddMessage", "SetTags"]);

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

// What a ticket is filed under can change on a closed one, too: that says nothing about the conversation.

function decideAssignee(assignee: string | null, wanted: string | null): TicketFact | undefined {
  if (wanted === assignee) return undefined;
  return { type: "assignee.updated", assignee_id: wanted, previous_assignee_id: assignee };
}

function decidePriority(priority: Priority, wanted: Priority): TicketFact | undefined {
  if (wanted === priority) return undefined;
  return { type: "priority.updated", priority: wanted, previous_priority: priority };
}

function decideTags(tags: readonly string[], wanted: readonly string[]): TicketFact | undefined {
  const isSame = wanted.length === tags.length && wanted.every((tag, index) => tag === tags[index]);
  return isSame ? undefined : { type: "tags.updated", tags: wanted, previous_tags: tags };
}

/** The ticket after the event. Total: whatever is in the log folds. */
export function evolve(ticket: Ticket | undefined, event: TicketEvent): Ticket {
  const { fact, version } = event;
  if (fact.type === "ticket.created") return create(event, fact);
  if (!ticket) throw new Error(`the history of ticket ${event.ticket_id} begins with ${fact.type}`);
  // Other systems date answers before their question. No moment of a ticket is before its creation.
  const at = Math.max(ticket.created_at, event.occurred_at);
  const next = { ...ticket, version, updated_at: at };
  switch (fact.type) {
    case "status.updated":
      return { ...next, ...moved(ticket, fact.status, at) };
    case "note.added":
      return { ...next, note_count: ticket.note_count + 1, last_note_version: version };
    case "message.added":
      return {
        ...next,
        ...(fact.status && moved(ticket, fact.status, at)),
        ...said(ticket, version, fact.from, at),
      };
    case "assignee.updated":
      return { ...next, assignee_id: fact.assignee_id };
    case "priority.updated":
      return { ...next, priority: fact.priority };
    case "tags.updated":
      return { ...next, tags: fact.tags };
    case "ticket.erased":
      return { ...next, ...NOBODYS, erased_at: at };
  }
}

const NOBODYS = { customer_id: ERASED, subject: ERASED, external_id: null, tags: [] } as const;

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

function moved(ticket: Ticket, status: Status, at: number) {
  const reopened = ticket.status === "resolved" && status === "open";
  return {
    status,
    reopen_count: ticket.reopen_count + (reopened ? 1 : 0),
    resolved_at: status === "resolved" ? at : status === "closed" ? ticket.resolved_at : null,
    closed_at: status === "closed" ? at : null,
  };
}

function said(ticket: Ticket, version: number, from: Party, at: number) {
  return {
    message_count: ticket.message_count + 1,
    last_message_version: version,
    last_message_at: at,
    last_message_from: from,
    unanswered_since: from === "agent" ? null : (ticket.unanswered_since ?? at),
    first_replied_at: ticket.first_replied_at ?? (from === "agent" ? at : null),
  };
}
