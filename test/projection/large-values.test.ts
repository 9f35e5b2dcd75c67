import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { wrongCounts } from "../../src/projection/walks/completeness.ts";
import { answered, emptyTables, service } from "../service.ts";
import { filled, operatorOf } from "./operator.ts";

// D1 takes 2,000,000 bytes for a value, whatever the number of things that it tells of. The recorder refuses more.

beforeEach(emptyTables);

test.each([
  // JSON writes each of these characters with six bytes.
  ["with texts that JSON writes longest", "\u0001".repeat(8_192)],
  // The reason why it cannot be read names them.
  ["with unknown fields of long names", { [`${"n".repeat(60_000)}`]: 1, [`${"é".repeat(20_000)}`]: 2 }],
])("a hundred unreadable messages %s are all kept", async (_, body) => {
  const desk = service();
  const { explicitAcks } = await desk.deliver(Array(100).fill(body));
  expect(explicitAcks).toHaveLength(100);
  const kept = await env.DB.prepare("SELECT count(*) AS n, max(length(reason)) AS longest FROM dead_letters").first();
  expect(kept).toMatchObject({ n: 100, longest: expect.any(Number) });
  expect(Number(kept?.["longest"])).toBeLessThanOrEqual(2_000);
});

test("an audit that finds 20,000 wrong counters puts all of them right, counts them, and keeps some as examples", async () => {
  const desk = service();
  await filled(desk, 3);
  await env.DB.prepare(
    `WITH RECURSIVE agents (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM agents WHERE n < 20000)
     INSERT INTO read_tallies (workspace_id, cell, count) SELECT 'default', json_array('assignee', 'agent-' || n, 'open'), 1 FROM agents`,
  ).run();
  // Only examples come into the Worker's memory.
  const { sql, params } = wrongCounts(ticketList, 100);
  const { results } = await env.DB.prepare(sql)
    .bind(...params)
    .all<{ total: number }>();
  expect([results.length, results[0]?.total]).toEqual([100, 20_000]);
  const report = await operatorOf(desk).audited();
  expect(report).toMatchObject({ state: "finished", found: 20_000 });
  expect(report.kinds).toContainEqual({ kind: "counter", found: 20_000, healed: 20_000 });
  expect(report.examples).toHaveLength(100);
  expect(
    await env.DB.prepare("SELECT sum(count) AS n FROM read_tallies WHERE cell ->> 0 = 'assignee'").first("n"),
  ).toBe(3);
  // Nobody reads twenty thousand lines.
  expect(desk.log.filter(({ event }) => event === "audit.drift")).toHaveLength(100);
});

test("a message whose ticket failed comes again within minutes, also if the clock jumps back by days", async () => {
  const desk = service({
    projection: {
      ...(await import("../../src/projection/read-models/ticket-list/ticket-list.ts")).ticketList,
      project: () => {
        throw new Error("bad");
      },
    },
  });
  await answered(await desk.post("/tickets", { customer_id: "c", subject: "s", message: "m" }), 201);
  desk.hooks.after = async (statements) => {
    if (statements.some((sql) => sql.includes("SET attempts = attempts +"))) desk.time.now -= 3 * 86_400_000;
  };
  const { retryMessages } = await desk.deliver(desk.sent.splice(0));
  expect(retryMessages).toHaveLength(1);
  expect(retryMessages[0]?.delaySeconds).toBeLessThanOrEqual(600);
});
