import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { freshClone, NpmStart } from "./newcomer.ts";
import { runIn } from "./npm-start.ts";
import { freePort } from "./ports.ts";
import { type Item, ok, request, Traffic, turnOf, walk } from "./traffic.ts";
import { applyPatch, patchOf } from "./tutorial.ts";

const patch = patchOf("docs/add-a-derived-field.md");
const MIGRATIONS = "migrations/*";

/** What the tests and the checks of a clone need beside what it runs with. */
const TESTS = [
  "test",
  "bench",
  "biome.json",
  "redocly.yaml",
  ".gitignore",
  "vitest.config.ts",
  "vitest.verify.config.ts",
];

test("the tutorial's changes pass the checks, its own tests, and those that a field concerns", {
  timeout: 1_800_000,
}, async () => {
  const folder = freshClone("installed", TESTS);
  expect(applyPatch(folder, patch)).toBe("");
  await runIn(folder, "npm", ["run", "check"]);
  const files = ["projection/ticket-list", "queries/list", "platform/schema", "budgets", "projection/rebuild"];
  const output = await runIn(folder, "npx", ["vitest", "run", ...files.map((file) => `test/${file}.test.ts`)]);
  expect(output).toMatch(/Tests .*passed/u);
});

interface Rebuild {
  readonly run: number;
  readonly done: number;
  readonly total: number;
}

/**
 * `npm start` serves on while its folder is changed: wrangler lets requests wait until the new Worker answers, and then the old one is
 * gone, with the messages that its queue had. On Cloudflare both are at work for a moment: `test/projection/rebuild.test.ts` has that.
 */
test("and are deployed over data, while people are at work, without a request that fails", {
  timeout: 1_800_000,
}, async () => {
  const folder = freshClone("installed", ["test/projection", "test/oracle", "test/queries", "test/budgets.test.ts"]);
  const PORT = await freePort();
  const address = `http://127.0.0.1:${PORT}`;
  const service = new NpmStart(folder, { PORT, PERSIST_TO: "data" });
  await service.ready();
  const lines = generateLines(6_000, 23);
  writeFileSync(join(folder, "tickets.jsonl"), ndjson(lines));
  await runIn(folder, "npm", ["run", "import", "--", "tickets.jsonl", "--url", address, "--key", "edgedesk-local-key"]);

  const operations = <Body>(path: string) => ok<Body>(request(`${address}/projections${path}`));
  const cron = () => request(`${address}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`);
  /** How the Worker answers a list by the new field: 400, it does not know it; 503, it waits; 200. */
  const byTurn = async () => {
    const { status, headers, text } = await request(`${address}/tickets?turn=agent&limit=100`);
    if (status === 503)
      expect([headers.get("Retry-After"), text]).toEqual(["5", expect.stringContaining("rebuilding")]);
    return status;
  };
  /** Asks until the answer changes, and to what it must. */
  const untilByTurn = async (now: number, then: number, meanwhile: () => Promise<unknown> = async () => {}) => {
    let answer = now;
    for (let asked = 0; asked < 600 && answer === now; asked++) {
      answer = await byTurn();
      await meanwhile();
      await pause(100);
    }
    expect(answer).toBe(then);
  };

  const traffic = new Traffic(address, lines, await walk(address));
  traffic.begin();
  await pause(3_000);
  // Two processes share the local database's file for this, and lock each other out if both are at it. D1 has no such thing.
  await traffic.stop();
  await expect
    .poll(async () => (await operations<{ backlog: { count: number } }>("")).backlog.count, { timeout: 600_000 })
    .toBe(0);
  expect(applyPatch(folder, patch, `--include=${MIGRATIONS}`)).toBe("");
  const migrate = () => runIn(folder, "npm", ["run", "migrate"], { PERSIST_TO: "data" });
  // The minute's cron may just have come.
  expect(await migrate().catch(migrate)).toContain("migrated: ");
  traffic.begin();
  // The old Worker with the new table.
  await pause(3_000);
  expect(await byTurn()).toBe(400);

  // wrangler takes the files up as they change, and lets requests wait meanwhile.
  expect(applyPatch(folder, patch, `--exclude=${MIGRATIONS}`)).toBe("");
  const before = { ...traffic.counts };
  await untilByTurn(400, 503);
  const items = await walk(address);
  // Otherwise the minute's cron was faster.
  if ((await operations<Rebuild>("/rebuild")).run === 0) expect(items.some(({ turn }) => turn === null)).toBe(true);
  expect((await cron()).status).toBe(200);
  await untilByTurn(503, 200);
  await expect.poll(() => operations("/rebuild"), { timeout: 600_000 }).toMatchObject({ state: "finished" });
  expect(traffic.counts.lists).toBeGreaterThan(before.lists);
  const { done, total } = await operations<Rebuild>("/rebuild");
  expect(done).toBeGreaterThanOrEqual(lines.length);
  expect(total).toBeGreaterThanOrEqual(done);
  expect(await operations("/rebuild")).toMatchObject({ projector: 4, failed: 0, drift_found: 0 });

  // The Worker before comes back, and later goes again: what it wrote is made good by the cron.
  expect(applyPatch(folder, patch, "-R", `--exclude=${MIGRATIONS}`)).toBe("");
  await untilByTurn(200, 400);
  await pause(3_000);
  expect(applyPatch(folder, patch, `--exclude=${MIGRATIONS}`)).toBe("");
  await untilByTurn(400, 503);
  await untilByTurn(503, 200, cron);

  await traffic.stop();
  expect(traffic.failures).toEqual([]);
  expect(Math.min(...Object.values(traffic.counts))).toBeGreaterThan(2);
  expect(await operations("/rebuild")).toMatchObject({ run: 1, state: "finished", drift_found: 0 });
  expect(await operations("/audit")).toMatchObject({ found: 0, kinds: [] });
  const all = await walk(address);
  expect(all.filter((item: Item) => item.turn !== turnOf(item))).toEqual([]);
  const up = all.filter(({ turn }) => turn === "agent");
  expect(up.length).toBeGreaterThan(100);
  expect(await walk(address, "turn=agent")).toEqual(up);
  service.pressCtrlC();
  await service.ended;
});
