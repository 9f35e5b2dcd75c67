import type { Change } from "../../src/commands/event-store.ts";
import type { TicketEvent } from "../../src/domain/events.ts";
import { type Statement, statement } from "../../src/platform/database.ts";
import type { tickets } from "../../src/platform/tables/source.ts";
import { type Projected, ticketRefs } from "../../src/projection/core/projection.ts";
import { type Part, TEXT_LENGTH } from "../../src/projection/read-models/ticket-list/search-text.ts";
import { type TicketSource, ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";

/** A ticket as the next decision needs it, with the texts that its row shows. */
export type SourceRow = typeof tickets.$inferSelect & TicketSource;

/** How much of the latest message a row's preview looks at: the same as in what projects. */
const HEAD_LENGTH = 4_096;

/** Reads what decides and what projects in one: the ticket and its texts. */
export function loadSources(workspaceId: string, ids: readonly string[]): Statement<SourceRow> {
  const refs = ids.map((ticket_id) => ({ workspace_id: workspaceId, ticket_id }));
  // It reads all columns of the ticket, and its type has those that projecting needs.
  const { sql, params } = ticketList.load(ticketRefs(refs));
  return statement<SourceRow>(sql, ...params);
}

/** The row of a ticket after a change, from what was read before it: the new texts are not in the database yet. */
export function projectedAfter(before: SourceRow | undefined, { ticket, events }: Change): Projected {
  const texts = events.reduce(textsAfter, {
    last_message: before?.last_message ?? "",
    last_message_cut: before?.last_message_cut ?? 0,
    first_message: before?.first_message ?? null,
    newest_texts: before?.newest_texts ?? "[]",
  });
  return ticketList.project({ ...ticket, tags: JSON.stringify(ticket.tags), ...texts });
}

type Texts = Pick<TicketSource, "last_message" | "last_message_cut" | "first_message" | "newest_texts">;

function textsAfter(texts: Texts, { fact }: TicketEvent): Texts {
  switch (fact.type) {
    case "ticket.created":
      return { ...texts, ...headOf(fact.body ?? ""), first_message: cut(fact.body ?? "", TEXT_LENGTH) };
    case "message.added":
      return { ...texts, ...headOf(fact.body ?? ""), newest_texts: withPart(texts, [fact.type, fact.body ?? ""]) };
    case "note.added":
      return { ...texts, newest_texts: withPart(texts, [fact.type, fact.body ?? ""]) };
    default:
      return texts;
  }
}

function headOf(body: string) {
  const text = body.trimStart();
  const last_message = cut(text, HEAD_LENGTH);
  return { last_message, last_message_cut: last_message.length < text.length ? 1 : 0 };
}

/** The newest texts with one more, as far as they are searched. */
function withPart({ newest_texts }: Texts, [type, text]: Part): string {
  const before: Part[] = JSON.parse(newest_texts);
  const bytes = new Map<string, number>();
  const parts = [[type, cut(text, TEXT_LENGTH)] as const, ...before].filter(([kind, part]) => {
    const newer = bytes.get(kind) ?? 0;
    bytes.set(kind, newer + utf8.encode(part).length);
    return newer < TEXT_LENGTH;
  });
  return JSON.stringify(parts);
}

const utf8 = new TextEncoder();

/** The first characters of a text as SQLite counts them. */
function cut(text: string, length: number): string {
  return text.length <= length ? text : [...text].slice(0, length).join("");
}
