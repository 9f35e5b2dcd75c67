import { Refusal } from "../../domain/refusal.ts";
import { type Statement, statement } from "../../platform/database.ts";
import type { Platform } from "../../platform/platform.ts";
import type { ticketEvents } from "../../platform/tables/source.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { instant } from "../instant.ts";

/** A page of one ticket's events, oldest first. */
export interface EventPageRequest {
  readonly workspace_id: string;
  readonly id: string;
  /** Events a page, at the most; a page ends earlier where its texts grow large. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** An event as it was recorded. */
export type HistoryItem = ReturnType<typeof toHistoryItem>;

/** The columns of the log that tell what happened. */
export type EventRow = Pick<
  typeof ticketEvents.$inferSelect,
  "version" | "type" | "agent_id" | "occurred_at" | "recorded_at" | "body" | "data"
>;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Texts of one page, in characters: a page ends with the one that exceeds it, so that it fits into a Worker's memory. */
export const PAGE_CHARACTERS = 1_000_000;

/**
 * Everything that happened to a ticket, oldest first, from the source, in one D1 call.
 *
 * @throws Refusal `ticket-not-found`, `invalid-cursor`
 */
export async function ticketHistory(deps: Platform, request: EventPageRequest) {
  const head = statement<{ version: number }>(
    "SELECT version FROM tickets WHERE workspace_id = ?1 AND id = ?2",
    request.workspace_id,
    request.id,
  );
  const { events, next_cursor } = await readEvents(deps, request, "history", head);
  return { items: events.map(toHistoryItem), next_cursor };
}

/** Reads the head of a ticket and a page of its events in one D1 call, one snapshot. */
export async function readEvents<Head extends { readonly version: number }>(
  deps: Platform,
  { workspace_id, id, limit, cursor }: EventPageRequest,
  walk: string,
  headOf: Statement<Head>,
) {
  const scope = [walk, workspace_id, id];
  const seal = await deps.seal();
  const [after] = cursor === undefined ? [0] : decodeCursor(seal, scope, cursor, ["number"] as const);
  const session = deps.databaseFor(workspace_id).session("first-primary");
  const [[head], events] = await session.batch(
    headOf,
    statement<EventRow>(EVENT_PAGE, workspace_id, id, after, limit, PAGE_CHARACTERS),
  );
  if (!head) throw new Refusal("ticket-not-found", "Ticket not found");
  const last = events.at(-1);
  const next_cursor = last && last.version < head.version ? encodeCursor(seal, scope, [last.version]) : null;
  return { head, events, next_cursor, bookmark: session.bookmark() };
}

const EVENT_PAGE = `
SELECT version, type, agent_id, occurred_at, recorded_at, body, data FROM (
  SELECT *, sum(coalesce(length(body), 0)) OVER (ORDER BY version ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM (SELECT * FROM ticket_events WHERE workspace_id = ?1 AND ticket_id = ?2 AND version > ?3 ORDER BY version LIMIT ?4))
WHERE coalesce(before, 0) < ?5 ORDER BY version`;

/** An event as the API shows it. */
export function toHistoryItem({ version, type, agent_id, occurred_at, recorded_at, body, data }: EventRow) {
  const fields: Record<string, Json> = JSON.parse(data);
  return {
    version,
    type,
    agent_id,
    occurred_at: instant(occurred_at),
    recorded_at: instant(recorded_at),
    data: body === null ? fields : { ...fields, body },
  };
}
