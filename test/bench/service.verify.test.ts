import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { fill } from "../../bench/data/fill.ts";
import { BENCH_ENTRY, buildWorker } from "../../bench/runtime/build.ts";
import { kill, runtimes } from "../../bench/runtime/process.ts";
import { type Service, startService } from "../../bench/runtime/service.ts";

const TICKETS = 1_000;
const folder = mkdtempSync(join(tmpdir(), "edgedesk-bench-"));
let service: Service;

beforeAll(async () => {
  const [database] = await fill({ sizes: [TICKETS], kinds: ["edgedesk"], folder });
  const { script } = await buildWorker(BENCH_ENTRY, join(folder, "worker"));
  service = await startService({ script, database: database?.path ?? "", placing: "link", folder });
});

afterAll(async () => {
  await service.stop();
  expect(runtimes()).toEqual([]);
  rmSync(folder, { recursive: true });
});

const page = z.object({ items: z.array(z.object({ id: z.string(), updated_at: z.string() })), as_of: z.string() });
const projections = z.object({
  tickets: z.number(),
  backlog: z.object({ count: z.number() }),
  audit: z.object({ state: z.string(), done: z.number(), found: z.number() }),
});

async function json<Schema extends z.ZodType>(schema: Schema, path: string): Promise<z.infer<Schema>> {
  const response = await service.fetch(path);
  expect(response.status).toBe(200);
  return schema.parse(await response.json());
}

test("the service runs on a filled database", async () => {
  const { items } = await json(page, "/tickets?limit=20");
  expect(items).toHaveLength(20);
  expect(items.map(({ updated_at }) => updated_at)).toEqual(
    items
      .map(({ updated_at }) => updated_at)
      .toSorted()
      .reverse(),
  );
  expect((await json(page, "/tickets?tag=topic-0&status=closed&priority=high&limit=5")).items).toHaveLength(5);
  expect(await json(z.object({ rows: z.number() }), "/bench/select-1")).toEqual({ rows: 1 });
  expect((await fetch(`${service.url}/bench/select-1`)).status).toBe(401);
});

test("what is filled is what the service itself would have written: its audit finds nothing", async () => {
  expect((await service.fetch("/projections/audit", { method: "POST" })).status).toBe(202);
  let found = await json(projections, "/projections");
  while (found.audit.state === "running") {
    await pause(100);
    found = await json(projections, "/projections");
  }
  expect(found).toMatchObject({
    tickets: TICKETS,
    backlog: { count: 0 },
    audit: { state: "finished", done: TICKETS, found: 0 },
  });
});

test("a command is taken and its list shows it", async () => {
  const body = JSON.stringify({ customer_id: "somebody", subject: "A question", message: "How does it work?" });
  const headers = { "Content-Type": "application/json" };
  const created = await service.fetch("/tickets", { method: "POST", headers, body });
  expect(created.status).toBe(201);
  const token = created.headers.get("Consistency-Token") ?? "";
  const listed = await service.fetch("/tickets?limit=1", { headers: { "Consistency-Token": token } });
  expect(await listed.json()).toMatchObject({ items: [{ subject: "A question" }] });
});

test.runIf(process.platform === "linux")("the process is known, and its time", () => {
  expect(service.cpuSeconds()).toBeGreaterThan(0);
  expect(runtimes()).toEqual([service.pid]);
});

test("a process that is not there is no fault", () => {
  expect(() => kill(2 ** 22 + 1)).not.toThrow();
});
