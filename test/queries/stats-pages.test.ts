import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { caller, root } from "../http/callers.ts";
import { refused } from "../http/problem.ts";
import { type expectedStats, inOrderOfJson } from "../oracle/stats.ts";
import { answered, emptyTables, service } from "../service.ts";

beforeEach(emptyTables);

type Stats = Omit<ReturnType<typeof expectedStats>, "next_cursor"> & { readonly next_cursor: string | null };

/** Agents with a ticket each, by hand: these tests are about the counters. */
async function agents(ids: readonly (string | null)[], workspace = "default"): Promise<void> {
  await env.DB.prepare(
    `INSERT INTO read_tallies (workspace_id, cell, count)
     SELECT ?2, json_array('assignee', value, status.column1), 1 FROM json_each(?1), (VALUES ('open'), ('pending'), ('resolved'), ('closed')) AS status`,
  )
    .bind(JSON.stringify(ids), workspace)
    .run();
}

/** All pages, as a client walks through them. */
async function pages(desk: ReturnType<typeof service>, query: string): Promise<Stats[]> {
  const read: Stats[] = [];
  for (let path = `/stats${query}`; ; ) {
    const answer = await desk.get(path);
    const page = await answered<Stats>(answer, 200);
    read.push(page);
    const [, next] = /^<(.+)>; rel="next"$/.exec(answer.headers.get("Link") ?? "") ?? [];
    expect(next !== undefined).toBe(page.next_cursor !== null);
    if (next === undefined) return read;
    const { pathname, search, searchParams } = new URL(next);
    expect(searchParams.get("cursor")).toBe(page.next_cursor);
    path = pathname + search;
  }
}

const named = (read: readonly Stats[]) => read.flatMap(({ by_assignee }) => by_assignee.map((one) => one.assignee_id));

/** Ids whose JSON begins with what comes before other characters, or has more of them. */
const ODD = [
  "!",
  " x",
  '"',
  '","',
  "a",
  "a!",
  "a b",
  "a#",
  "ab",
  "\\",
  "\u0001",
  "\u001f",
  "null",
  "日本",
  "🎉",
  "\uffee",
  "#",
  "x".repeat(200),
  "🎉".repeat(200),
  "\u0002".repeat(200),
];

describe("the agents of the numbers", () => {
  test.each([1, 2, 3, 7, 19, 20, 21, 100])("come in pages of %i, each of them once, nobody first", async (limit) => {
    await agents([null, ...ODD]);
    const read = await pages(service(), `?limit=${limit}`);
    expect(named(read)).toEqual([null, ...ODD.toSorted(inOrderOfJson)]);
    expect(read).toHaveLength(Math.ceil((ODD.length + 1) / limit));
    for (const { by_assignee, unassigned } of read) {
      expect(unassigned).toBe(4);
      for (const { assignee_id: _, ...numbers } of by_assignee) {
        expect(numbers).toEqual({ open: 1, pending: 1, resolved: 1, closed: 1, total: 4 });
      }
    }
  });

  test.each([1, 18, 19])("come in pages of %i where everything is somebody's", async (limit) => {
    await agents(ODD);
    expect(named(await pages(service(), `?limit=${limit}`))).toEqual(ODD.toSorted(inOrderOfJson));
  });

  test("are a hundred a page, and cost as much among 10,000 as among 101", async () => {
    const desk = service();
    const costs: number[] = [];
    for (const [from, to] of [
      [0, 101],
      [101, 10_000],
    ] as const) {
      await agents(
        Array.from(
          { length: to - from },
          (_, index) => `agent-${String(from + index).padStart(5, "0")}-${"n".repeat(180)}`,
        ),
      );
      desk.calls.length = 0;
      const answer = await desk.get("/stats");
      const text = await answer.clone().text();
      expect((await answered<Stats>(answer, 200)).by_assignee).toHaveLength(100);
      expect(text.length).toBeLessThan(50_000);
      expect(desk.calls).toHaveLength(1);
      costs.push(desk.calls[0]?.rows_read ?? Number.POSITIVE_INFINITY);
    }
    expect(costs[1]).toBe(costs[0]);
    expect(costs[0]).toBeLessThanOrEqual(4 * 101 + 4);
  });

  test("are asked for with a cursor of the same workspace only", async () => {
    const desk = service();
    await agents(["a", "b"]);
    await agents(["c", "d"], "acme");
    const [first] = await pages(desk, "?limit=1");
    const acme = caller(desk, (await root(desk).makeKey({ workspace_id: "acme", role: "agent" })).key);
    await refused(acme.get(`/stats?limit=1&cursor=${first?.next_cursor}`), 400, "invalid-cursor");
    await refused(desk.get("/stats?cursor=x"), 400, "invalid-cursor");
    expect((await refused(desk.get("/stats?limit=101"), 400, "invalid-query")).fields).toEqual(["limit"]);
    expect(named([await answered<Stats>(await acme.get("/stats"), 200)])).toEqual(["c", "d"]);
  });
});
