import { unlessErased } from "../../domain/erased.ts";
import { EVENTS, type EventType } from "../../domain/events.ts";
import { type Statement, statement } from "../../platform/database.ts";
import type { Platform } from "../../platform/platform.ts";
import type { tickets } from "../../platform/tables/source.ts";
import { instant, instantOrNull } from "../instant.ts";
import { type EventPageRequest, readEvents } from "./history.ts";

/** A ticket as it is now, with a page of its conversation. */
export type TicketDetails = Awaited<ReturnType<typeof ticketDetails>>["details"];

interface Head extends Readonly<typeof tickets.$inferSelect> {
  readonly message: string | null;
  readonly agent_note: string | null;
  readonly newest_seq: number;
}

/**
 * The one query on the source: a ticket with its first message, its latest note and a page of its conversation, oldest
 * first. One D1 call, on the primary: it is the truth, never stale.
 *
 * @throws Refusal `ticket-not-found`, `invalid-cursor`
 */
export async function ticketDetails(deps: Platform, request: EventPageRequest) {
  const { head, events, next_cursor, bookmark } = await readEvents(deps, request, "conversation", ticketHead(request));
  const details = {
    id: head.id,
    external_id: head.external_id,
    customer_id: unlessErased(head.customer_id),
    subject: unlessErased(head.subject),
    status: head.status,
    priority: head.priority,
    assignee_id: head.assignee_id,
    tags: JSON.parse(head.tags) as string[],
    follow_up_of: head.follow_up_of,
    message: head.message,
    agent_note: head.agent_note,
    created_at: instant(head.created_at),
    updated_at: instant(head.updated_at),
    version: head.version,
    erased_at: instantOrNull(head.erased_at),
    conversation: { items: events.flatMap(conversationItem), next_cursor },
  };
  return { details, newestSeq: head.newest_seq, bookmark };
}

function ticketHead({ workspace_id, id }: EventPageRequest): Statement<Head> {
  return statement<Head>(
    `SELECT ticket.*, (SELECT seq FROM db_clock) AS newest_seq,
       (SELECT body FROM ticket_events WHERE workspace_id = ?1 AND ticket_id = ?2 AND version = 1) AS message,
       (SELECT body FROM ticket_events WHERE workspace_id = ?1 AND ticket_id = ?2 AND version = ticket.last_note_version) AS agent_note
     FROM tickets AS ticket WHERE workspace_id = ?1 AND id = ?2`,
    workspace_id,
    id,
  );
}

type ConversationEvent = Awaited<ReturnType<typeof readEvents>>["events"][number];

/** A message or a note, as the conversation shows it. */
export interface ConversationItem {
  /** The version of the ticket that it brought about. */
  readonly version: number;
  readonly kind: "message" | "note";
  readonly from: "customer" | "agent";
  readonly agent_id: string | null;
  readonly body: string | null;
  readonly created_at: string;
}

function conversationItem(event: ConversationEvent): readonly ConversationItem[] {
  const { version, type, agent_id, occurred_at, body, data } = event;
  // A newer deployment may have recorded types that this one does not know.
  const kind = EVENTS[type as EventType]?.conversation;
  if (!kind) return [];
  // The first message is the customer's, and its event does not say so.
  const from = kind === "note" ? "agent" : (JSON.parse(data).from ?? "customer");
  return [{ version, agent_id, body, created_at: instant(occurred_at), kind, from }];
}
