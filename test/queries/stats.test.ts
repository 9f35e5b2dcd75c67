import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { clientOf, TOKEN, tokenOf } from "../consistency/client.ts";
import { caller, root } from "../http/callers.ts";
import { refused } from "../http/problem.ts";
import { EMPTY_ALL } from "../oracle/damage.ts";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { expectedStats, inOrderOfJson } from "../oracle/stats.ts";
import { byHand, filled, operatorOf } from "../projection/operator.ts";
import { answered, emptyTables, type Page, service } from "../service.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;
type Stats = ReturnType<typeof expectedStats> & { readonly as_of: string; readonly stale?: string[] };

const NOTHING = { open: 0, pending: 0, resolved: 0, closed: 0, total: 0 };

const statsOf = async (desk: Desk) => await answered<Stats>(await desk.get("/stats"), 200);

/** All entries of the list. */
async function everything(desk: Desk): Promise<Page["items"]> {
  const items: Page["items"] = [];
  for (let cursor = ""; ; ) {
    const page = await desk.list(`?limit=100${cursor}`);
    items.push(...page.items);
    if (page.next_cursor === null) return items;
    cursor = `&cursor=${page.next_cursor}`;
  }
}

/** The numbers, held to the list. */
async function counted(desk: Desk): Promise<Stats> {
  const { as_of: _, ...stats } = await statsOf(desk);
  expect(stats).toEqual(expectedStats(await everything(desk), stats.oldest_waiting?.id));
  return { as_of: _, ...stats };
}

describe("the numbers", () => {
  test("of nothing are 0", async () => {
    const desk = service();
    expect(await statsOf(desk)).toEqual({
      by_status: NOTHING,
      by_priority: { low: NOTHING, normal: NOTHING, high: NOTHING, urgent: NOTHING },
      by_assignee: [],
      next_cursor: null,
      ...{ unassigned: 0, waiting: 0, unreplied: 0, oldest_waiting: null },
      as_of: expect.any(String),
    });
  });

  test("follow a ticket through its life", async () => {
    const desk = service();
    const { id } = await desk.create({ priority: "high" });
    const since = new Date(desk.time.now).toISOString();
    desk.time.now += 1_000;
    const step = async (path: string, body: unknown) => {
      await desk.command(id, path, body);
      await desk.deliverSent();
      return await counted(desk);
    };
    await desk.deliverSent();
    const one = { unassigned: 1, waiting: 1, unreplied: 1, oldest_waiting: { id, since } };
    expect(await counted(desk)).toMatchObject({ by_status: { open: 1, total: 1 }, ...one });
    expect(await step("assignee", { assignee_id: "ada" })).toMatchObject({
      by_assignee: [{ assignee_id: "ada", open: 1, total: 1 }],
      ...one,
      unassigned: 0,
    });
    expect(await step("messages", { body: "m", from: "agent" })).toMatchObject({
      ...{ waiting: 0, unreplied: 0, oldest_waiting: null },
    });
    await step("status", { new_status: "pending" });
    expect(await step("priority", { priority: "low" })).toMatchObject({
      by_priority: { low: { pending: 1, total: 1 }, high: NOTHING },
    });
    expect(await step("messages", { body: "m", from: "customer" })).toMatchObject({
      by_status: { open: 1 },
      ...{ waiting: 1, unreplied: 0, oldest_waiting: { id, since: new Date(desk.time.now).toISOString() } },
    });
    await step("tags", { tags: ["a"] });
    await step("assignee", { assignee_id: null });
    expect(await step("status", { new_status: "closed" })).toMatchObject({
      ...{ by_status: { closed: 1, total: 1 }, unassigned: 1, waiting: 0, oldest_waiting: null },
    });
  });

  test("of imported tickets are those of the list", async () => {
    const desk = service();
    await answered(await desk.post("/tickets/import", ndjson(generateLines(400, 8)), "application/x-ndjson"), 200);
    await desk.deliverSent();
    const { by_status, by_assignee, unassigned, waiting, unreplied } = await counted(desk);
    expect(by_status.total).toBe(400);
    for (const number of [by_assignee.length, unassigned, waiting, unreplied]) expect(number).toBeGreaterThan(1);
  });

  test("name agents by whatever id they have, nobody first", async () => {
    const desk = service();
    const ids = ["null", '"', "[]", "__proto__", "日本", "a\u0001b", "\\u0041", "A", "1", "1.0", "toString"];
    for (const assignee_id of [...ids, null]) {
      const { id } = await desk.create();
      await desk.command(id, "assignee", { assignee_id });
    }
    await desk.deliverSent();
    const { by_assignee } = await counted(desk);
    expect(by_assignee.map(({ assignee_id }) => assignee_id)).toEqual([null, ...ids.toSorted(inOrderOfJson)]);
  });

  test("of several who wait since the same moment, one is shown", async () => {
    const desk = service();
    const ids = [];
    for (let made = 0; made < 3; made++) ids.push((await desk.create()).id);
    await desk.deliverSent();
    expect(ids).toContain((await counted(desk)).oldest_waiting?.id);
  });

  test("are those of the caller's workspace", async () => {
    const desk = service();
    const [acme, bolt] = await Promise.all(
      ["acme", "bolt"].map(async (workspace_id) => {
        const { key } = await root(desk).makeKey({ workspace_id, role: "agent" });
        return caller(desk, key);
      }),
    );
    const ticket = { customer_id: "c", subject: "s", message: "m" };
    await acme?.post("/tickets", ticket);
    await acme?.post("/tickets", { ...ticket, priority: "urgent" });
    await bolt?.post("/tickets", ticket);
    await desk.deliverSent();
    for (const [one, total] of [
      [acme, 2],
      [bolt, 1],
    ] as const) {
      expect(await (await one?.get("/stats"))?.json()).toMatchObject({ by_status: { open: total, total } });
    }
    expect(await statsOf(desk)).toMatchObject({ by_status: NOTHING, oldest_waiting: null });
  });

  test("take no filters", async () => {
    const { fields } = await refused(service().get("/stats?status=open"), 400, "invalid-query");
    expect(fields).toEqual(["status"]);
  });
});

describe("like a list, the numbers", () => {
  test("show what a token stands for, or all that is recorded, and are a moment behind otherwise", async () => {
    const desk = service();
    const { post, get } = clientOf(desk);
    const created = await post("/tickets", { customer_id: "c", subject: "s", message: "m" });
    expect(await statsOf(desk)).toMatchObject({ by_status: NOTHING });
    const seen = await get("/stats", { [TOKEN]: tokenOf(created) });
    expect(await answered<Stats>(seen, 200)).toMatchObject({ by_status: { open: 1, total: 1 } });
    expect(tokenOf(seen)).not.toBe("");
    await desk.create({ priority: "low" });
    const latest = await get("/stats", { [TOKEN]: "latest", Prefer: "wait=3" });
    expect(latest.headers.get("Preference-Applied")).toBe("wait=3");
    expect(await answered<Stats>(latest, 200)).toMatchObject({ by_priority: { low: { open: 1 } }, waiting: 2 });
  });

  test("say how far they are behind", async () => {
    const desk = service();
    await desk.create();
    await desk.deliverSent();
    const recorded = new Date(desk.time.now).toISOString();
    desk.time.now += 5_000;
    expect((await statsOf(desk)).as_of).toBe(recorded);
    await desk.create();
    expect((await statsOf(desk)).as_of).toBe(new Date(desk.time.now).toISOString());
  });

  test("wait where everything was emptied, and come back with the rebuild", async () => {
    const desk = service();
    await filled(desk, 50);
    const before = await counted(desk);
    await byHand(...EMPTY_ALL);
    await refused(desk.get("/stats"), 503, "rebuilding");
    await operatorOf(desk).startRebuild();
    await desk.deliverSent();
    expect(await counted(desk)).toEqual(before);
  });

  test("are not touched by a counter of nothing that they know", async () => {
    const desk = service();
    await filled(desk, 50);
    const before = await counted(desk);
    await byHand(`INSERT INTO read_tallies (workspace_id, cell, count) VALUES ('default', '["lost"]', 2)`);
    expect(await counted(desk)).toEqual(before);
  });

  test("come right with an audit where somebody changed them, which tells of no agent", async () => {
    const desk = service();
    await filled(desk, 50);
    await byHand(
      "UPDATE read_tallies SET count = count + 2 WHERE cell LIKE '%agent-1%'",
      "DELETE FROM read_tallies WHERE cell LIKE '%agent-2%'",
    );
    const { kinds, examples } = await operatorOf(desk).audited();
    expect(kinds).toEqual([{ kind: "counter", found: expect.any(Number), healed: kinds[0]?.found }]);
    expect(JSON.stringify([examples, desk.log])).not.toContain("agent-");
    await counted(desk);
  });
});

describe("the counters", () => {
  const cells = async () => (await env.DB.prepare("SELECT * FROM read_tallies").all()).results;

  test("that nothing is in any more go away", async () => {
    const desk = service();
    const { id } = await desk.create();
    for (let agent = 0; agent < 30; agent++) {
      await desk.command(id, "assignee", { assignee_id: `agent-${agent}` });
      await desk.deliverSent();
      expect(await cells()).toHaveLength(2);
    }
    await byHand("DELETE FROM read_tickets");
    expect(await cells()).toEqual([]);
  });

  test("are written where a row comes, goes or changes its cell, and at no other time", async () => {
    const desk = service();
    const [one, other] = [await desk.create(), await desk.create()];
    await desk.deliverSent();
    const events = ["INSERT", "UPDATE", "DELETE"];
    await byHand(
      "CREATE TABLE written (how TEXT)",
      ...events.map(
        (how) =>
          `CREATE TRIGGER written_${how} AFTER ${how} ON read_tallies BEGIN INSERT INTO written VALUES ('${how}'); END`,
      ),
    );
    const costs = async (id: string, path: string, body: unknown) => {
      desk.time.now += 1_000;
      await desk.command(id, path, body);
      await desk.deliverSent();
      const { results } = await env.DB.prepare("DELETE FROM written RETURNING how").all();
      return results.map(({ how }) => how);
    };
    expect(await costs(one.id, "notes", { note: "n" })).toEqual([]);
    expect(await costs(one.id, "tags", { tags: ["a"] })).toEqual([]);
    expect(await costs(one.id, "messages", { body: "m", from: "customer" })).toEqual([]);
    // The other one stays where it was.
    expect(await costs(one.id, "priority", { priority: "low" })).toEqual(["UPDATE", "INSERT"]);
    expect(await costs(other.id, "priority", { priority: "low" })).toEqual(["DELETE", "UPDATE"]);
    expect(await costs(one.id, "messages", { body: "m", from: "agent" })).toEqual(["UPDATE", "INSERT"]);
    expect(await costs(one.id, "assignee", { assignee_id: "ada" })).toEqual(["UPDATE", "INSERT"]);
    expect(await costs(one.id, "status", { new_status: "pending" })).toEqual(["DELETE", "INSERT", "DELETE", "INSERT"]);
    expect(await cells()).toEqual([
      { workspace_id: "default", cell: '["assignee","ada","pending"]', count: 1 },
      { workspace_id: "default", cell: '["assignee",null,"open"]', count: 1 },
      { workspace_id: "default", cell: '["priority","low","open",1,1]', count: 1 },
      { workspace_id: "default", cell: '["priority","low","pending",0,0]', count: 1 },
    ]);
    await byHand(...events.map((how) => `DROP TRIGGER written_${how}`), "DROP TABLE written");
    await byHand(`DELETE FROM read_tickets WHERE id = '${one.id}'`);
    expect(await cells()).toHaveLength(2);
  });

  test("are what a Worker from before these counters takes them for", async () => {
    await filled(service(), 50);
    const its = "json_array(status, priority, assignee_id, waiting_since IS NOT NULL, first_replied_at IS NULL)";
    const { results } = await env.DB.prepare("SELECT cell, count FROM read_cells ORDER BY 1").all();
    const rows = await env.DB.prepare(`SELECT ${its} AS cell, count(*) AS count FROM read_tickets GROUP BY 1`).all();
    expect(results.length).toBeGreaterThan(10);
    expect(results).toEqual(rows.results);
  });
});

test("after any changes, some of them at once, the numbers are those of the list", async () => {
  const desk = service();
  const change = fc.oneof(
    fc.constantFrom("open", "pending", "resolved", "closed").map((new_status) => ["status", { new_status }] as const),
    fc.constantFrom("customer", "agent").map((from) => ["messages", { body: "Hello", from }] as const),
    fc.constantFrom("ada", "ben", null).map((assignee_id) => ["assignee", { assignee_id }] as const),
    fc.constantFrom("low", "urgent").map((priority) => ["priority", { priority }] as const),
  );
  const step = fc.record({
    changes: fc.array(fc.tuple(fc.nat(3), change), { minLength: 1, maxLength: 5 }),
    /** Which of the messages come, and how often; the rest never does. */
    delivered: fc.array(fc.nat(9), { maxLength: 6 }),
  });
  const property = fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
    await emptyTables();
    desk.sent.length = 0;
    const ids: string[] = [];
    for (const priority of ["low", "normal", "high", "urgent"]) ids.push((await desk.create({ priority })).id);
    for (const { changes, delivered } of steps) {
      desk.time.now += 1_000;
      await Promise.all(changes.map(([ticket, [path, body]]) => desk.post(`/tickets/${ids[ticket]}/${path}`, body)));
      const messages = delivered.flatMap((index) => desk.sent[index] ?? []);
      const batches = [messages, messages.slice(1), messages.slice(0, 2)].filter(({ length }) => length > 0);
      await Promise.all(batches.map((batch) => desk.deliver(batch)));
      await counted(desk);
    }
    await desk.get("/tickets");
    await clientOf(desk).get("/stats", { [TOKEN]: "latest" });
    expect((await counted(desk)).by_status.total).toBe(4);
  });
  await fc.assert(property, { seed: 20_261_124, numRuns: 12 });
});
