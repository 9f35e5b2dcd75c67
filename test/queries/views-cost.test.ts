import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { Usage } from "../../src/platform/usage.ts";
import { rowWriter } from "../../src/projection/core/projection.ts";
import { type TicketSource, ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { answered, emptyTables, type Page, service } from "../service.ts";
import { sized } from "../tier.ts";

const TICKETS = sized({ quick: 20_000, thorough: 100_000 });
const START = Date.UTC(2025, 0, 1);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const desk = service();

/** What the projector makes of a ticket without much to it: statuses, agents, customers and tags as they are in a real desk. */
function row(index: number, others: Partial<TicketSource> = {}) {
  const status = (["closed", "closed", "closed", "resolved", "open", "pending"] as const)[(index * 7) % 6] ?? "open";
  const created_at = START + index * 5 * MINUTE;
  // In another order than they were created.
  const updated_at = created_at + ((index * 7_919) % 1_000) * HOUR;
  const isAnswered = index % 10 !== 0;
  return ticketList.project({
    workspace_id: "default",
    id: `00000000-0000-7000-8000-${String(index).padStart(12, "0")}`,
    external_id: `ext-${index}`,
    customer_id: `cus-${index % 997}`,
    subject: `Subject ${index % 5_000}`,
    status,
    priority: (["normal", "normal", "low", "high", "urgent"] as const)[(index * 3) % 5] ?? "normal",
    assignee_id: index % 3 === 0 ? null : `agent-${index % 20}`,
    tags: JSON.stringify(["billing", `tag-${index % 50}`].slice(index % 2)),
    message_count: 2,
    last_message_version: 2,
    last_message_at: updated_at,
    last_message_from: isAnswered ? "agent" : "customer",
    note_count: index % 4 === 0 ? 1 : 0,
    last_note_version: null,
    unanswered_since: index % 5 < 2 ? created_at : null,
    first_replied_at: isAnswered ? updated_at : null,
    resolved_at: null,
    closed_at: null,
    reopen_count: 0,
    created_at,
    updated_at,
    version: 2,
    last_message: "short",
    last_message_cut: 0,
    first_message: `invoice number ${index % 700} of ${index % 2 === 0 ? "october" : "november"}`,
    newest_texts: index % 4 === 0 ? '[["note.added","a refund"]]' : "[]",
    ...others,
  });
}

beforeAll(async () => {
  await emptyTables();
  const session = new Database(env.DB, new Usage()).session("first-primary");
  const write = rowWriter(ticketList);
  for (let start = 0; start < TICKETS; start += 2_000) {
    await session.batch(...write(Array.from({ length: 2_000 }, (_, index) => row(start + index))));
  }
});

/** Each with a common and a rare value. */
const FILTERS: Readonly<Record<string, readonly string[]>> = {
  status: ["status=closed", "status=open&status=pending"],
  priority: ["priority=normal", "priority=urgent&priority=high"],
  assignee: ["assignee=none", "assignee=agent-7"],
  tag: ["tag=billing", "tag=tag-33", "tag=billing&tag=tag-32"],
  customer_id: ["customer_id=cus-7"],
  external_id: ["external_id=ext-777"],
  has_note: ["has_note=true", "has_note=false"],
  waiting: ["waiting=true", "waiting=false"],
  unreplied: ["unreplied=true", "unreplied=false"],
  created: ["created_after=2025-03-01T00:00:00Z&created_before=2025-09-01T00:00:00Z"],
  updated: ["updated_after=2025-03-01T00:00:00Z&updated_before=2025-09-01T00:00:00Z"],
  q: ["q=invoice", "q=%22number+77+of%22", "q=invoice+subject"],
  q_notes: ["q_notes=refund"],
};
const ORDERS = ["", "direction=asc", "sort=created_at", "sort=created_at&direction=asc", "sort=waiting_since"];
const RANKED = "sort=relevance";

/** Those with an index in the default order. */
const INDEXED = new Set([
  "status",
  "priority",
  "assignee",
  "customer_id",
  "has_note",
  "waiting",
  "unreplied",
  "updated",
]);

const LIMIT = 20;

/**
 * An entry and its row for each of the page and the one after it. D1 counts what a statement puts aside, too: it looks for the place
 * where the page ends, puts the ties in order, and gives the rows out.
 */
const MOST = 7 * LIMIT;

/** What two pages of a list read, at the most, and the statements of the first. */
async function pages(query: string) {
  let rows = 0;
  let page: Page = { items: [], next_cursor: null, as_of: "" };
  let sql: readonly string[] = [];
  for (const first of [true, false]) {
    desk.calls.length = 0;
    const cursor = first ? "" : `&cursor=${encodeURIComponent(page.next_cursor ?? "")}`;
    page = await answered<Page>(await desk.get(`/tickets?limit=${LIMIT}&${query}${cursor}`), 200);
    expect(desk.calls).toHaveLength(1);
    rows = Math.max(rows, desk.calls[0]?.rows_read ?? Number.POSITIVE_INFINITY);
    if (first) sql = desk.calls[0]?.statements ?? [];
    if (!page.next_cursor) break;
  }
  return { rows, sql };
}

/** How SQLite answers a statement. */
async function planOf(sql: string): Promise<string[]> {
  const parameters = Math.max(0, ...[...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number)));
  const bare = sql.match(/\?(?!\d)/g)?.length ?? 0;
  const values = Array.from({ length: parameters || bare }, () => "a");
  const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all<{ detail: string }>();
  return results.map(({ detail }) => detail);
}

async function expectNoScan(sql: readonly string[]) {
  const pageSql = sql.find((one) => one.includes("read_tickets") && one.includes("preview")) ?? "";
  const plan = await planOf(pageSql);
  expect(plan.length).toBeGreaterThan(0);
  for (const detail of plan) {
    if (/^SCAN entry VIRTUAL TABLE INDEX \d+:.*M/.test(detail)) continue;
    expect(detail).not.toMatch(/SCAN (row|read_tickets|entry|"read_tickets")\b/);
  }
}

const names = Object.keys(FILTERS);
const allOf = (name: string) => FILTERS[name] ?? [];

describe(`over ${TICKETS} tickets`, () => {
  test.each(names)("one filter in the default order: %s", async (name) => {
    for (const filter of allOf(name)) {
      const { rows, sql } = await pages(filter);
      const repeated = name === "tag" ? 1 : filter.split("&").length;
      // An index has the rows; an entry of a search table leads to one.
      const most = INDEXED.has(name) ? LIMIT + repeated + 3 : MOST;
      expect(rows, filter).toBeLessThanOrEqual(most);
      await expectNoScan(sql);
    }
  });

  test.each(ORDERS)("no filter, and one, with %s", async (order) => {
    for (const filter of ["", ...names.flatMap(allOf)]) {
      const { rows, sql } = await pages(`${filter}&${order}`.replace(/^&/, ""));
      expect(rows, `${filter} ${order}`).toBeLessThanOrEqual(MOST);
      await expectNoScan(sql);
    }
  });

  const pairs = names.flatMap((one, index) => names.slice(index + 1).map((other) => [one, other] as const));

  test(`every pair of filters, ${pairs.length} of them, in every order`, async () => {
    let most = 0;
    for (const [one, other] of pairs) {
      for (const [index, filter] of allOf(one).entries()) {
        const second = allOf(other)[index % allOf(other).length] ?? "";
        const order = ORDERS[(index + pairs.length) % ORDERS.length];
        for (const way of new Set(["", order])) {
          const query = `${filter}&${second}${way ? `&${way}` : ""}`;
          const { rows } = await pages(query);
          most = Math.max(most, rows);
          expect(rows, query).toBeLessThanOrEqual(MOST);
        }
      }
    }
    console.log(`a page of ${LIMIT} reads ${most} rows at the most`);
  });

  test("by relevance", async () => {
    for (const filter of ["q=invoice", "q=subject", "q=subject+77&status=closed", "q=invoice+subject&tag=billing"]) {
      const { rows, sql } = await pages(`${filter}&${RANKED}`);
      expect(rows, filter).toBeLessThanOrEqual(2 * MOST);
      await expectNoScan(sql);
    }
  });

  test("far down, after 5,000 rows", async () => {
    const { next_cursor } = await answered<Page>(await desk.get("/tickets?tag=billing&sort=created_at&skip=5000"), 200);
    desk.calls.length = 0;
    await desk.get(`/tickets?tag=billing&sort=created_at&cursor=${encodeURIComponent(`${next_cursor}`)}`);
    expect(desk.calls[0]?.rows_read).toBeLessThanOrEqual(MOST);
  });
});

/**
 * A known fault (docs/security.md): the page's last place is looked for by its time, and a search table has no order within one. The
 * figures are here so that they fall, and do not rise, unnoticed.
 */
describe("a desk in which all tickets share one moment", () => {
  const SAME = sized({ quick: 4_000, thorough: 20_000 });

  beforeAll(async () => {
    const moment = { created_at: START + 10 * 365 * 24 * HOUR, tags: '["moment"]' };
    const session = new Database(env.DB, new Usage()).session("first-primary");
    const write = rowWriter(ticketList);
    for (let start = 0; start < SAME; start += 2_000) {
      const rows = Array.from({ length: 2_000 }, (_, index) => row(TICKETS + start + index, moment));
      await session.batch(...write(rows));
    }
  });

  test.each([
    ["of a search table reads each of them three times", "tag=moment&sort=created_at", 3 * SAME + 6],
    ["after the first likewise", "tag=moment&sort=created_at&skip=1", 3 * SAME + 7],
    ["of an index reads its own rows only", "status=open", 4],
  ])("a page %s", async (_, query, rows) => {
    desk.calls.length = 0;
    const { items } = await answered<Page>(await desk.get(`/tickets?limit=1&${query}`), 200);
    expect(items).toHaveLength(1);
    expect(desk.calls.map(({ rows_read }) => rows_read)).toEqual([rows]);
  });
});
