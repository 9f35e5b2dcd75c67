import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { CrashableService } from "../crash/service.ts";

/** Texts of the customer. Each ends in a way that no other word does: a search index writes only what differs from the word before. */
const WORDS = [
  "zqsubject-hypsometer",
  "zqopening-oneirology",
  "zqnote-xylography",
  "zqtag-ultracrepid",
  "zqcustomer-quixotry",
];
const ENDS = WORDS.map((word) => word.slice(-8));

const D1 = join("v3", "d1", "miniflare-D1DatabaseObject");
const folder = mkdtempSync(join(tmpdir(), "edgedesk-erasure-"));
let service: CrashableService;

beforeAll(async () => {
  service = await CrashableService.prepare();
  await service.start();
});

afterAll(() => {
  service.close(false);
  rmSync(folder, { recursive: true, force: true });
});

/**
 * The database's file with all that SQLite holds in it, and nothing that it does not: a copy, rewritten. As it lies on the disk, the
 * file and its log keep what was freed until it is written over; D1 does not let a Worker do that (docs/erasure.md).
 */
function fileNow(name: string): string {
  const copy = join(folder, name);
  cpSync(join(service.dataFolder, D1), copy, { recursive: true });
  const database = new DatabaseSync(databaseFile(copy));
  const rewritten = join(copy, "rewritten.sqlite");
  database.prepare("VACUUM INTO ?").run(rewritten);
  database.close();
  return readFileSync(rewritten, "latin1");
}

/** Puts back the time since which the search tables wait for more erasures, to the beginning of time. */
function waitForLong(): void {
  const database = new DatabaseSync(databaseFile(join(service.dataFolder, D1)));
  const { changes } = database.prepare("UPDATE search_purges SET wanted_at = 0").run();
  expect(changes).toBe(3);
  database.close();
}

function databaseFile(data: string): string {
  const [file = ""] = readdirSync(data).filter((one) => one.endsWith(".sqlite") && one !== "metadata.sqlite");
  return join(data, file);
}

/** How long the search tables have held deleted words. */
async function purgeSeconds(): Promise<number> {
  const status = z.object({ erasures: z.object({ purge_oldest_seconds: z.number() }) });
  return status.parse(await ask("GET", "/projections")).erasures.purge_oldest_seconds;
}

async function ask(method: string, path: string, body?: object): Promise<unknown> {
  const headers = { Authorization: `Bearer ${service.key}`, "Content-Type": "application/json" };
  const response = await fetch(`${service.address}${path}`, {
    method,
    headers,
    ...(body && { body: JSON.stringify(body) }),
  });
  expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
  return await response.json();
}

test("the file of the database holds nothing of an erased customer", async () => {
  const [subject, message, note, tag, customer_id] = WORDS;
  const created = await ask("POST", "/tickets", { customer_id, subject, message, tags: [tag] });
  const { id } = z.object({ id: z.string() }).parse(created);
  await ask("POST", `/tickets/${id}/notes`, { note });
  await expect.poll(() => ask("GET", `/tickets?customer_id=${customer_id}`)).toMatchObject({ items: [{ version: 2 }] });
  await service.stop();
  const before = fileNow("before");
  for (const end of ENDS) expect(before, end).toContain(end);

  await service.start();
  expect(await ask("DELETE", `/customers/${customer_id}`)).toEqual({ erased: 1, remaining: 0 });
  expect(await ask("GET", `/tickets/${id}`)).toMatchObject({ subject: null, message: null, agent_note: null });
  // The cron merges the search tables when they have waited for more erasures.
  await service.stop();
  waitForLong();
  await service.start();
  await expect.poll(purgeSeconds, { timeout: 1_800_000, interval: 500 }).toBe(0);
  await service.stop();
  const after = fileNow("after");
  for (const end of ENDS) expect(after.includes(end), end).toBe(false);
});
