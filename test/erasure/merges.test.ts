import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { COLLECT_MS, type Purge, purgeSearch } from "../../src/erasure/search-purge.ts";
import { Database } from "../../src/platform/database.ts";
import { Usage } from "../../src/platform/usage.ts";
import { caller } from "../http/callers.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { count, erase, mergeIndexes, minutes } from "./desk.ts";
import { everything, tablesWith } from "./everything.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

const INDEXES = ["read_by_created_data", "read_by_updated_data", "read_by_waiting_data"];

/** Whether a call takes a step of a merge, its beginning included. */
const merges = (statements: readonly string[]) => statements.some((sql) => sql.includes("'merge'"));

/** How many merges were begun: each makes one part of a whole index. */
const begun = (desk: Desk) =>
  desk.calls.filter(({ statements }) => statements.some((sql) => sql.includes("'merge', -"))).length;

const indexesWith = async (end: string) =>
  tablesWith(await everything(), end)
    .filter((table) => table.endsWith("_data"))
    .toSorted();

describe("the merges of the search tables", () => {
  test("are collected: one of each table for many erasures, of all workspaces, and none in a request", async () => {
    const desk = service();
    const { key } = await caller(desk, KEY).makeKey({ role: "admin", workspace_id: "bolt" });
    const theirs = caller(desk, key);
    for (let index = 0; index < 5; index++) {
      await desk.create({ customer_id: `ours-${index}`, subject: "zqxylophonist" });
      await theirs.post("/tickets", { customer_id: `theirs-${index}`, subject: "zqoneiromancy", message: "m" });
    }
    await desk.deliverSent();
    desk.calls.length = 0;
    for (let index = 0; index < 5; index++) {
      await erase(desk, `ours-${index}`);
      await answered(await theirs.delete(`/customers/theirs-${index}`), 200);
      await minutes(desk, 1);
    }
    expect(desk.calls.filter(({ statements }) => merges(statements))).toEqual([]);
    expect(await indexesWith("lophonist")).toEqual(INDEXES);
    await mergeIndexes(desk);
    expect(begun(desk)).toBe(3);
    expect(await indexesWith("lophonist")).toEqual([]);
    expect(await indexesWith("eiromancy")).toEqual([]);
    desk.calls.length = 0;
    await minutes(desk, 20);
    expect(begun(desk)).toBe(0);
  });

  test("begin when the first erasure has waited long enough, however many follow", async () => {
    const desk = service();
    const passes = COLLECT_MS / 60_000;
    for (let index = 0; index <= passes; index++) await desk.create({ customer_id: `cus-${index}` });
    await desk.deliverSent();
    desk.calls.length = 0;
    for (let index = 0; index < passes; index++) {
      await erase(desk, `cus-${index}`);
      expect(begun(desk)).toBe(0);
      await minutes(desk, 1);
    }
    expect(begun(desk)).toBe(3);
  });

  test("take smaller steps after one that may have been too large", async () => {
    const desk = service();
    await desk.create({ customer_id: "cus", subject: "zqxylophonist" });
    await desk.deliverSent();
    await erase(desk, "cus");
    const LIMIT = "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.";
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => /'merge', -?(500|250)\)/.test(sql))) throw new Error(LIMIT);
    };
    await mergeIndexes(desk);
    expect(await indexesWith("lophonist")).toEqual([]);
    // A step that fails however small it is ends the table's part of the pass.
    await desk.create({ customer_id: "cus", subject: "zqxylophonist" });
    await desk.deliverSent();
    await erase(desk, "cus");
    let tries = 0;
    desk.hooks.before = async (statements) => {
      if (merges(statements) && tries++ >= 0) throw new Error(LIMIT);
    };
    await mergeIndexes(desk);
    expect(tries).toBe(15);
    expect(desk.log.filter(({ event }) => event === "search.purge_failed")).toHaveLength(3);
  });

  test("begin again for what is deleted while one is under way", async () => {
    const desk = service();
    await desk.create({ customer_id: "first", subject: "zqxylophonist" });
    await desk.create({ customer_id: "second", subject: "zqoneiromancy" });
    await desk.deliverSent();
    await erase(desk, "first");
    // Each table's merge has ended when its row is looked at for the last time.
    let isErased = false;
    desk.hooks.before = async (statements) => {
      if (isErased || !statements.some((sql) => sql.includes("DELETE FROM search_purges"))) return;
      isErased = true;
      await erase(desk, "second");
    };
    await mergeIndexes(desk);
    desk.hooks.before = async () => {};
    expect(isErased).toBe(true);
    expect(await indexesWith("lophonist")).toEqual([]);
    expect(await count("search_purges")).toBe(3);
    await mergeIndexes(desk);
    expect(await indexesWith("eiromancy")).toEqual([]);
    expect(await count("search_purges")).toBe(0);
  });

  test("wait for no clock that was ahead", async () => {
    const desk = service();
    await desk.create({ customer_id: "zqcus", subject: "zqxylophonist" });
    await desk.deliverSent();
    desk.time.now += 24 * 3_600_000;
    await erase(desk, "zqcus");
    desk.time.now -= 24 * 3_600_000;
    await minutes(desk, 1);
    expect(await indexesWith("lophonist")).toEqual([]);
  });

  test("take a bounded number of steps in a pass, and go on in the next", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `made_up_${index}`);
    await env.DB.batch([
      ...names.map((name) => env.DB.prepare(`CREATE VIRTUAL TABLE ${name} USING fts5 (text)`)),
      ...names.map((name) => env.DB.prepare(`INSERT INTO ${name} (text) VALUES ('one')`)),
      ...names.map((name) => env.DB.prepare(`INSERT INTO ${name} (text) VALUES ('two')`)),
      ...names.map((name) =>
        env.DB.prepare("INSERT INTO search_purges (name, wanted, wanted_at) VALUES (?1, 1, 0)").bind(name),
      ),
    ]);
    const usage = new Usage();
    const deps = { clock: () => COLLECT_MS, log: () => {}, usage };
    const owed = async () => (await env.DB.prepare("SELECT * FROM search_purges ORDER BY name").all<Purge>()).results;
    const passes: number[] = [];
    for (let left = await owed(); left.length > 0; left = await owed()) {
      const before = usage.calls;
      await purgeSearch(deps, new Database(env.DB, usage), left);
      passes.push(usage.calls - before);
      expect(passes.length).toBeLessThan(10);
    }
    expect(passes.length).toBeGreaterThan(1);
    for (const calls of passes) expect(calls).toBeLessThanOrEqual(80);
    await env.DB.batch(names.map((name) => env.DB.prepare(`DROP TABLE ${name}`)));
  });
});
