import { getTableColumns } from "drizzle-orm";
import { unlessErased } from "../../../domain/erased.ts";
import { type ReadTicket, readTickets } from "../../../platform/tables/read.ts";
import { instant, instantOrNull } from "../../instant.ts";

const {
  n: _n,
  workspace_id: _workspace,
  projector: _projector,
  facets: _facets,
  search_subject: _subject,
  search_messages: _messages,
  search_notes: _notes,
  ...shown
} = getTableColumns(readTickets);

/** The columns that a list shows. */
export const COLUMNS = Object.keys(shown);

/** A row of a page. */
export type ListRow = Pick<ReadTicket, keyof typeof shown>;

/** A row with its rank for the cursor: 1 where others come first by relevance. */
export type RankedRow = ListRow & { readonly rank: number };

/** The rank, the time and the id of the row that a page comes after. */
export type AfterRow = readonly [rank: number, time: number, id: string];

/** What a list shows of a ticket. */
export type TicketListItem = ReturnType<typeof toItem>;

/** A row as the API gives it. */
export function toItem({ rank: _, ...row }: RankedRow) {
  return {
    ...row,
    customer_id: unlessErased(row.customer_id),
    subject: unlessErased(row.subject),
    tags: JSON.parse(row.tags) as string[],
    has_note: row.has_note === 1,
    last_message_at: instant(row.last_message_at),
    waiting_since: instantOrNull(row.waiting_since),
    first_replied_at: instantOrNull(row.first_replied_at),
    resolved_at: instantOrNull(row.resolved_at),
    closed_at: instantOrNull(row.closed_at),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}
