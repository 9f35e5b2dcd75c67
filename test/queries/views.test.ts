import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { SEAL } from "../access.ts";
import { caller, root } from "../http/callers.ts";
import { refused } from "../http/problem.ts";
import { ndjson, random } from "../oracle/lines.ts";
import { generateDesk, generateView, queryOf, type Ticket, ticketsOf, viewOf } from "../oracle/views.ts";
import { answered, emptyTables, KEY, type Page, service } from "../service.ts";

const TICKETS = 500;
const SEED = 6;
const desk = service();
let tickets: Ticket[];

beforeAll(async () => {
  await emptyTables();
  const lines = generateDesk(TICKETS, SEED);
  await answered(await desk.post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
  await desk.deliverSent();
  const pages = await Promise.all(
    Array.from({ length: TICKETS / 100 }, (_, page) => desk.list(`?limit=100&skip=${page * 100}`)),
  );
  const ids = new Map(pages.flatMap(({ items }) => items.map(({ id, external_id }) => [external_id, id])));
  tickets = ticketsOf(lines, ids);
});

async function walk(query: string, limit: number) {
  const items: Page["items"] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await desk.list(
      `?limit=${limit}&${query}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
    );
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return items;
}

// Ten thousand of them are in test/simulation/views.test.ts, over a stand-in of D1.
test("200 random views, page by page, are those of a plain array", async () => {
  const next = random(SEED);
  for (let run = 0; run < 200; run++) {
    const view = generateView(next);
    const items = await walk(queryOf(view), 7 + Math.floor(next() * 94));
    expect(items, `view ${run}: ${queryOf(view)}`).toEqual(viewOf(tickets, view));
  }
});

test("unassigned tickets, those first that wait longest: one request", async () => {
  const { items } = await desk.list("?assignee=none&sort=waiting_since&limit=100");
  expect(items.length).toBeGreaterThan(10);
  expect(items).toEqual(viewOf(tickets, { assignee: "none", sort: "waiting_since" }).slice(0, 100));
});

describe("assignee=me", () => {
  test("is the agent that the key names", async () => {
    const { key } = await root(desk).makeKey({ agent_id: "ada" });
    const { items } = await answered<Page>(await caller(desk, key).get("/tickets?assignee=me&limit=100"), 200);
    expect(items).toEqual(viewOf(tickets, { assignee: "ada" }).slice(0, 100));
  });

  test("is refused where it names none", async () => {
    const { problem, fields } = await refused(desk.get("/tickets?assignee=me"), 400, "no-agent");
    expect(fields).toEqual(["assignee"]);
    expect(problem.detail).toBe("assignee: cannot be me: the key has no agent_id");
  });
});

describe("whatever is searched for is answered", () => {
  const hostile = [
    ...[
      "",
      " ",
      '"',
      '""',
      '"""',
      "*",
      "a*",
      "^a",
      "-a",
      "+a",
      "a-b",
      "NEAR",
      "NEAR(a b, 3)",
      "a AND",
      "OR",
      "NOT a",
      "((",
      "a)",
    ],
    ...[
      "facets:default.all",
      "{subject}: a",
      "subject : (a",
      "'; DROP TABLE read_tickets; --",
      "\\",
      "%",
      "_",
      "🎉",
      "👩‍👩‍👧",
      "\u202e",
    ],
    ...["\u0301", "a\u0301\u0301\u0301", "\ufeff", "\t\n", "請", "''", "rank", "x".repeat(10_000), '" '.repeat(5_000)],
    ...[Array.from({ length: 2_500 }, (_, index) => `w${index}`).join(" "), "請求 ".repeat(3_000)],
  ];

  test.each(["q", "q_notes"])("with %s", async (parameter) => {
    for (const text of hostile) {
      for (const sort of parameter === "q" ? ["created_at", "relevance"] : ["waiting_since"]) {
        const query = new URLSearchParams([
          [parameter, text],
          ["sort", sort],
        ]);
        const page = await desk.list(`?${query}`);
        if (!/[\p{L}\p{N}]/u.test(text)) expect(page.items).toEqual([]);
      }
    }
  });

  test("but for what is no text", async () => {
    for (const query of ["q=a%00b", "q_notes=%00", "q=%ff"])
      await refused(desk.get(`/tickets?${query}`), 400, "invalid-query");
  });
});

test.each([
  ["sort=relevance", "sort"],
  ["sort=relevance&q=a&direction=asc", "direction"],
  ["sort=id", "sort"],
  ["direction=up", "direction"],
  ["priority=highest", "priority"],
  ["tag=", "tag"],
  [Array.from({ length: 21 }, (_, index) => `tag=${index}`).join("&"), "tag"],
  ["waiting=1", "waiting"],
  ["unreplied=yes", "unreplied"],
  ["created_after=yesterday", "created_after"],
  ["updated_before=2026-13-01T00:00:00Z", "updated_before"],
  ["created_before=2026-11-01", "created_before"],
  ["q=a&q=b", "q"],
])("%s is refused", async (query, parameter) => {
  expect((await refused(desk.get(`/tickets?${query}`), 400, "invalid-query")).fields).toEqual([parameter]);
});

test("a cursor goes on with its own filters and order only", async () => {
  const { next_cursor } = await desk.list("?q=text&sort=created_at&limit=2");
  const cursor = encodeURIComponent(`${next_cursor}`);
  await desk.list(`?q=text&sort=created_at&direction=desc&limit=50&cursor=${cursor}`);
  for (const query of ["q=text", "q=text&sort=created_at&direction=asc", "q=Text&sort=created_at", "sort=created_at"]) {
    await refused(desk.get(`/tickets?${query}&cursor=${cursor}`), 400, "invalid-cursor");
  }
});

test("a forged cursor is answered or refused, and never our fault", async () => {
  const places = [0, 1, 2, -1, 7, 2 ** 53 - 1, -(2 ** 53 - 1)].flatMap((rank) =>
    [0, -1, 2 ** 53 - 1, -(2 ** 53 - 1)].map((time) => [rank, time, "x"]),
  );
  for (const [query, scope] of [
    ["", ["tickets", "updated_at desc", "default", {}]],
    ["sort=created_at&direction=asc", ["tickets", "created_at asc", "default", {}]],
    ["q=text&sort=relevance", ["tickets", "relevance desc", "default", { q: "text" }]],
  ] as const) {
    for (const place of places) await desk.list(`?${query}&cursor=${encodeURIComponent(SEAL.seal(scope, place))}`);
  }
});

test("a reader who has the page by its tag gets none, and no row is read for it", async () => {
  const get = (headers: Record<string, string>) =>
    desk.fetch("/tickets?q=text&tag=billing&sort=created_at&limit=100", {
      headers: { Authorization: `Bearer ${KEY}`, ...headers },
    });
  const tag = (await get({})).headers.get("ETag") ?? "";
  desk.calls.length = 0;
  expect((await get({ "If-None-Match": tag })).status).toBe(304);
  expect(desk.calls).toHaveLength(1);
  // Its freshness, and the statement's own parts, which are empty.
  expect(desk.calls[0]?.rows_read).toBeLessThanOrEqual(10);
});

describe("texts are found", () => {
  const found = async (query: string) =>
    (await desk.list(`?customer_id=finder&${query}`)).items.map(({ subject }) => subject);

  test("as they become true: public messages by q, notes by q_notes only", async () => {
    const { id } = await desk.create({ customer_id: "finder", subject: "One", message: "the first zebra" });
    await desk.deliverSent();
    expect(await found("q=zebra")).toEqual(["One"]);
    expect(await found("q=giraffe")).toEqual([]);
    await desk.command(id, "messages", { body: "a giraffe", from: "agent" });
    await desk.command(id, "notes", { note: "an okapi" });
    await desk.deliverSent();
    expect(await found("q=giraffe+zebra+one")).toEqual(["One"]);
    expect(await found("q=okapi")).toEqual([]);
    expect(await found("q_notes=okapi")).toEqual(["One"]);
    // No phrase goes from one message into another.
    expect(await found(`q=${encodeURIComponent('"zebra a"')}`)).toEqual([]);
  });

  test("in the first message and the newest, of a long ticket", async () => {
    const { id } = await desk.create({ customer_id: "finder", subject: "Long", message: "opening word" });
    for (let messages = 0; messages < 210; messages++) {
      await desk.command(id, "messages", { body: `message number${messages} end`, from: "agent" });
    }
    await desk.deliverSent();
    for (const word of ["opening", "number209", "number20"]) expect(await found(`q=${word}`)).toEqual(["Long"]);
    expect(await found("q=number2")).toEqual([]);
  });
});

// Last: it makes the read model outdated.
test("after an upgrade, lists that need what is not computed yet wait; all others are served", async () => {
  await env.DB.prepare("UPDATE read_tickets SET projector = 1, facets = NULL, search_subject = NULL").run();
  for (const query of ["", "status=open", "assignee=none&direction=asc", "updated_after=2026-01-01T00:00:00Z"]) {
    expect((await desk.list(`?${query}`)).items.length).toBeGreaterThan(0);
  }
  for (const query of ["q=invoice", "tag=vip", "status=open&has_note=true", "sort=created_at", "external_id=x"]) {
    await refused(desk.get(`/tickets?${query}`), 503, "rebuilding");
  }
  await desk.sweep();
  await desk.deliverSent();
  await desk.sweep();
  await desk.deliverSent();
  expect((await desk.list("?customer_id=finder&q=zebra")).items).toHaveLength(1);
});
