import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ImportLine, importLineSchema, importTicket } from "../../src/commands/import-line.ts";
import { evolve, STATUSES, type Ticket } from "../../src/domain/ticket.ts";
import { waitingSince } from "../../src/projection/read-models/ticket-list/ticket-list.ts";

const T0 = Date.UTC(2026, 0, 5);
const MINUTE = 60_000;

/** What a line says, beside its texts. Times are minutes since its question. */
interface Told {
  readonly status?: ImportLine["status"];
  readonly status_at?: number;
  readonly messages?: readonly (readonly ["customer" | "agent", number])[];
  readonly notes?: readonly number[];
}

function lineOf({ status_at, messages = [], notes = [], ...told }: Told): ImportLine {
  return importLineSchema.parse({
    external_id: "e",
    customer_id: "c",
    subject: "s",
    message: "m",
    created_at: T0,
    ...told,
    ...(status_at !== undefined && { status_at: T0 + status_at * MINUTE }),
    messages: messages.map(([from, at], index) => ({ from, body: `message ${index}`, created_at: T0 + at * MINUTE })),
    notes: notes.map((at, index) => ({ note: `note ${index}`, created_at: T0 + at * MINUTE })),
  });
}

function imported(line: ImportLine) {
  let ids = 0;
  return importTicket(line, "workspace", () => `id-${++ids}`);
}

/** Minutes since the question. */
function minutes(at: number | null): number | null {
  return at === null ? null : (at - T0) / MINUTE;
}

/** What the rules define of a ticket's moments. */
function momentsOf(ticket: Ticket) {
  return {
    resolved_at: minutes(ticket.resolved_at),
    closed_at: minutes(ticket.closed_at),
    waiting_since: minutes(waitingSince(ticket)),
    first_replied_at: minutes(ticket.first_replied_at),
    last_message_at: minutes(ticket.last_message_at),
    updated_at: minutes(ticket.updated_at),
  };
}

/** The last message, and the moments that do not depend on the status: first reply, and since when the customer waits. */
const CONVERSATIONS = [
  { name: "no message", messages: [], replied: null, waiting: 0, last: 0 },
  {
    name: "the agent last",
    messages: [
      ["customer", 10],
      ["agent", 20],
    ],
    replied: 20,
    waiting: null,
    last: 20,
  },
  {
    name: "the customer last",
    messages: [
      ["agent", 10],
      ["customer", 20],
    ],
    replied: 10,
    waiting: 20,
    last: 20,
  },
  { name: "only the customer", messages: [["customer", 20]], replied: null, waiting: 0, last: 20 },
] as const;

/** Notes: none, before the status, after it. */
const NOTES = [[], [5], [40]] as const;

/** The status: without a time, with the question's, before, at and after the last message. */
const STATUS_TIMES = [undefined, 0, 15, 20, 30] as const;

const TABLE = STATUSES.flatMap((status) =>
  STATUS_TIMES.flatMap((status_at) =>
    CONVERSATIONS.flatMap(({ name, ...conversation }) =>
      NOTES.map((notes) => ({
        title: `${status} at ${status_at ?? "no time"}, ${name}, notes at ${notes.join() || "none"}`,
        ...{ status, status_at, notes, ...conversation },
      })),
    ),
  ),
);

describe("an imported ticket ends in the status of its line", () => {
  test.each(TABLE)("$title", ({ status, status_at, messages, notes, replied, waiting, last }) => {
    const { ticket, events } = imported(
      lineOf({ status, messages, notes, ...(status_at !== undefined && { status_at }) }),
    );
    const end = Math.max(0, last, ...notes);
    const moved = status === "open" ? null : (status_at ?? end);
    expect(ticket).toMatchObject({
      ...{ status, reopen_count: 0, message_count: messages.length + 1, note_count: notes.length },
      version: 1 + messages.length + notes.length + (moved === null ? 0 : 1),
    });
    expect(momentsOf(ticket)).toEqual({
      resolved_at: status === "resolved" ? moved : null,
      closed_at: status === "closed" ? moved : null,
      waiting_since: status === "open" || status === "pending" ? waiting : null,
      ...{ first_replied_at: replied, last_message_at: last, updated_at: Math.max(end, moved ?? 0) },
    });
    // The history is in the order of time, and has one change of the status, where there is one.
    const times = events.map(({ occurred_at }) => occurred_at);
    expect(times).toEqual(times.toSorted((one, other) => one - other));
    expect(events.filter(({ fact }) => "status" in fact && fact.status !== undefined)).toHaveLength(
      moved === null ? 0 : 1,
    );
  });
});

const minute = fc.integer({ min: -30, max: 60 });
const anyLine = fc
  .record({
    status: fc.option(fc.constantFrom(...STATUSES), { nil: undefined }),
    status_at: fc.option(fc.nat({ max: 60 }), { nil: undefined }),
    messages: fc.array(fc.tuple(fc.constantFrom("customer" as const, "agent" as const), minute), { maxLength: 6 }),
    notes: fc.array(minute, { maxLength: 4 }),
    assignee_id: fc.option(fc.constant("ada")),
  })
  .map(({ assignee_id, status, status_at, ...told }) => ({
    ...lineOf({ ...told, ...(status && { status }), ...(status_at !== undefined && { status_at }) }),
    assignee_id,
  }));

describe("whatever a line tells, in whatever order", () => {
  test("its ticket has the line's status, at the line's time, and no moment before its question", () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const { ticket, events } = imported(line);
        const { created_at, status, status_at, messages, notes } = line;
        const end = Math.max(created_at, ...[...messages, ...notes].map((entry) => entry.created_at));
        const moved = status_at ?? end;
        expect(ticket).toMatchObject({
          ...{ status, created_at, reopen_count: 0 },
          ...{ message_count: messages.length + 1, note_count: notes.length, assignee_id: line.assignee_id },
          resolved_at: status === "resolved" ? moved : null,
          closed_at: status === "closed" ? moved : null,
          updated_at: status === "open" ? end : Math.max(end, moved),
        });
        const moments = [...Object.values(momentsOf(ticket)), minutes(ticket.unanswered_since)];
        expect(moments.filter((at) => at !== null && at < 0)).toEqual([]);
        expect(
          events.reduce(
            evolve as (ticket: Ticket | undefined, event: (typeof events)[number]) => Ticket,
            undefined as never,
          ),
        ).toEqual(ticket);
      }),
      { numRuns: 1_000 },
    );
  });

  test("its events keep the times that the line gives them", () => {
    fc.assert(
      fc.property(anyLine, (line) => {
        const told = imported(line).events.filter(
          ({ fact: { type } }) => type === "message.added" || type === "note.added",
        );
        const given = [...line.messages, ...line.notes].map(({ created_at }) => created_at);
        expect(told.map(({ occurred_at }) => occurred_at)).toEqual(given.toSorted((one, other) => one - other));
      }),
      { numRuns: 300 },
    );
  });
});
