import { beforeAll, describe, expect, test } from "vitest";
import { generateLines, ndjson } from "./oracle/lines.ts";
import type { Line } from "./oracle/ticket-list.ts";
import { short } from "./projection/operator.ts";
import type { RecordedCall } from "./recorder.ts";
import { type Accepted, answered, emptyTables, KEY, service } from "./service.ts";

// What a piece of work costs, to the row: whoever changes a figure for the worse has to change it here, too. The bench has the same
// ones at a million tickets (docs/performance.md).

const desk = service();

/** In the order in which the tables below have them. */
type Cost = readonly [calls: number, statements: number, rows_read: number, rows_written: number];

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  desk.calls.length = 0;
  await work();
  const sum = (of: (call: RecordedCall) => number) => desk.calls.reduce((total, call) => total + of(call), 0);
  return [
    desk.calls.length,
    sum(({ statements }) => statements.length),
    sum(({ rows_read }) => rows_read),
    sum(({ rows_written }) => rows_written),
  ];
}

/** A line whose times no other ticket has: what a page reads beside its rows is what shares a time with the last. */
function apart(line: Line, index: number): Line {
  const later = <Timed extends { readonly created_at: number }>(entry: Timed) => ({
    ...entry,
    created_at: entry.created_at + index,
  });
  return {
    ...later(line),
    notes: (line.notes ?? []).map(later),
    ...(line.status_at !== undefined && { status_at: line.status_at + index }),
  };
}

async function importTickets(seed: number, count: number): Promise<void> {
  const lines = generateLines(count, seed).map(short).map(apart);
  await answered(await desk.post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
  await desk.deliverSent();
}

beforeAll(emptyTables);

const PAGE = 20;

/** The page's rows with the one after them, and two that say how fresh it is; a later page reads one more to begin where it has to. */
const BY_INDEX = { first: [1, 2, PAGE + 1 + 2, 0], next: [1, 2, PAGE + 1 + 3, 0] } as const;
/** Two branches of an index that are merged: one more. */
const MERGED = { first: [1, 2, PAGE + 2 + 2, 0], next: [1, 2, PAGE + 2 + 3, 0] } as const;
/** Each row five times: its entry, itself, and three times put aside, because those that share the last one's time belong to the page. */
const BY_SEARCH = { first: [1, 2, 5 * (PAGE + 1) + 4, 0], next: [1, 2, 5 * (PAGE + 1) + 6, 0] } as const;

const LISTS: readonly (readonly [query: string, costs: { readonly first: Cost; readonly next: Cost }])[] = [
  ["", BY_INDEX],
  ["status=open", BY_INDEX],
  ["status=open&status=pending", MERGED],
  ["priority=high", BY_INDEX],
  ["assignee=none", BY_INDEX],
  ["customer_id=cus-7", BY_INDEX],
  ["has_note=true", BY_INDEX],
  ["waiting=true", BY_INDEX],
  ["unreplied=true", BY_INDEX],
  ["tag=billing", BY_SEARCH],
  ["sort=created_at", BY_SEARCH],
  ["status=open&assignee=none&sort=waiting_since", BY_SEARCH],
  ["priority=urgent&has_note=true", BY_SEARCH],
  ["q=subject", BY_SEARCH],
  ["q=subject&status=open&sort=updated_at", BY_SEARCH],
];

describe.each([2_000, 5_000])("among %i tickets", (tickets) => {
  beforeAll(async () => await importTickets(tickets, tickets === 2_000 ? 2_000 : 3_000));

  test.each(LISTS)("a page of %s, and the next", async (query, { first, next }) => {
    const { items, next_cursor } = await desk.list(`?limit=${PAGE}&${query}`);
    expect(items).toHaveLength(PAGE);
    expect(await costOf(() => desk.list(`?limit=${PAGE}&${query}`))).toEqual(first);
    expect(await costOf(() => desk.list(`?limit=${PAGE}&${query}&cursor=${next_cursor}`))).toEqual(next);
  });

  test("a search for what is nowhere", async () => {
    expect(await costOf(() => desk.list("?q=nowhere"))).toEqual([1, 2, 7, 0]);
  });

  test("a page that its reader has", async () => {
    const tag = (await desk.get("/tickets")).headers.get("ETag") ?? "";
    expect(await costOf(() => desk.get("/tickets"))).toEqual(BY_INDEX.first);
    const headers = { Authorization: `Bearer ${KEY}`, "If-None-Match": tag };
    expect(await costOf(() => desk.fetch("/tickets", { headers }))).toEqual([1, 2, 3, 0]);
  });
});

interface Change {
  readonly what: string;
  /** Gives the command to a ticket that was created last. */
  readonly command: (id: string) => Promise<unknown>;
  readonly cost: Cost;
  readonly projected: Cost;
}

const note = (id: string) => desk.command(id, "notes", { note: "n" });
const COMMAND: Cost = [2, 8, 12, 9];

/** One after the other, for one ticket. */
const CHANGES: readonly Change[] = [
  { what: "the first note", command: note, cost: COMMAND, projected: [2, 8, 40, 16] },
  { what: "another note", command: note, cost: COMMAND, projected: [2, 8, 43, 16] },
  {
    what: "an agent's message",
    command: (id) => desk.command(id, "messages", { from: "agent", body: "m" }),
    cost: COMMAND,
    projected: [2, 8, 49, 18],
  },
  {
    what: "a status",
    command: (id) => desk.command(id, "status", { new_status: "pending" }),
    cost: COMMAND,
    projected: [2, 8, 50, 19],
  },
  {
    what: "an assignee",
    command: (id) => desk.command(id, "assignee", { assignee_id: "agent-1" }),
    cost: COMMAND,
    projected: [2, 8, 50, 17],
  },
  {
    what: "a priority",
    command: (id) => desk.command(id, "priority", { priority: "high" }),
    cost: COMMAND,
    projected: [2, 8, 50, 17],
  },
  {
    what: "tags",
    command: (id) => desk.command(id, "tags", { tags: ["x"] }),
    cost: COMMAND,
    projected: [2, 8, 50, 15],
  },
  {
    what: "the same tags again",
    command: (id) => desk.command(id, "tags", { tags: ["x"] }),
    cost: [1, 3, 3, 0],
    projected: [0, 0, 0, 0],
  },
];

describe("a change and its projection", () => {
  let ticket: Accepted = { id: "", version: 0 };

  /** What a command costs, and what its message does; each at a time of its own. */
  async function costs(command: () => Promise<unknown>): Promise<readonly [command: Cost, projected: Cost]> {
    desk.time.now += 1_000;
    return [await costOf(command), await costOf(() => desk.deliverSent())];
  }

  test("a new ticket, with an external_id, and with a key", async () => {
    const create = async (fields = {}, headers = {}) => {
      const body = JSON.stringify({ customer_id: "c", subject: "s", message: "m", ...fields });
      const all = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", ...headers };
      ticket = await answered(await desk.fetch("/tickets", { method: "POST", headers: all, body }), 201);
    };
    const projected = [2, 8, 35, 20];
    expect(await costs(() => create({ external_id: "costs-1" }))).toEqual([[1, 5, 9, 11], projected]);
    const key = { "Idempotency-Key": "costs" };
    expect(await costs(() => create({}, key))).toEqual([[1, 6, 10, 12], projected]);
    expect(await costs(() => create({}, key))).toEqual([
      [1, 3, 3, 0],
      [0, 0, 0, 0],
    ]);
    expect(await costs(() => create())).toEqual([[1, 5, 9, 10], projected]);
  });

  test.each(CHANGES)("$what", async ({ command, cost, projected }) => {
    expect(await costs(() => command(ticket.id))).toEqual([cost, projected]);
  });

  test("the ticket with its conversation, and its history", async () => {
    expect(await costOf(() => desk.get(`/tickets/${ticket.id}`))).toEqual([1, 2, 37, 0]);
    expect(await costOf(() => desk.get(`/tickets/${ticket.id}/events`))).toEqual([1, 2, 34, 0]);
  });

  test("a hundred at once: a bulk, and a batch", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 100; index++) ids.push((await desk.create()).id);
    await desk.deliverSent();
    const command = { type: "AssignTicket", assignee_id: "agent-2" };
    expect(await costs(() => desk.post("/tickets/bulk", { ids, command }))).toEqual([
      [2, 8, 607, 702],
      [2, 8, 3214, 1701],
    ]);
  });
});
