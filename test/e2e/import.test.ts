import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { expectedStats } from "../oracle/stats.ts";
import type { ExpectedItem, Line } from "../oracle/ticket-list.ts";
import { queryOf, ticketsOf, type View, viewOf } from "../oracle/views.ts";
import { freshClone, NpmStart } from "./newcomer.ts";
import { freePort } from "./ports.ts";

const REAL_DATA = join(import.meta.dirname, "../../../shared/data/support-tickets-2023.jsonl.gz");
const KEY = "edgedesk-local-key";
const run = promisify(execFile);

type Item = ExpectedItem & { readonly id: string };

/** What the service answers, and where the next page is. */
async function get<Body>(url: string) {
  const response = await fetch(url, { headers: { Authorization: `Bearer ${KEY}` } });
  const [, next = ""] = /<([^>]+)>; rel="next"/.exec(response.headers.get("Link") ?? "") ?? [];
  return { body: (await response.json()) as Body, next };
}

/** All pages of a list over HTTP, by their cursors. */
async function walk(address: string, query: string): Promise<Item[]> {
  const items: Item[] = [];
  let next = `${address}/tickets?limit=100&${query}`;
  while (next) {
    const page = await get<{ items: Item[] }>(next);
    items.push(...page.body.items);
    next = page.next;
  }
  return items;
}

/** Views of these tickets: a filter or two of each kind, a search, and the orders of its own. */
function viewsOf([first, second]: readonly Line[]): View[] {
  const [tag = "billing"] = first?.tags ?? [];
  const q = first?.subject.split(/\s+/).slice(0, 2).join(" ") ?? "";
  return [
    { status: ["open"] },
    { status: ["pending", "resolved", "closed"] },
    { has_note: true },
    { has_note: false, status: ["open"] },
    { customer_id: first?.customer_id ?? "" },
    { external_id: second?.external_id ?? "" },
    { tag: [tag], unreplied: true },
    { priority: ["high", "urgent"], assignee: "none" },
    { created_after: new Date(first?.created_at ?? 0).toISOString(), sort: "created_at", direction: "asc" },
    { waiting: true, sort: "waiting_since" },
    { q },
    { q, sort: "relevance" },
  ];
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

  const everything = await walk(address, "");
  const ids = new Map(everything.map(({ external_id, id }) => [external_id, id]));
  const tickets = ticketsOf(lines, ids);
  // A new service has some tickets of its own to show.
  const mine = new Set(tickets.map(({ item }) => item.id));
  const [own = [], others = []] = [true, false].map((is) => everything.filter(({ id }) => mine.has(id) === is));
  expect(own).toEqual(viewOf(tickets, {}));
  for (const view of viewsOf(lines)) {
    const shown = (await walk(address, queryOf(view))).filter(({ id }) => mine.has(id));
    expect(shown, queryOf(view)).toEqual(viewOf(tickets, view));
  }
  const { body: stats } = await get<{ oldest_waiting: { id: string } | null }>(`${address}/stats`);
  const counted = [...others, ...tickets.map(({ item }) => item)];
  expect(stats).toMatchObject(expectedStats(counted, stats.oldest_waiting?.id));
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
