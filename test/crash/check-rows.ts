import type { Details, EventSeen, Row } from "./answers.ts";
import { differenceOf, type EventLog, expectedRow } from "./history.ts";
import type { Violation } from "./ledger.ts";

/**
 * Holds the whole list to the histories of all tickets, field by field and in order: the read model must be the projection of
 * the source.
 */
export function checkRows(rows: readonly Row[], log: EventLog): Violation[] {
  const shown = new Map(rows.map((row) => [row.id, row]));
  const found = [...log].flatMap(([id, events]) => {
    const difference = differenceFrom(shown.get(id), events);
    return difference === undefined ? [] : [stale(`the row of ${id} is not its projection: ${difference}`)];
  });
  for (const { id } of rows) if (!log.has(id)) found.push(stale(`the list shows ${id}, which has no history`));
  if (shown.size < rows.length) found.push(stale("the list shows a ticket twice"));
  return found.length > 0 || isInOrder(rows) ? found : [stale("the list is not in its order")];
}

/** How a row differs from its ticket's projection; undefined where it does not. */
export function differenceFrom(row: Row | undefined, events: readonly EventSeen[]): string | undefined {
  const expected = expectedRow(events);
  if (expected === undefined) return "its ticket has no beginning";
  return row === undefined ? `it is missing, at version ${expected.version}` : differenceOf(row, expected);
}

/** Latest change first, ties by id. */
function isInOrder(rows: readonly Row[]): boolean {
  const places = rows.map((row) => `${row["updated_at"]} ${row.id}`);
  return places.every((place, index) => index === 0 || place < (places[index - 1] ?? ""));
}

/** Holds a ticket and its conversation, as `GET /tickets/{id}` shows them, to its history. */
export function checkDetails(id: string, shown: Details | undefined, events: readonly EventSeen[]): Violation[] {
  const row = expectedRow(events);
  if (row === undefined || shown === undefined) {
    return row === shown ? [] : [{ kind: "lost", detail: `ticket ${id} is not there, or has no history` }];
  }
  const said = events.flatMap(({ version, data }) => ("body" in data ? [{ version, body: data.body }] : []));
  const bodies = said.map(({ body }) => body);
  const notes = events.flatMap((event) => (event.type === "note.added" ? [event.data.body] : []));
  const { items } = shown.conversation;
  const actual = {
    ...shown,
    bodies: items.map(({ body }) => body),
    versions: items.map(({ version }) => version),
    length: items.length,
  };
  const difference = differenceOf(actual, {
    version: row.version,
    status: row.status,
    priority: row.priority,
    assignee_id: row.assignee_id,
    tags: row.tags,
    message: bodies[0],
    agent_note: notes.at(-1) ?? null,
    // The first page: a ticket that all clients change has more.
    bodies: bodies.slice(0, items.length),
    versions: said.slice(0, items.length).map(({ version }) => version),
    length: shown.conversation.next_cursor === null ? said.length : items.length,
  });
  return difference === undefined ? [] : [{ kind: "lost", detail: `ticket ${id} is not its history: ${difference}` }];
}

function stale(detail: string): Violation {
  return { kind: "stale row", detail };
}
