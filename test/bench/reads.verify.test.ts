import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fill } from "../../bench/data/fill.ts";
import type { Bench } from "../../bench/figures.ts";
import { startNode } from "../../bench/node-floor/start.ts";
import { BENCH_ENTRY, buildWorker } from "../../bench/runtime/build.ts";
import { startService } from "../../bench/runtime/service.ts";
import { counts } from "../../bench/suites/counts.ts";
import { marksOf } from "../../bench/suites/read-marks.ts";
import { listViews, queryOf } from "../../bench/suites/read-views.ts";
import { median } from "../../bench/suites/statistics.ts";
import { multiplesOf } from "../../bench/suites/turns.ts";

const TICKETS = 500;
const folder = mkdtempSync(join(tmpdir(), "edgedesk-reads-"));
const paths = new Map<string, string>();

beforeAll(async () => {
  for (const { kind, path } of await fill({ sizes: [TICKETS], folder })) paths.set(kind, path);
});

afterAll(() => rmSync(folder, { recursive: true }));

test("the Node server gives the same pages as Edgedesk, the first and one halfway", async () => {
  const { script } = await buildWorker(BENCH_ENTRY, join(folder, "worker"));
  const database = paths.get("edgedesk") ?? "";
  const marks = marksOf(database);
  const service = await startService({ script, database, placing: "link", folder });
  const node = await startNode(service.database);
  try {
    for (const view of listViews(marks.middle)) {
      const query = queryOf(view);
      for (const path of [`/tickets?${query}`, `/tickets?${query}&cursor=${marks.halfway(view)}`]) {
        const [expected, given] = [await service.fetch(path), await node.fetch(path)];
        expect(expected.status, path).toBe(200);
        expect(await expected.json(), path).toMatchObject({ ...Object(await given.json()) });
      }
    }
    expect((await fetch(`${node.url}/tickets`)).status).toBe(401);
    expect(await (await node.fetch("/bench/select-1")).json()).toEqual({ one: 1 });
  } finally {
    await node.stop();
    await service.stop();
  }
});

test("a suite measures each system at each size", async () => {
  const told: number[] = [];
  const bench: Bench = {
    sizes: [TICKETS],
    isQuick: true,
    folder,
    database: (kind) => paths.get(kind) ?? "",
    stopping: new AbortController().signal,
    progress: (share) => told.push(share),
  };
  const figures = await counts.run(bench);
  expect(figures.map(({ system, tickets, what }) => [system, tickets, what])).toEqual([
    ["edgedesk", TICKETS, "all numbers"],
    ["compute-on-read", TICKETS, "all numbers"],
  ]);
  const [ours, theirs] = figures.map(({ values }) => values);
  expect(ours).toMatchObject({ calls: 1, sql_ms: expect.any(Number) });
  expect(Number(theirs?.["rows_read"])).toBeGreaterThan(TICKETS);
  expect(told.at(-1)).toBe(1);
});

test("multiples are those of the same round", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const floor = [10, 20, 40].map((ms) => ({ ms, cpuMs: ms / 2 }));
  const list = [20, 40, 40].map((ms) => ({ ms, cpuMs: ms }));
  expect(multiplesOf(list, floor)).toEqual({ time: 2, cpu: 4 });
  expect(multiplesOf([{ ms: 1, cpuMs: undefined }], floor)).toEqual({ time: 0.1, cpu: null });
});
