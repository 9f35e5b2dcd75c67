import type { Party, Priority, Status } from "./ticket.ts";

/**
 * What happened to a ticket. `body` is the text of a message or note. An erasure replaces personal fields by null or an empty list
 * ({@link EVENTS}).
 */
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
  /** `status` is set if the message reopened the ticket. */
  | { readonly type: "message.added"; readonly from: Party; readonly body: string | null; readonly status?: "open" }
  | {
      readonly type: "assignee.updated";
      readonly assignee_id: string | null;
      readonly previous_assignee_id: string | null;
    }
  | { readonly type: "priority.updated"; readonly priority: Priority; readonly previous_priority: Priority }
  | { readonly type: "tags.updated"; readonly tags: readonly string[]; readonly previous_tags: readonly string[] }
  | { readonly type: "ticket.erased" };

/** The type of an event. */
export type EventType = TicketFact["type"];

interface EventDefinition<Fact extends TicketFact> {
  /** The values that replace personal fields when the ticket is erased. */
  readonly redaction: Partial<Fact>;
  /** The kind of entry in the ticket's conversation; null if the event is not part of it. */
  readonly conversation: "message" | "note" | null;
}

/**
 * Each type of event. Tags are free text and may hold personal data. Agents are not the customer, so the agent who acted and the
 * assignee stay.
 */
export const EVENTS: { readonly [Type in EventType]: EventDefinition<Extract<TicketFact, { readonly type: Type }>> } = {
  "ticket.created": {
    redaction: { customer_id: null, subject: null, body: null, tags: [], external_id: null },
    conversation: "message",
  },
  "status.updated": { redaction: {}, conversation: null },
  "note.added": { redaction: { body: null }, conversation: "note" },
  "message.added": { redaction: { body: null }, conversation: "message" },
  "assignee.updated": { redaction: {}, conversation: null },
  "priority.updated": { redaction: {}, conversation: null },
  "tags.updated": { redaction: { tags: [], previous_tags: [] }, conversation: null },
  "ticket.erased": { redaction: {}, conversation: null },
};

/** All types of events. */
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** A fact and its place in the ticket's history. */
export interface TicketEvent {
  readonly workspace_id: string;
  readonly ticket_id: string;
  /** 1 for the first event of a ticket, without gaps. */
  readonly version: number;
  readonly event_id: string;
  /** The agent who acted; null if there was none, or it is unknown. */
  readonly agent_id: string | null;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
  readonly fact: TicketFact;
}
