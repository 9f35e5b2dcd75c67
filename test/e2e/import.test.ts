import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { type ExpectedItem, expectedItem, expectedList, type Line, type Wanted } from "../oracle/ticket-list.ts";
import { freshClone, NpmStart } from "./newcomer.ts";
import { freePort } from "./ports.ts";

const REAL_DATA = join(import.meta.dirname, "../../../shared/data/support-tickets-2023.jsonl.gz");
const KEY = "edgedesk-local-key";
const run = promisify(execFile);

type Item = ExpectedItem & { readonly id: string };

/** All pages of a list over HTTP, by their cursors. */
async function walk(address: string, query: string): Promise<Item[]> {
  const items: Item[] = [];
  let next = `${address}/tickets?limit=100&${query}`;
  while (next) {
    const response = await fetch(next, { headers: { Authorization: `Bearer ${KEY}` } });
    const page = (await response.json()) as { items: Item[] };
    items.push(...page.items);
    [, next = ""] = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "") ?? [];
  }
  return items;
}

/** Starts the service, imports a file as a person would, and holds the lists to the plain computation from the file. */
async function importAndCompare(file: string, lines: readonly Line[]): Promise<void> {
  const folder = freshClone();
  const PORT = await freePort();
  const address = `http://127.0.0.1:${PORT}`;
  const service = new NpmStart(folder, { PORT, PERSIST_TO: "data" });
  await service.ready();

  const { stdout } = await run("npm", ["run", "import", "--", file, "--url", address, "--key", KEY], { cwd: folder });
  expect(stdout).toContain(lines.length.toLocaleString("en-US"));

  const mine = new Set(lines.map(({ external_id }) => external_id));
  const shown = async (query: string) =>
    (await walk(address, query)).filter(({ external_id }) => external_id !== null && mine.has(external_id));
  const all = await shown("");
  const ids = new Map(all.map(({ external_id, id }) => [external_id, id]));
  const expected = lines.map((line) => ({ ...expectedItem(line), id: ids.get(line.external_id) ?? "missing" }));
  expect(all).toEqual(expectedList(expected, {}));
  const queries: readonly [string, Wanted][] = [
    ["status=open", { status: ["open"] }],
    ["status=pending&status=resolved&status=closed", { status: ["pending", "resolved", "closed"] }],
    ["has_note=true", { has_note: true }],
    ["has_note=false&status=open", { has_note: false, status: ["open"] }],
    [`customer_id=${encodeURIComponent(lines[0]?.customer_id ?? "")}`, { customer_id: lines[0]?.customer_id ?? "" }],
  ];
  for (const [query, wanted] of queries) expect(await shown(query)).toEqual(expectedList(expected, wanted));
  service.pressCtrlC();
  await service.ended;
}

test("npm run import takes a generated file, and the lists equal the plain computation from it", async () => {
  const lines = generateLines(2_000, 21);
  const file = join(freshClone("missing"), "tickets.jsonl");
  writeFileSync(file, ndjson(lines));
  await importAndCompare(file, lines);
});

test.skipIf(!existsSync(REAL_DATA))("and 12,347 real support threads", async () => {
  const text = gunzipSync(readFileSync(REAL_DATA)).toString("utf8");
  const lines: Line[] = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toHaveLength(12_347);
  await importAndCompare(REAL_DATA, lines);
});
