import { env, exports } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { emptyTables, KEY, type Page, service, tableSizes, WRITES_ROWS } from "../service.ts";

/** What the service shows of these tickets, by id. */
async function shown(desk: ReturnType<typeof service>, ids: readonly string[]) {
  const { items } = await desk.list("?limit=100");
  return ids.map((id) => items.find((item) => item.id === id));
}

const backlogOf = (id: string) =>
  env.DB.prepare("SELECT version, first_seq, first_recorded_at, sweeps FROM projection_backlog WHERE ticket_id = ?")
    .bind(id)
    .first();

beforeEach(emptyTables);

const sound: Projection = ticketList;

/** A service whose projector fails for tickets with this subject. */
function poisonedBy(subject: string) {
  const project = (source: Projected) => {
    if ("subject" in source && source.subject === subject) throw new Error(`${subject} cannot be projected`);
    return sound.project(source);
  };
  return service({ projection: { ...sound, project } });
}

describe("each message has its own end", () => {
  test("a batch with a duplicate, an out-of-date and an undecodable message", async () => {
    const desk = service();
    const one = await desk.create({ subject: "one" });
    const other = await desk.create({ subject: "other" });
    await desk.command(other.id, "notes", { note: "second version" });
    desk.sent.length = 0;
    const message = (id: string, version: number) => ({ workspace_id: "default", ticket_id: id, version });

    const result = await desk.deliver([
      message(one.id, 1),
      message(one.id, 1),
      message(other.id, 1),
      { workspace_id: "default", ticket: other.id },
      "\ud800 not even an object \0",
      message("no-such-ticket", 1),
    ]);

    expect(result).toMatchObject({ outcome: "ok", ackAll: false, retryMessages: [] });
    expect(result.explicitAcks.toSorted()).toEqual([0, 1, 2, 3, 4, 5].map((index) => `message-${index}`));
    expect(await shown(desk, [one.id, other.id])).toMatchObject([{ version: 1 }, { version: 2, has_note: true }]);
    const { results } = await env.DB.prepare("SELECT message_id, body, reason FROM dead_letters").all();
    expect(results).toMatchObject([
      {
        message_id: "message-3",
        body: expect.stringContaining(other.id),
        reason: expect.stringContaining("ticket_id"),
      },
      { message_id: "message-4", body: "\ufffd not even an object \ufffd" },
    ]);
  });

  test("a replay and a late-comer change nothing", async () => {
    const desk = service();
    const { id } = await desk.create();
    await desk.command(id, "messages", { body: "an answer", from: "agent" });
    const messages = desk.sent.splice(0);
    await desk.deliver(messages);
    const before = await shown(desk, [id]);
    await desk.deliver(messages.slice(0, 1));
    await desk.deliver(messages);
    expect(await shown(desk, [id])).toEqual(before);
  });

  test("one bad ticket holds up no other, and is retried", async () => {
    const desk = poisonedBy("poison");
    const tickets = [];
    for (let index = 0; index < 20; index++) {
      tickets.push(await desk.create({ subject: index === 13 ? "poison" : `sound ${index}` }));
    }

    const result = await desk.deliver(desk.sent.splice(0));

    expect(result.explicitAcks).toHaveLength(19);
    expect(result.retryMessages).toMatchObject([{ msgId: "message-13" }]);
    const rows = await shown(
      desk,
      tickets.map(({ id }) => id),
    );
    expect(rows.filter((row) => row === undefined)).toHaveLength(1);
    expect(await backlogOf(tickets[13]?.id ?? "")).toMatchObject({ version: 1 });
    expect(desk.log).toContainEqual(expect.objectContaining({ level: "error", event: "projection.failed" }));
  });

  test("a row that the database refuses holds up no other", async () => {
    const desk = service();
    await env.DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON read_tickets WHEN new.subject = 'unwritable'
       BEGIN SELECT raise(ABORT, 'unwritable'); END`,
    ).run();
    try {
      const sound = await desk.create({ subject: "sound" });
      const bad = await desk.create({ subject: "unwritable" });
      const result = await desk.deliver(desk.sent.splice(0));
      expect(result.retryMessages.map(({ msgId }) => msgId)).toEqual(["message-1"]);
      expect(await shown(desk, [sound.id, bad.id])).toMatchObject([{ version: 1 }, undefined]);
      expect(await backlogOf(bad.id)).toMatchObject({ version: 1 });
    } finally {
      await env.DB.prepare("DROP TRIGGER refuse").run();
    }
  });

  test("a database that is away: every message is retried, nothing is lost", async () => {
    const desk = service();
    const { id } = await desk.create();
    const messages = [...desk.sent];
    const away = service();
    away.hooks.before = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    const result = await away.deliver([...messages, "undecodable"]);
    expect(result.outcome).toBe("ok");
    expect(result.explicitAcks).toEqual([]);
    expect(result.retryMessages.map(({ msgId }) => msgId).toSorted()).toEqual(["message-0", "message-1"]);
    await desk.deliver(messages);
    expect(await shown(desk, [id])).toMatchObject([{ version: 1 }]);
  });
});

describe("the backlog", () => {
  test("holds what is not projected, and lets go of it with the row", async () => {
    const desk = service();
    const { id } = await desk.create();
    expect(await backlogOf(id)).toMatchObject({ version: 1 });
    await desk.deliverSent();
    expect(await backlogOf(id)).toBeNull();
  });

  test("a ticket that changes while it is projected stays, and as_of moves on to that change", async () => {
    const desk = service();
    const other = service();
    const { id } = await desk.create();
    other.time.now = desk.time.now + 5_000;
    const first = await backlogOf(id);
    // The change lands between the consumer's two calls.
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes(WRITES_ROWS)) await other.command(id, "notes", { note: "meanwhile" });
    };

    await desk.deliver(desk.sent.splice(0));
    desk.hooks.before = async () => {};

    expect(await shown(desk, [id])).toMatchObject([{ version: 1, has_note: false }]);
    const moved = await backlogOf(id);
    expect(moved).toMatchObject({ version: 2, first_recorded_at: other.time.now });
    expect(Number(moved?.["first_seq"])).toBeGreaterThan(Number(first?.["first_seq"]));
    expect((await desk.list()).as_of).toBe(new Date(other.time.now).toISOString());

    await desk.deliver([{ workspace_id: "default", ticket_id: id, version: 2 }]);
    expect(await backlogOf(id)).toBeNull();
  });

  test("as_of is the oldest unprojected change; without one, the last full minute", async () => {
    const desk = service();
    const start = desk.time.now;
    await desk.create();
    desk.time.now += 1_000;
    const { id } = await desk.create();
    expect((await desk.list()).as_of).toBe(new Date(start).toISOString());
    await desk.deliver(desk.sent.splice(0, 1));
    expect((await desk.list()).as_of).toBe(new Date(start + 1_000).toISOString());
    // A later change of the same ticket does not make it look fresher.
    desk.time.now += 1_000;
    await desk.command(id, "notes", { note: "n" });
    expect((await desk.list()).as_of).toBe(new Date(start + 1_000).toISOString());
    await desk.deliverSent();
    desk.time.now += 60_000;
    await desk.sweep();
    expect((await desk.list()).as_of).toBe(new Date(start + 60_000).toISOString());
  });

  test("a batch takes a few overdue tickets along", async () => {
    const desk = service();
    const overdue = await desk.create({ subject: "forgotten" });
    desk.sent.length = 0;
    desk.time.now += 60_000;
    await desk.create();
    await desk.deliverSent();
    expect(await shown(desk, [overdue.id])).toMatchObject([{ subject: "forgotten" }]);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
  });

  test("an overdue ticket that cannot be projected harms no innocent one", async () => {
    const desk = poisonedBy("killer");
    const killer = await desk.create({ subject: "killer" });
    desk.sent.length = 0;
    desk.time.now += 60_000;
    const { id } = await desk.create({ subject: "innocent" });
    const result = await desk.deliver(desk.sent.splice(0));
    expect(result).toMatchObject({ explicitAcks: ["message-0"], retryMessages: [] });
    expect(await shown(desk, [id])).toMatchObject([{ version: 1 }]);
    expect(await backlogOf(killer.id)).toMatchObject({ sweeps: 1 });
  });
});

describe("dead letters", () => {
  test("what cannot be read is kept once, cut, and acknowledged", async () => {
    const desk = service();
    const bodies = [{ ticket: "🎈".repeat(10_000) }, null, 7];
    for (let times = 0; times < 2; times++) {
      const result = await desk.deliver(bodies, "ticket-projections-dead");
      expect(result).toMatchObject({ retryMessages: [] });
      expect(result.explicitAcks).toHaveLength(3);
      expect(await tableSizes()).toMatchObject({ dead_letters: 3 });
    }
    const { results } = await env.DB.prepare("SELECT length(CAST(body AS BLOB)) AS bytes FROM dead_letters").all();
    expect(Math.max(...results.map(({ bytes }) => Number(bytes)))).toBeLessThanOrEqual(8192);
    expect(await (await desk.get("/projections")).json()).toMatchObject({ dead_letters: 3 });
    expect(await (await desk.get("/projections/dead-letters")).json()).toMatchObject({
      total: 3,
      items: [
        { body: "7" },
        { body: "null" },
        { message_id: "message-0", reason: expect.stringContaining("ticket_id") },
      ],
    });
  });

  test("what cannot be kept stays in the queue", async () => {
    const desk = service();
    desk.hooks.before = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    const result = await desk.deliver(["unreadable"], "ticket-projections-dead");
    expect(result).toMatchObject({ explicitAcks: [], retryMessages: [{ msgId: "message-0" }] });
  });
});

test("the real queue brings a change to the list", async () => {
  const request = (path: string, init: RequestInit = {}) =>
    exports.default.fetch(`https://edgedesk.test${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
    });
  const body = JSON.stringify({ customer_id: "real", subject: "through the queue", message: "m" });
  expect((await request("/tickets", { method: "POST", body })).status).toBe(201);
  const list = async () => await (await request("/tickets?customer_id=real")).json<Page>();
  // No deadline but the test's own, which is for what hangs.
  while ((await list()).items.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect((await list()).items).toMatchObject([{ subject: "through the queue", version: 1 }]);
});
