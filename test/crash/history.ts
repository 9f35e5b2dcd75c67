import { type ExpectedItem, itemOf, type Moment } from "../oracle/ticket-list.ts";
import type { EventSeen } from "./answers.ts";

/** The events of tickets, by ticket and in order. */
export type EventLog = ReadonlyMap<string, readonly EventSeen[]>;

/** The row that the list must show after the first events of a ticket, by plain computation. */
export function expectedRow(events: readonly EventSeen[], version = events.length): ExpectedItem | undefined {
  const [opening] = events;
  return opening?.type === "ticket.created" ? itemOf(opening.data, events.slice(0, version).map(momentOf)) : undefined;
}

function momentOf(event: EventSeen): Moment {
  const at = event.occurred_at;
  switch (event.type) {
    case "ticket.created":
      return { kind: "message", from: "customer", body: event.data.body, at };
    case "message.added": {
      const { from, body, status } = event.data;
      return { kind: "message", from, body, at, ...(status === undefined && { reopens: false as const }) };
    }
    case "note.added":
      return { kind: "note", at };
    case "status.updated":
      return { kind: "status", status: event.data.status, at };
    case "assignee.updated":
      return { kind: "assignee", assignee_id: event.data.assignee_id, at };
    case "priority.updated":
      return { kind: "priority", priority: event.data.priority, at };
    case "tags.updated":
      return { kind: "tags", tags: event.data.tags, at };
  }
}

/** The first field that is not as it must be, in words. */
export function differenceOf(actual: object, expected: object): string | undefined {
  const found = new Map<string, unknown>(Object.entries(actual));
  const wrong = Object.entries(expected).find(
    ([field, value]) => JSON.stringify(found.get(field)) !== JSON.stringify(value),
  );
  return wrong && `${wrong[0]} is ${JSON.stringify(found.get(wrong[0]))} instead of ${JSON.stringify(wrong[1])}`;
}
