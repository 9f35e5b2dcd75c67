import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { ticketEvents } from "../../src/platform/tables/source.ts";
import { clientOf, inside, LOST, TOKEN, tokenOf } from "../consistency/client.ts";
import { caller, root } from "../http/callers.ts";
import { NOBODY, refused } from "../http/problem.ts";
import { aboutTickets, answered, emptyTables, service, tableSizes } from "../service.ts";

type EventRow = typeof ticketEvents.$inferSelect;

interface Result {
  readonly id: string;
  readonly status: number;
  readonly version?: number;
  readonly problem?: { readonly type: string; readonly status: number; readonly detail: string };
}

const note = { type: "AddAgentNote", note: "For all of you" };
const close = { type: "UpdateStatus", new_status: "closed" };

let desk = service();

beforeEach(async () => {
  await emptyTables();
  desk = service();
});

const send = (ids: readonly string[], command: object, headers: Record<string, string> = {}) =>
  clientOf(desk).post("/tickets/bulk", { ids, command }, headers);

async function bulk(ids: readonly string[], command: object, headers: Record<string, string> = {}): Promise<Result[]> {
  return (await answered<{ results: Result[] }>(await send(ids, command, headers), 200)).results;
}

async function createMany(number: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < number; made++) ids.push((await desk.create()).id);
  return ids;
}

async function eventsOf(id: string): Promise<EventRow[]> {
  const query = env.DB.prepare("SELECT * FROM ticket_events WHERE ticket_id = ? ORDER BY version").bind(id);
  return (await query.all<EventRow>()).results;
}

const outcomes = (results: readonly Result[]) =>
  results.map(({ status, version, problem }) => (status === 200 ? version : problem?.type.replace("/problems/", "")));

describe("a bulk", () => {
  test("changes each ticket, says how in the order of the ids, and tells the queue of all", async () => {
    const ids = (await createMany(3)).toReversed();
    await desk.command(ids[1] ?? "", "notes", { note: "Before" });
    desk.sent.length = 0;
    const results = await bulk(ids, note);
    expect(results).toEqual(ids.map((id, index) => ({ id, status: 200, version: index === 1 ? 3 : 2 })));
    for (const id of ids) expect((await eventsOf(id)).at(-1)).toMatchObject({ type: "note.added", body: note.note });
    const told = aboutTickets(desk.sent).map(({ ticket_id, version }) => ({ id: ticket_id, status: 200, version }));
    expect(told).toEqual(results);
    await desk.deliverSent();
    for (const item of (await desk.list()).items) expect(item.has_note).toBe(true);
  });

  test.each([
    [{ type: "UpdateStatus", new_status: "resolved" }, "status.updated"],
    [note, "note.added"],
    [{ type: "AddMessage", from: "agent", body: "It works again" }, "message.added"],
    [{ type: "AssignTicket", assignee_id: "ada" }, "assignee.updated"],
    [{ type: "SetPriority", priority: "urgent" }, "priority.updated"],
    [{ type: "SetTags", tags: ["outage"] }, "tags.updated"],
  ])("takes %j, and records what the ticket's own address would", async (command, type) => {
    const [alone = "", ...ids] = await createMany(3);
    const { type: name, ...body } = command;
    const paths: Record<string, string> = {
      ...{ UpdateStatus: "status", AddAgentNote: "notes", AddMessage: "messages" },
      ...{ AssignTicket: "assignee", SetPriority: "priority", SetTags: "tags" },
    };
    await desk.command(alone, paths[name] ?? "", body);
    expect(outcomes(await bulk(ids, command))).toEqual([2, 2]);
    const [, single] = await eventsOf(alone);
    expect(single?.type).toBe(type);
    for (const id of ids) {
      const [, event] = await eventsOf(id);
      expect(event).toEqual({ ...single, seq: event?.seq, ticket_id: id, event_id: event?.event_id });
    }
  });

  test("gives each ticket its own answer: one that a rule refuses keeps no other back", async () => {
    const [open = "", closed = "", resolved = "", pending = ""] = await createMany(4);
    await desk.command(closed, "status", { new_status: "closed" });
    await desk.command(resolved, "status", { new_status: "resolved" });
    await desk.command(pending, "status", { new_status: "pending" });
    const ids = [closed, open, NOBODY, resolved, pending];
    const command = { type: "UpdateStatus", new_status: "pending" };
    const results = await bulk(ids, command);
    expect(outcomes(results)).toEqual(["ticket-closed", 2, "ticket-not-found", "transition-not-allowed", 2]);
    expect(results.map(({ id }) => id)).toEqual(ids);
    // What their own addresses say, but for the request's id.
    for (const { id, status, problem } of results.filter(({ status }) => status !== 200)) {
      const { instance: _, ...alone } = await answered<{ instance: string }>(
        await desk.post(`/tickets/${id}/status`, { new_status: "pending" }),
        status,
      );
      expect(problem).toEqual(alone);
    }
    expect(await eventsOf(open)).toHaveLength(2);
    expect(await eventsOf(pending)).toHaveLength(2);
  });

  test("of tickets that are so already changes nothing, in one call", async () => {
    const ids = await createMany(2);
    desk.calls.length = 0;
    expect(outcomes(await bulk(ids, { type: "UpdateStatus", new_status: "open" }))).toEqual([1, 1]);
    expect(desk.calls).toHaveLength(1);
    expect(await tableSizes()).toMatchObject({ ticket_events: 2 });
  });

  test("takes two calls, for one ticket and for a hundred", async () => {
    const ids = await createMany(100);
    for (const number of [1, 10, 100]) {
      desk.calls.length = 0;
      expect(outcomes(await bulk(ids.slice(0, number), note, { "Idempotency-Key": `k${number}` }))).not.toContain(
        "ticket-not-found",
      );
      expect(desk.calls).toHaveLength(2);
      const [read, written] = desk.calls;
      expect(read?.rows_read).toBeLessThanOrEqual(2 * number + 5);
      expect(written?.rows_read).toBeLessThanOrEqual(12 * number + 20);
    }
  });

  test("of a hundred long messages fits into one transaction", async () => {
    const ids = await createMany(100);
    const body = "ä".repeat(128 * 1024);
    expect(new Set(outcomes(await bulk(ids, { type: "AddMessage", from: "agent", body })))).toEqual(new Set([2]));
    const sizes = await env.DB.prepare(
      "SELECT count(*) AS messages FROM ticket_events WHERE version = 2 AND body = ?",
    ).bind(body);
    expect(await sizes.first()).toEqual({ messages: 100 });
  });

  test("sees nothing of another workspace, and changes nothing there", async () => {
    const { key } = await root(desk).makeKey({ workspace_id: "acme" });
    const ids = await createMany(2);
    const before = await tableSizes();
    const answer = await caller(desk, key).post("/tickets/bulk", { ids: [...ids, NOBODY], command: close });
    const { results } = await answered<{ results: Result[] }>(answer, 200);
    expect(outcomes(results)).toEqual(Array(3).fill("ticket-not-found"));
    expect(new Set(results.map(({ problem }) => JSON.stringify(problem))).size).toBe(1);
    expect(await tableSizes()).toEqual(before);
  });

  test.each([
    ["no ids", { ids: [], command: note }, ["/ids"]],
    [
      "101 ids",
      { ids: Array.from({ length: 101 }, (_, n) => NOBODY.replace(/.{3}$/, `${100 + n}`)), command: note },
      ["/ids"],
    ],
    ["an id twice", { ids: [NOBODY, NOBODY], command: note }, ["/ids"]],
    ["an id that is none", { ids: ["4711"], command: note }, ["/ids/0"]],
    ["a command that there is not", { ids: [NOBODY], command: { type: "Delete" } }, ["/command/type"]],
    ["a command without a type", { ids: [NOBODY], command: { note: "n" } }, ["/command/type"]],
    ["a blank note", { ids: [NOBODY], command: { type: "AddAgentNote", note: " " } }, ["/command/note"]],
    ["a field of another command", { ids: [NOBODY], command: { ...note, body: "b" } }, ["/command/body"]],
    ["a field too much", { ids: [NOBODY], command: note, atomic: true }, ["/atomic"]],
  ])("with %s is refused as a whole", async (_, body, pointers) => {
    const { fields } = await refused(await desk.post("/tickets/bulk", body), 422, "invalid-body");
    expect(fields).toEqual(pointers);
  });

  test("with If-Match is refused: there is more than one version", async () => {
    const [id = ""] = await createMany(1);
    const { fields } = await refused(await send([id], note, { "If-Match": '"v1"' }), 400, "malformed-header");
    expect(fields).toEqual(["If-Match"]);
    expect(await eventsOf(id)).toHaveLength(1);
  });
});

describe("its token", () => {
  test("names up to 32 tickets, and stands for all events beyond that", async () => {
    const ids = await createMany(33);
    const few = await send(ids.slice(0, 32), note);
    expect(inside(few).versions).toEqual(Object.fromEntries(ids.slice(0, 32).map((id) => [id, 2])));
    const many = await send(ids, note);
    expect(inside(many)).toMatchObject({ versions: {}, seq: 33 + 32 + 33 });
    desk.sent.length = 0;
    const { items } = await clientOf(desk).list(tokenOf(many), "?limit=100");
    expect(items.map(({ version }) => version).toSorted()).toEqual([2, ...Array(32).fill(3)]);
  });

  test("goes on from the one that came, and leaves out what was refused", async () => {
    const [seen = "", open = "", closed = ""] = await createMany(3);
    await desk.command(closed, "status", { new_status: "closed" });
    const before = tokenOf(await clientOf(desk).post(`/tickets/${seen}/notes`, { note: "n" }));
    const after = await send(
      [open, closed, NOBODY],
      { type: "AddMessage", from: "agent", body: "m" },
      { [TOKEN]: before },
    );
    expect(inside(after).versions).toEqual({ [seen]: 2, [open]: 2 });
  });
});

describe("with an Idempotency-Key", () => {
  const key = { "Idempotency-Key": "the-bulk" };

  test("is done once, and answered the same, whatever has happened since", async () => {
    const [open = "", closed = ""] = await createMany(2);
    await desk.command(closed, "status", { new_status: "closed" });
    const command = { type: "AddMessage", from: "agent", body: "Once" };
    const first = await bulk([open, closed, NOBODY], command, key);
    expect(outcomes(first)).toEqual([2, "ticket-closed", "ticket-not-found"]);
    await desk.command(open, "status", { new_status: "closed" });
    desk.sent.length = 0;
    const again = await send([open, closed, NOBODY], command, key);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(inside(again).versions).toEqual({ [open]: 2 });
    expect((await answered<{ results: Result[] }>(again, 200)).results).toEqual(first);
    expect(await eventsOf(open)).toHaveLength(3);
    expect(desk.sent).toEqual([]);
  });

  test("of two at once, one is done", async () => {
    const ids = await createMany(5);
    const answers = await Promise.all([1, 2, 3].map(() => bulk(ids, note, key)));
    expect(new Set(answers.map((results) => JSON.stringify(results))).size).toBe(1);
    for (const id of ids) expect(await eventsOf(id)).toHaveLength(2);
  });

  test("that nothing came of keeps its answer, too", async () => {
    const [id = ""] = await createMany(1);
    expect(outcomes(await bulk([NOBODY], close, key))).toEqual(["ticket-not-found"]);
    await refused(await send([id], close, key), 422, "idempotency-key-reused");
    await refused(await send([NOBODY], note, key), 422, "idempotency-key-reused");
    expect(outcomes(await bulk([NOBODY], close, key))).toEqual(["ticket-not-found"]);
  });
});

describe("races", () => {
  /** Lets somebody in before each commit, so many times. */
  function overtake(times: number, rival: () => Promise<unknown>): void {
    let left = times;
    desk.hooks.before = async (statements) => {
      if (left === 0 || !statements.some((sql) => sql.includes("INTO ticket_events"))) return;
      left--;
      const { before } = desk.hooks;
      desk.hooks.before = async () => {};
      await rival();
      desk.hooks.before = before;
    };
  }

  test("a command in between is taken into account", async () => {
    const [open = "", other = ""] = await createMany(2);
    overtake(1, () => desk.command(open, "status", { new_status: "closed" }));
    expect(outcomes(await bulk([open, other], { type: "AddMessage", from: "agent", body: "m" }))).toEqual([
      "ticket-closed",
      2,
    ]);
    expect((await eventsOf(open)).map(({ type }) => type)).toEqual(["ticket.created", "status.updated"]);
  });

  test.each([
    ["a few times", 5, 7],
    ["again and again", 1_000, "concurrent-change"],
  ] as const)("a ticket that is changed %s keeps no other back", async (_, times, outcome) => {
    const [hot = "", ...others] = await createMany(4);
    overtake(times, () => desk.command(hot, "notes", { note: "Me first" }));
    expect(outcomes(await bulk([hot, ...others], note))).toEqual([outcome, 2, 2, 2]);
    const own = (await eventsOf(hot)).filter(({ body }) => body === note.note);
    expect(own).toHaveLength(outcome === 7 ? 1 : 0);
  });

  test("where all are changed again and again, all are told so, and nothing is done", async () => {
    const ids = await createMany(3);
    overtake(1_000, async () => {
      for (const id of ids) await desk.command(id, "notes", { note: "Us first" });
    });
    const answer = await send(ids, note, { "Idempotency-Key": "k" });
    expect(outcomes((await answered<{ results: Result[] }>(answer, 200)).results)).toEqual(
      Array(3).fill("concurrent-change"),
    );
    for (const id of ids) for (const { body } of await eventsOf(id)) expect(body).not.toBe(note.note);
  });

  test("two bulks at once on the same tickets are both done, each ticket once by each", async () => {
    const ids = await createMany(10);
    const bulks = await Promise.all([
      bulk(ids, { type: "AddAgentNote", note: "One" }),
      bulk(ids.toReversed(), { type: "AddAgentNote", note: "Two" }),
      ...ids.slice(0, 3).map(async (id) => [{ status: 200, ...(await desk.command(id, "notes", { note: "Alone" })) }]),
    ]);
    for (const results of bulks) for (const { status } of results) expect(status).toBe(200);
    for (const [index, id] of ids.entries()) {
      const bodies = (await eventsOf(id))
        .map(({ body }) => body)
        .slice(1)
        .toSorted();
      expect(bodies).toEqual(index < 3 ? ["Alone", "One", "Two"] : ["One", "Two"]);
    }
  });
});

describe("a connection that is lost", () => {
  test.each([
    ["before", 1],
    ["before", 3],
    ["after", 1],
    ["after", 3],
  ] as const)("%s the commit took effect, %i times, does nothing twice", async (when, times) => {
    for (const headers of [{}, { "Idempotency-Key": "k" }]) {
      await emptyTables();
      desk = service();
      const ids = await createMany(3);
      desk.sent.length = 0;
      let left: number = times;
      desk.hooks[when] = async (statements) => {
        if (left === 0 || !statements.some((sql) => sql.includes("INTO ticket_events"))) return;
        left--;
        throw new Error(LOST);
      };
      expect(outcomes(await bulk(ids, note, headers))).toEqual([2, 2, 2]);
      for (const id of ids) expect(await eventsOf(id)).toHaveLength(2);
      expect(aboutTickets(desk.sent)).toHaveLength(3);
    }
  });

  test("for good: 503, and who has a key gets the answer later", async () => {
    const ids = await createMany(3);
    desk.hooks.after = async (statements) => {
      if (statements.some((sql) => sql.includes("INTO ticket_events") || sql.includes("SELECT event_id")))
        throw new Error(LOST);
    };
    await refused(await send(ids, note, { "Idempotency-Key": "k" }), 503, "temporarily-unavailable");
    desk.hooks.after = async () => {};
    expect(outcomes(await bulk(ids, note, { "Idempotency-Key": "k" }))).toEqual([2, 2, 2]);
    for (const id of ids) expect(await eventsOf(id)).toHaveLength(2);
  });
});
