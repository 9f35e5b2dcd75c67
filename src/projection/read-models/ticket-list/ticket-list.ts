import { ERASED } from "../../../domain/erased.ts";
import type { Ticket } from "../../../domain/ticket.ts";
import { type Statement, statement } from "../../../platform/database.ts";
import { type ReadTicket, readTickets } from "../../../platform/tables/read.ts";
import type { tickets } from "../../../platform/tables/source.ts";
import type { Projection, TicketRef } from "../../core/projection.ts";
import { MAX_TEXT } from "../../core/text-limit.ts";
import { facetsOf } from "./facets.ts";
import {
  NEWEST_TEXTS,
  type Part,
  SEARCH_TABLES,
  searchTextOf,
  TEXT_LENGTH,
  TEXT_SIZE,
  withMark,
} from "./search-text.ts";

/** Maximum length of the preview of the latest message, in code points. */
export const PREVIEW_LENGTH = 140;

/**
 * Characters of a message loaded for the preview, after its leading white space. Enough for any preview, while a
 * batch of 100 messages of 256 KB stays small.
 */
const HEAD_LENGTH = 4096;

// The characters of JavaScript's \s (https://tc39.es/ecma262/#sec-white-space), for SQLite's ltrim().
const WHITE_SPACE =
  "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff";

/** The source of a ticket-list row: the ticket, and the texts that are shown or searched. */
export interface TicketSource extends Omit<typeof tickets.$inferSelect, "follow_up_of" | "erased_at"> {
  /** Prefix of the latest public message; empty if it is erased. */
  readonly last_message: string;
  /** 1 if the message continues after the prefix. */
  readonly last_message_cut: number;
  /** Prefix of the first message. */
  readonly first_message: string | null;
  /** The newest messages and notes, newest first: a JSON array of {@link Part}s. */
  readonly newest_texts: string;
}

/** The projection of the ticket list. */
export const ticketList: Projection<TicketSource, Omit<ReadTicket, "projector">> = {
  projector: 3,
  since: { facets: 2 },
  // The triggers on the table have the same expressions.
  counted: [
    "json_array('assignee', assignee_id, status)",
    "json_array('priority', priority, status, waiting_since IS NOT NULL, first_replied_at IS NULL)",
  ],
  table: readTickets,
  compare: (one, other) => one.created_at - other.created_at,
  search: SEARCH_TABLES,
  personal: {
    external_id: null,
    customer_id: ERASED,
    subject: ERASED,
    tags: "[]",
    preview: ERASED,
    facets: null,
    search_subject: null,
    search_messages: null,
    search_notes: null,
  },
  maxText: MAX_TEXT,
  textSize: TEXT_SIZE,
  load,
  project: (ticket) => ({
    workspace_id: ticket.workspace_id,
    id: ticket.id,
    external_id: ticket.external_id,
    customer_id: ticket.customer_id,
    subject: ticket.subject,
    status: ticket.status,
    priority: ticket.priority,
    assignee_id: ticket.assignee_id,
    tags: ticket.tags,
    preview: preview(ticket.last_message, ticket.last_message_cut === 1),
    has_note: ticket.note_count > 0 ? 1 : 0,
    note_count: ticket.note_count,
    message_count: ticket.message_count,
    last_message_at: ticket.last_message_at,
    last_message_from: ticket.last_message_from,
    waiting_since: waitingSince(ticket),
    first_replied_at: ticket.first_replied_at,
    resolved_at: ticket.resolved_at,
    closed_at: ticket.closed_at,
    reopen_count: ticket.reopen_count,
    created_at: ticket.created_at,
    updated_at: ticket.updated_at,
    version: ticket.version,
    ...searchColumns(ticket),
  }),
};

/** Search columns of a ticket. */
function searchColumns(ticket: TicketSource) {
  const newest: Part[] = JSON.parse(ticket.newest_texts);
  const text = searchTextOf(ticket.subject, ticket.first_message ?? "", newest);
  return { facets: withMark(facetsOf({ ...ticket, waiting_since: waitingSince(ticket) }), text), ...text };
}

/**
 * Makes a one-line preview: collapses white space, keeps the first {@link PREVIEW_LENGTH} code points, and appends
 * "…" if it cuts.
 *
 * @param goesOn whether the message continues after `text`
 */
export function preview(text: string, goesOn = false): string {
  const line = text.trim().replace(/\s+/g, " ");
  const points = [...line];
  if (points.length <= PREVIEW_LENGTH) return goesOn ? `${line}…` : line;
  return `${points.slice(0, PREVIEW_LENGTH).join("")}…`;
}

/**
 * Time since which the customer waits for an answer; null if none is due. Resolved and closed tickets need no answer.
 */
export function waitingSince(ticket: Pick<Ticket, "status" | "unanswered_since">): number | null {
  return ticket.status === "open" || ticket.status === "pending" ? ticket.unanswered_since : null;
}

function load({ sql, params }: Statement<TicketRef>): Statement<TicketSource> {
  const [space, head, text] = [1, 2, 3].map((place) => `?${params.length + place}`);
  return statement<TicketSource>(
    `
WITH ref AS (${sql})
SELECT ticket.*, coalesce(substr(ltrim(event.body, ${space}), 1, ${head}), '') AS last_message,
  coalesce(length(ltrim(event.body, ${space})) > ${head}, 0) AS last_message_cut,
  (SELECT substr(body, 1, ${text}) FROM ticket_events
    WHERE workspace_id = ticket.workspace_id AND ticket_id = ticket.id AND version = 1) AS first_message,
  ${NEWEST_TEXTS} AS newest_texts
FROM ref
CROSS JOIN tickets AS ticket ON ticket.workspace_id = ref.workspace_id AND ticket.id = ref.ticket_id
CROSS JOIN ticket_events AS event ON event.workspace_id = ticket.workspace_id AND event.ticket_id = ticket.id
  AND event.version = ticket.last_message_version`,
    ...params,
    WHITE_SPACE,
    HEAD_LENGTH,
    TEXT_LENGTH,
  );
}
