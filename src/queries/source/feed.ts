import { Refusal } from "../../domain/refusal.ts";
import { type Statement, statement } from "../../platform/database.ts";
import type { Platform } from "../../platform/platform.ts";
import type { Seal } from "../../platform/sealed.ts";
import type { ticketEvents } from "../../platform/tables/source.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { type EventRow, PAGE_CHARACTERS, toHistoryItem } from "./history.ts";

/** A page of a workspace's events, in the order in which they were recorded. */
export interface FeedRequest {
  readonly workspace_id: string;
  /** Events a page, at the most; a page ends earlier where its texts grow large. */
  readonly limit: number;
  /** Only these; none: all. */
  readonly types: readonly string[];
  /** The events after this cursor; `latest`: after all that there are. Without it, from the first one on. */
  readonly after?: string | undefined;
}

/** An event of the feed. Its ticket and version name it: there is no second one with both. */
export type FeedItem = ReturnType<typeof toFeedItem>;

/** The `after` that asks for nothing that has happened so far. */
export const LATEST = "latest";

/** Events that a page looks at for those of the wanted types. */
export const MAX_SCANNED_EVENTS = 1_000;

/** An event's place in the log. */
type Place = Pick<typeof ticketEvents.$inferSelect, "seq" | "event_id">;

type FeedRow = EventRow & Place & Pick<typeof ticketEvents.$inferSelect, "ticket_id">;

/** Before the first event. */
const BEGINNING: Place = { seq: 0, event_id: "" };

/**
 * The events of all tickets of a workspace, each once, in the order in which they were recorded: one D1 call, on the primary.
 *
 * There are no gaps to fall into. A database has one writer, and `seq` grows with each event that it commits (AUTOINCREMENT,
 * https://sqlite.org/autoinc.html): what is recorded after a page was read comes after all that the page could show. A replica
 * would be a prefix of that, but is not asked.
 *
 * @throws Refusal `invalid-cursor`, `cursor-gone`
 */
export async function eventFeed(deps: Platform, { workspace_id, limit, types, after }: FeedRequest) {
  const scope = ["events", workspace_id];
  const seal = await deps.seal();
  const start = after === undefined || after === LATEST ? BEGINNING : placeIn(seal, scope, after);
  const wanted = after === LATEST ? 0 : limit;
  const [[known], events, [reached], [newest]] = await deps
    .databaseFor(workspace_id)
    .session("first-primary")
    .batch(
      statement<Place>(AT, workspace_id, start.seq),
      page(workspace_id, start.seq, wanted, types),
      // Only where a page may look at more than it shows.
      statement<Place>(
        REACHED,
        workspace_id,
        start.seq,
        types.length > 0 ? Math.min(wanted, 1) : 0,
        MAX_SCANNED_EVENTS - 1,
      ),
      statement<Place>(NEWEST, workspace_id),
    );
  if (start !== BEGINNING && known?.event_id !== start.event_id) {
    const detail = "refers to an event that no longer exists, because the database was restored to an earlier time";
    throw new Refusal("cursor-gone", `${detail}: read from the beginning`, "after");
  }
  const end = events.at(-1) ?? reached ?? newest ?? start;
  return {
    items: events.map(toFeedItem),
    next_cursor: encodeCursor(seal, scope, [end.seq, end.event_id]),
    has_more: newest !== undefined && newest.seq > end.seq,
  };
}

/** A place names its event, too: after a restore, the same number may be another event's. */
function placeIn(seal: Seal, scope: unknown, cursor: string): Place {
  const [seq, event_id] = decodeCursor(seal, scope, cursor, ["number", "text"] as const, "after");
  return seq === 0 ? BEGINNING : { seq, event_id };
}

function page(workspaceId: string, seq: number, limit: number, types: readonly string[]): Statement<FeedRow> {
  const isNarrow = types.length > 0;
  // Which events, then their texts: of what a page looks at and does not show, no text is read.
  const sql = `
SELECT seq, event_id, ticket_id, version, type, agent_id, occurred_at, recorded_at, body, data FROM (
  SELECT event.*, sum(coalesce(length(event.body), 0)) OVER (ORDER BY event.seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
  FROM (SELECT seq FROM (SELECT seq, type FROM ticket_events WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3)
    ${isNarrow ? "WHERE type IN (SELECT value FROM json_each(?6))" : ""} ORDER BY seq LIMIT ?4) AS chosen
  CROSS JOIN ticket_events AS event ON event.seq = chosen.seq)
WHERE coalesce(before, 0) < ?5 ORDER BY seq`;
  const lookedAt = isNarrow ? MAX_SCANNED_EVENTS : limit;
  const narrow = isNarrow ? [JSON.stringify(types)] : [];
  return statement<FeedRow>(sql, workspaceId, seq, lookedAt, limit, PAGE_CHARACTERS, ...narrow);
}

const AT = "SELECT seq, event_id FROM ticket_events WHERE seq = ?2 AND workspace_id = ?1";
const REACHED =
  "SELECT seq, event_id FROM ticket_events WHERE workspace_id = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3 OFFSET ?4";
const NEWEST = "SELECT seq, event_id FROM ticket_events WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 1";

function toFeedItem({ ticket_id, ...event }: FeedRow) {
  return { ticket_id, ...toHistoryItem(event) };
}
