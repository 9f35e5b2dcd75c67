import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { refused } from "../http/problem.ts";
import { ndjson } from "../oracle/lines.ts";
import { type Accepted, aboutTickets, answered, emptyTables, service, tableSizes } from "../service.ts";
import { clientOf, type Desk, inside, LOST } from "./client.ts";

beforeEach(emptyTables);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const LINES = ["imp-1", "imp-2", "imp-3"].map((external_id) => ({ external_id, created_at: 1_000, ...TICKET }));

/** Every command, on an open ticket; each of their tickets gets one event. */
const COMMANDS = [
  { name: "a create", path: () => "/tickets", body: () => TICKET, tickets: 1 },
  {
    name: "a create with external_id",
    path: () => "/tickets",
    body: () => ({ ...TICKET, external_id: "e" }),
    tickets: 1,
  },
  { name: "a follow-up", path: () => "/tickets", body: (id: string) => ({ ...TICKET, follow_up_of: id }), tickets: 1 },
  {
    name: "a status",
    path: (id: string) => `/tickets/${id}/status`,
    body: () => ({ new_status: "pending" }),
    tickets: 1,
  },
  { name: "a note", path: (id: string) => `/tickets/${id}/notes`, body: () => ({ note: "n" }), tickets: 1 },
  {
    name: "a message",
    path: (id: string) => `/tickets/${id}/messages`,
    body: () => ({ body: "m", from: "agent" }),
    tickets: 1,
  },
  { name: "an import", path: () => "/tickets/import", body: () => ndjson(LINES), tickets: 3 },
];

/** The calls of a command after its decision: its writes, and the look at whose they are. */
const WRITE = /INSERT INTO (ticket_events|idempotency_records)|SELECT event_id/;

/** Loses the connection at these calls, before or after they take effect. */
function lose(desk: Desk, when: "before" | "after", times: number, calls = WRITE): void {
  let left = times;
  desk.hooks[when] = async (statements) => {
    if (left === 0 || !statements.some((sql) => calls.test(sql))) return;
    left--;
    throw new Error(LOST);
  };
}

/** Lets a rival in before the second of these calls. */
function interrupt({ hooks }: Desk, calls: RegExp, rival: () => Promise<unknown>): void {
  const lost = hooks.before;
  let tries = 0;
  hooks.before = async (statements, start) => {
    if (statements.some((sql) => calls.test(sql)) && ++tries === 2) await rival();
    await lost(statements, start);
  };
}

function heal({ hooks }: Desk): void {
  hooks.before = hooks.after = async () => {};
}

const eventsOf = async (id: string) =>
  (await env.DB.prepare("SELECT version, body FROM ticket_events WHERE ticket_id = ? ORDER BY version").bind(id).all())
    .results;

describe.each(COMMANDS)("$name", ({ path, body, tickets }) => {
  test.each([
    ["once before it took effect", "before", 1],
    ["twice before it took effect", "before", 2],
    ["once after it took effect", "after", 1],
    ["twice after it took effect", "after", 2],
    ["three times after it took effect", "after", 3],
  ] as const)("that loses the connection %s, has one effect, and tells so", async (_, when, times) => {
    for (const key of [{}, { "Idempotency-Key": "k" }]) {
      await emptyTables();
      const desk = service();
      const { id } = await desk.create();
      desk.sent.length = 0;
      lose(desk, when, times);
      const response = await clientOf(desk).post(path(id), body(id), key);
      expect(response.status).toBe(path(id) === "/tickets" ? 201 : 200);
      expect(await tableSizes()).toMatchObject({ ticket_events: 1 + tickets });
      const told = new Set(aboutTickets(desk.sent).map(({ ticket_id, version }) => `${ticket_id} ${version}`));
      expect(told.size).toBe(tickets);
      if (tickets === 1) {
        const { id, version } = await answered<Accepted>(response.clone(), response.status);
        expect(told).toEqual(new Set([`${id} ${version}`]));
        expect(response.headers.get("ETag")).toBe(`"v${version}"`);
        expect(inside(response).versions).toEqual({ [id]: version });
      }
    }
  });

  test.each([
    ["before it took effect, for good", "before", 0],
    ["after it took effect, for good", "after", tickets],
  ] as const)(
    "that loses the connection %s, is refused, and has one effect with its retry",
    async (_, when, effects) => {
      const desk = service();
      const { post } = clientOf(desk);
      const { id } = await desk.create();
      desk.sent.length = 0;
      const began = desk.time.now;
      lose(desk, when, Number.POSITIVE_INFINITY);
      const { response } = await refused(
        post(path(id), body(id), { "Idempotency-Key": "k" }),
        503,
        "temporarily-unavailable",
      );
      expect(response.headers.get("Retry-After")).toMatch(/^[1-9][0-9]*$/);
      expect(desk.time.now - began).toBeLessThan(2_000);
      expect(await tableSizes()).toMatchObject({ ticket_events: 1 + effects });

      heal(desk);
      expect((await post(path(id), body(id), { "Idempotency-Key": "k" })).status).toBeLessThan(300);
      expect(await tableSizes()).toMatchObject({ ticket_events: 1 + tickets, idempotency_records: 1 });

      // Whether the queue was told or not: the backlog was.
      desk.sent.length = 0;
      desk.time.now += 60_000;
      await desk.sweep();
      await desk.deliverSent();
      const { tickets: all, ...sizes } = await tableSizes();
      expect(sizes).toMatchObject({ projection_backlog: 0, read_tickets: all });
    },
  );
});

test("a command that changes nothing and loses the connection after its record is answered all the same", async () => {
  for (const times of [1, 2]) {
    await emptyTables();
    const desk = service();
    const { id } = await desk.create();
    lose(desk, "after", times);
    const response = await clientOf(desk).post(
      `/tickets/${id}/status`,
      { new_status: "open" },
      { "Idempotency-Key": "k" },
    );
    expect(await answered(response, 200)).toEqual({ id, version: 1 });
    expect(await tableSizes()).toMatchObject({ ticket_events: 1, idempotency_records: 1 });
  }
});

describe("a rival's event in between", () => {
  /** Loses a note's connection once, and lets a rival write before the next try. */
  async function overtaken(when: "before" | "after") {
    const desk = service();
    const rival = service();
    const { id } = await desk.create();
    lose(desk, when, 1);
    interrupt(desk, WRITE, () => rival.command(id, "notes", { note: "the rival's" }));
    const response = await clientOf(desk).post(`/tickets/${id}/notes`, { note: "one's own" });
    return { id, answer: await answered<Accepted>(response, 200), events: await eventsOf(id) };
  }

  test("is not taken for one's own: the command decides again after it", async () => {
    const { id, answer, events } = await overtaken("before");
    expect(answer).toEqual({ id, version: 3 });
    expect(events.slice(1)).toEqual([
      { version: 2, body: "the rival's" },
      { version: 3, body: "one's own" },
    ]);
  });

  test("does not hide one's own that took effect before it", async () => {
    const { id, answer, events } = await overtaken("after");
    expect(answer).toEqual({ id, version: 2 });
    expect(events.slice(1)).toEqual([
      { version: 2, body: "one's own" },
      { version: 3, body: "the rival's" },
    ]);
  });

  test("with one's external_id is not taken for one's own", async () => {
    const desk = service();
    lose(desk, "before", 1);
    interrupt(desk, WRITE, () => service().create({ external_id: "e" }));
    await refused(desk.post("/tickets", { ...TICKET, external_id: "e" }), 409, "external-id-taken");
    expect(await tableSizes()).toMatchObject({ tickets: 1 });
  });

  test("with one's Idempotency-Key is one's own answer", async () => {
    const desk = service();
    const { id } = await desk.create();
    const given = { "Idempotency-Key": "k" };
    lose(desk, "before", 1);
    const note = (desk: Desk) => clientOf(desk).post(`/tickets/${id}/notes`, { note: "n" }, given);
    interrupt(desk, WRITE, () => note(service()));
    const response = await note(desk);
    expect(response.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await answered(response, 200)).toEqual({ id, version: 2 });
    expect(await eventsOf(id)).toHaveLength(2);
  });
});

test("what is no network error is not tried again", async () => {
  const desk = service();
  const { id } = await desk.create();
  let tries = 0;
  desk.hooks.before = async (statements) => {
    if (!statements.some((sql) => WRITE.test(sql))) return;
    tries++;
    throw new Error("D1_ERROR: no such table: nothing: SQLITE_ERROR");
  };
  await refused(desk.post(`/tickets/${id}/notes`, { note: "n" }), 500, "internal-error");
  expect(tries).toBe(1);
});
