import type { TicketFact } from "./events.ts";
import { Refusal } from "./refusal.ts";
import type { Party, Priority, Status, Ticket } from "./ticket.ts";

/** The statuses that a ticket can change to. */
const TRANSITIONS: Readonly<Record<Status, readonly Status[]>> = {
  open: ["pending", "resolved", "closed"],
  pending: ["open", "resolved", "closed"],
  resolved: ["open", "closed"],
  closed: [],
};

/** A command that creates a ticket. */
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

/** A command that changes a ticket. */
export type ChangeTicket =
  | { readonly type: "UpdateStatus"; readonly new_status: Status }
  | { readonly type: "AddAgentNote"; readonly note: string }
  | { readonly type: "AddMessage"; readonly from: Party; readonly body: string }
  | { readonly type: "AssignTicket"; readonly assignee_id: string | null }
  | { readonly type: "SetPriority"; readonly priority: Priority }
  | { readonly type: "SetTags"; readonly tags: readonly string[] };

/** Removes a ticket's texts and its customer. Only the erasure of a customer sends it. */
export interface EraseTicket {
  readonly type: "EraseTicket";
}

/** A command on a ticket that exists. */
type TicketCommand = ChangeTicket | EraseTicket;

/** True for commands that add text. An erased ticket refuses them: no later erasure would find it by its customer. */
const ADDS_TEXT: Readonly<Record<TicketCommand["type"], boolean>> = {
  UpdateStatus: false,
  AddAgentNote: true,
  AddMessage: true,
  AssignTicket: false,
  SetPriority: false,
  SetTags: true,
  EraseTicket: false,
};

/**
 * Applies the rules of the business.
 *
 * @returns the fact to record, or undefined if the command changes nothing
 * @throws {@link Refusal} if a rule forbids the command
 */
export function decide(ticket: undefined, command: CreateTicket): TicketFact;
export function decide(ticket: Ticket, command: TicketCommand): TicketFact | undefined;
export function decide(
  ...[ticket, command]: [undefined, CreateTicket] | [Ticket, TicketCommand]
): TicketFact | undefined {
  if (!ticket) {
    const { type: _, message, ...given } = command;
    return { type: "ticket.created", body: message, ...given };
  }
  if (ticket.erased_at !== null && ADDS_TEXT[command.type]) {
    throw new Refusal("ticket-erased", "The ticket has been erased and accepts no new text");
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
    default:
      return command satisfies never;
  }
}

function decideStatus(status: Status, wanted: Status): TicketFact | undefined {
  if (wanted === status) return undefined;
  if (status === "closed") throw new Refusal("ticket-closed", "Closed tickets cannot be reopened");
  if (!TRANSITIONS[status].includes(wanted)) {
    throw new Refusal("transition-not-allowed", `A ${status} ticket cannot become ${wanted}`);
  }
  return { type: "status.updated", status: wanted, previous_status: status };
}

function decideMessage(status: Status, from: Party, body: string): TicketFact {
  if (status === "closed") {
    throw new Refusal(
      "ticket-closed",
      "Closed tickets accept no messages: create a new ticket with follow_up_of set to this one",
    );
  }
  const reopens = from === "customer" && status !== "open";
  return { type: "message.added", from, body, ...(reopens && { status: "open" }) };
}

// A closed ticket can still get another assignee, priority or tags: they do not continue the conversation.

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
