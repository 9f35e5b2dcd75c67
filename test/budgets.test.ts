import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { EMPTY_TOKEN, formatToken } from "../src/projection/consistency/token.ts";
import { NEWEST_EVENTS } from "../src/projection/read-models/ticket-list/search-text.ts";
import { SEAL } from "./access.ts";
import { clientOf, TOKEN, tokenOf } from "./consistency/client.ts";
import { generateLines, ndjson } from "./oracle/lines.ts";
import { short } from "./projection/operator.ts";
import { answered, emptyTables, type Page, service, WRITES_ROWS } from "./service.ts";

const TICKETS = 10_000;
const desk = service();

beforeAll(async () => {
  await emptyTables();
  const lines = generateLines(TICKETS, 11).map(short);
  for (let start = 0; start < TICKETS; start += 2_000) {
    const body = ndjson(lines.slice(start, start + 2_000));
    await answered(await desk.post("/tickets/import", body, "application/x-ndjson"), 200);
  }
  await desk.deliverSent();
});

/** What a piece of work cost in D1 calls. */
async function costs(work: () => Promise<unknown>) {
  desk.calls.length = 0;
  await work();
  return [...desk.calls];
}

describe("D1 calls", () => {
  test("a list: 1", async () => {
    expect(await costs(() => desk.list("?status=open&status=pending&has_note=false"))).toHaveLength(1);
  });

  test("the numbers of a workspace: 1", async () => {
    expect(await costs(() => desk.get("/stats"))).toHaveLength(1);
  });

  test("a create: 1, with its external_id too", async () => {
    expect(await costs(() => desk.create())).toHaveLength(1);
    expect(await costs(() => desk.create({ external_id: "budget-1", tags: ["a"] }))).toHaveLength(1);
  });

  test("every other command: 2; one that changes nothing: 1", async () => {
    const { id } = await desk.create();
    expect(await costs(() => desk.command(id, "notes", { note: "n" }))).toHaveLength(2);
    expect(await costs(() => desk.command(id, "messages", { body: "m", from: "agent" }))).toHaveLength(2);
    expect(await costs(() => desk.command(id, "status", { new_status: "resolved" }))).toHaveLength(2);
    expect(await costs(() => desk.command(id, "status", { new_status: "resolved" }))).toHaveLength(1);
  });

  test("a ticket's details, and its history: 1", async () => {
    const { id } = await desk.create();
    expect(await costs(() => desk.get(`/tickets/${id}`))).toHaveLength(1);
    expect(await costs(() => desk.get(`/tickets/${id}/events`))).toHaveLength(1);
  });

  test("a batch of 100 messages: 2, and its replay writes nothing", async () => {
    await desk.deliverSent();
    for (let created = 0; created < 100; created++) await desk.create();
    const messages = desk.sent.splice(0, 100);
    expect(await costs(() => desk.deliver(messages))).toHaveLength(2);
    const replay = await costs(() => desk.deliver(messages));
    expect(replay.map(({ rows_written }) => rows_written)).toEqual([0, 0]);
  });

  test("a projected ticket reads its row, two events, and the newest for its text, however long its history", async () => {
    const { id } = await desk.create();
    const projected = async () => {
      const [message] = desk.sent.splice(0).slice(-1);
      const [read] = await costs(() => desk.deliver([message]));
      return read?.rows_read ?? 0;
    };
    expect(await projected()).toBeLessThanOrEqual(6);
    for (let notes = 0; notes < 20; notes++) await desk.command(id, "notes", { note: "n" });
    expect(await projected()).toBeLessThanOrEqual(6 + 3 * 20);
    for (let notes = 0; notes < NEWEST_EVENTS; notes++) await desk.command(id, "notes", { note: "n" });
    expect(await projected()).toBeLessThanOrEqual(6 + 3 * NEWEST_EVENTS);
  });
});

/** Filters, each with how many branches the page's statement has. */
const FILTERS = [
  { query: "", branches: 1 },
  { query: "status=open", branches: 1 },
  { query: "status=closed", branches: 1 },
  { query: "status=open&status=pending", branches: 2 },
  { query: "status=open&status=pending&status=closed", branches: 3 },
  { query: "status=open&status=pending&status=resolved&status=closed", branches: 4 },
  { query: "has_note=true", branches: 1 },
  { query: "has_note=false", branches: 1 },
  { query: "customer_id=cus-7", branches: 1 },
];

describe(`rows read by a page of a list over ${TICKETS} tickets`, () => {
  test.each(FILTERS)("first and deep: $query", async ({ query, branches }) => {
    for (const limit of [1, 20, 100]) {
      let page: Page = { items: [], next_cursor: null, as_of: "" };
      for (const depth of [0, 1, 2]) {
        const cursor = depth === 0 ? "" : `&cursor=${page.next_cursor}`;
        const [call] = await costs(async () => {
          page = await desk.list(`?${query}&limit=${limit}${cursor}`);
        });
        expect(call?.rows_read).toBeGreaterThanOrEqual(page.items.length);
        expect(call?.rows_read).toBeLessThanOrEqual(limit + branches + 3);
        if (page.next_cursor === null) break;
      }
    }
  });

  test("far down, after 5,000 rows", async () => {
    const page = await desk.list("?skip=5000&limit=20");
    const [call] = await costs(() => desk.list(`?limit=20&cursor=${page.next_cursor}`));
    expect(call?.rows_read).toBeLessThanOrEqual(20 + 1 + 3);
  });
});

describe("rows read by a list whose reader sends a tag", () => {
  const withTag = (tag: string, query: string, token = "") =>
    clientOf(desk).get(`/tickets?${query}`, { "If-None-Match": tag, ...(token !== "" && { [TOKEN]: token }) });

  /** What an answer cost, in one call. */
  async function cost(status: number, work: () => Promise<Response>): Promise<number> {
    let response = new Response();
    const [call, ...others] = await costs(async () => {
      response = await work();
    });
    expect([response.status, others, call?.rows_written]).toEqual([status, [], 0]);
    return call?.rows_read ?? Number.POSITIVE_INFINITY;
  }

  const tagOf = async (query: string) => (await desk.get(`/tickets?${query}`)).headers.get("ETag") ?? "";

  test.each(FILTERS)(
    "$query",
    async ({ query, branches }) => {
      for (const limit of [1, 100]) {
        await desk.deliverSent();
        const { next_cursor } = await desk.list(`?${query}&limit=${limit}`);
        for (const place of ["", next_cursor === null ? "&skip=50" : `&cursor=${next_cursor}`]) {
          const page = `${query}&limit=${limit}${place}`;
          const rows = limit + branches + (place === "&skip=50" ? 50 : 0);
          const tag = await tagOf(page);
          // The page is unchanged; a change is on its way; it is there.
          expect(await cost(304, () => withTag(tag, page))).toBeLessThanOrEqual(3);
          await desk.create();
          expect(await cost(304, () => withTag(tag, page))).toBeLessThanOrEqual(3);
          await desk.deliverSent();
          expect(await cost(200, () => withTag(tag, page))).toBeLessThanOrEqual(rows + 3);
          await desk.create();
          expect(await cost(200, () => withTag(tag, page))).toBeLessThanOrEqual(rows + 3);
          expect(await cost(304, () => withTag("*", page))).toBeLessThanOrEqual(3);
          await desk.deliverSent();
        }
      }
    },
    60_000,
  );

  test("with a token of 32 tickets: two rows more for each", async () => {
    await desk.deliverSent();
    const { items } = await desk.list("?limit=32");
    const token = formatToken(
      SEAL,
      { ...EMPTY_TOKEN, versions: new Map(items.map(({ id, version }) => [id, version])) },
      0,
    );
    const tag = await tagOf("limit=100");
    expect(await cost(304, () => withTag(tag, "limit=100", token))).toBeLessThanOrEqual(3 + 32 * 2);
  });

  test("the revision is looked up before the page, by its whole key", async () => {
    const query = "limit=7&status=open&status=closed";
    const [call] = await costs(async () => withTag(await tagOf(query), query));
    const page = desk.calls.at(-1)?.statements.at(-1) ?? "";
    expect(call).toBeDefined();
    const { results } = await env.DB.prepare(`EXPLAIN QUERY PLAN ${page}`)
      .bind("default", "open", "closed", 1, 8, 0)
      .all<{ detail: string }>();
    expect(results.map(({ detail }) => detail)).toEqual([
      expect.stringMatching(/^SCALAR SUBQUERY/),
      "SEARCH read_revisions USING PRIMARY KEY (workspace_id=? AND revision=?)",
      "MERGE (UNION ALL)",
      "LEFT",
      "SEARCH read_tickets USING INDEX read_tickets_status (workspace_id=? AND status=?)",
      "RIGHT",
      "SEARCH read_tickets USING INDEX read_tickets_status (workspace_id=? AND status=?)",
    ]);
  });
});

test("a projected change writes its row, the index entries that move, and one row for the tags of its workspace's lists", async () => {
  const { results: moving } = await env.DB.prepare(
    `SELECT indexes.name FROM pragma_index_list('read_tickets') AS indexes JOIN pragma_index_info(indexes.name) AS part
     WHERE part.name = 'updated_at'`,
  ).all();
  const { id } = await desk.create();
  await desk.deliverSent();
  await desk.command(id, "notes", { note: "the first says that there is one" });
  await desk.deliverSent();
  desk.time.now += 1_000;
  await desk.command(id, "notes", { note: "the second" });
  const calls = await costs(() => desk.deliverSent());
  // Of the search tables, one has the latest change first: there an entry goes and one comes; in the two others it stays in its place.
  // And the figures, and the entry of the backlog that is done with.
  const entries = 2 + 1 + 1;
  expect(calls.map(({ rows_written }) => rows_written)).toEqual([0, 1 + moving.length + 1 + entries + 2]);
});

describe("a token of 32 tickets", () => {
  const withToken = (token: string, query = "") => clientOf(desk).get(`/tickets${query}`, { [TOKEN]: token });

  /** The tickets of this page, as their reader's token names them. */
  async function tokenOfPage(query: string): Promise<string> {
    const { items } = await desk.list(query);
    expect(items).toHaveLength(32);
    return formatToken(SEAL, { ...EMPTY_TOKEN, versions: new Map(items.map(({ id, version }) => [id, version])) }, 0);
  }

  test("costs a list no call when it is up to date, and two when it is behind", async () => {
    const token = await tokenOfPage("?limit=32&status=open");
    expect(await costs(() => withToken(token))).toHaveLength(1);
    const { id } = await desk.create();
    const behind = await clientOf(desk).post(`/tickets/${id}/notes`, { note: "n" }, { [TOKEN]: token });
    expect(await costs(() => withToken(tokenOf(behind)))).toHaveLength(3);
    expect(await costs(() => withToken(tokenOf(behind)))).toHaveLength(1);
    expect(await costs(() => withToken("latest"))).toHaveLength(1);
  });

  test("costs a list two rows a ticket, whichever they are", async () => {
    for (const [query, branches] of [
      ["?limit=20", 1],
      ["?limit=100&status=open&status=closed", 2],
    ] as const) {
      for (const skip of [0, 5_000]) {
        const token = await tokenOfPage(`?limit=32&skip=${skip}`);
        const [call, ...others] = await costs(() => withToken(token, query));
        expect(others).toEqual([]);
        expect(call?.rows_read).toBeLessThanOrEqual(Number(query.match(/\d+/)) + branches + 3 + 32 * 2);
      }
    }
  });

  test("costs a command no call, and a row a ticket", async () => {
    const token = await tokenOfPage("?limit=32&skip=100");
    const { post } = clientOf(desk);
    const ticket = { customer_id: "c", subject: "s", message: "m" };
    const [plain] = await costs(() => post("/tickets", ticket));
    const [create, ...others] = await costs(() => post("/tickets", ticket, { [TOKEN]: token }));
    expect(others).toEqual([]);
    expect((create?.rows_read ?? 0) - (plain?.rows_read ?? 0)).toBeLessThanOrEqual(32);
    const { id } = await desk.create();
    expect(await costs(() => post(`/tickets/${id}/notes`, { note: "n" }, { [TOKEN]: token }))).toHaveLength(2);
    const given = { [TOKEN]: token, "Idempotency-Key": "k", "If-Match": '"v2"' };
    expect(await costs(() => post(`/tickets/${id}/notes`, { note: "n" }, given))).toHaveLength(2);
    expect(await costs(() => post(`/tickets/${id}/notes`, { note: "n" }, given))).toHaveLength(1);
  });
});

describe("the two sides keep apart", () => {
  const source = /\b(tickets|ticket_events)\b/;
  const read = /\bread_\w+/;

  test("no statement of a list, or of the numbers, names a source table", async () => {
    const queries = [
      "/tickets",
      "/tickets?status=open&status=closed&has_note=true",
      "/tickets?customer_id=cus-7&skip=3",
      "/tickets?limit=1&has_note=false",
      "/stats",
    ];
    for (const query of queries) {
      const statements = (await costs(() => desk.get(query))).flatMap((call) => call.statements);
      expect(statements.length).toBeGreaterThan(1);
      for (const sql of statements) expect(sql).not.toMatch(source);
      expect(statements.some((sql) => read.test(sql))).toBe(true);
    }
  });

  test("no command statement names a read table", async () => {
    const calls = await costs(async () => {
      const { id } = await desk.create({ external_id: "apart" });
      await desk.post("/tickets", { customer_id: "c", subject: "s", message: "m", external_id: "apart" });
      await desk.create({ follow_up_of: id });
      await desk.command(id, "notes", { note: "n" });
      await desk.command(id, "messages", { body: "m", from: "customer" });
      await desk.command(id, "status", { new_status: "closed" });
      await desk.post("/tickets/import", ndjson(generateLines(3, 5)), "application/x-ndjson");
    });
    const statements = calls.flatMap((call) => call.statements);
    expect(statements.length).toBeGreaterThan(20);
    for (const sql of statements) expect(sql).not.toMatch(read);
  });
});

describe(`a walk through all tickets`, () => {
  const SLICE = 250;

  /** The costs of a whole walk, call by call, by what starts it. */
  async function walk(job: "rebuild" | "audit") {
    await desk.deliverSent();
    const { total } = await answered<{ total: number }>(await desk.get(`/projections/${job}`), 200);
    const calls = await costs(async () => {
      await desk.post(`/projections/${job}`, "");
      while (desk.sent.length > 0) await desk.deliver(desk.sent.splice(0, 1));
    });
    const slices = calls.filter(({ statements }) => statements.some((sql) => sql.includes("WITH ref")));
    return { calls, slices, total };
  }

  test("an audit: two calls a slice, twenty-three rows a ticket, the last slice like the first; nothing but its place is written", async () => {
    const { calls, slices, total } = await walk("audit");
    const number = Math.ceil(total / SLICE);
    expect(slices).toHaveLength(number + 1);
    // The start, its answer; for every fourth slice a message is begun; the end.
    expect(calls.length).toBeLessThanOrEqual(2 + 2 * (number + 1) + Math.ceil((number + 1) / 4) + 2);
    for (const { rows_read } of slices) expect(rows_read).toBeLessThanOrEqual(23 * SLICE + 20);
    const written = calls.reduce((sum, call) => sum + call.rows_written, 0);
    expect(written).toBeLessThanOrEqual(calls.length + 10);
  });

  test("a rebuild of what is in order: eight rows a ticket to find that out, twenty-three for the audit after it; no row is written", async () => {
    const { calls, slices, total } = await walk("rebuild");
    // With the audit after it.
    expect(slices).toHaveLength(2 * (Math.ceil(total / SLICE) + 1));
    const writes = calls.filter(({ statements }) => statements.some((sql) => sql.includes(WRITES_ROWS)));
    expect(writes).toHaveLength(Math.ceil(total / SLICE));
    for (const { rows_read } of writes) expect(rows_read).toBeLessThanOrEqual(8 * SLICE + 20);
    for (const { rows_read } of slices) expect(rows_read).toBeLessThanOrEqual(23 * SLICE + 20);
    const written = calls.reduce((sum, call) => sum + call.rows_written, 0);
    expect(written).toBeLessThanOrEqual(calls.length + 20);
  });
});

// Last: it leaves a backlog.
test("neither a batch nor a sweep goes through the whole backlog", async () => {
  await desk.deliverSent();
  const lines = generateLines(2_000, 13).map(short);
  await answered(await desk.post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
  const messages = desk.sent.splice(0, 10);
  for (const { rows_read } of await costs(() => desk.deliver(messages))) expect(rows_read).toBeLessThanOrEqual(180);
  // The cron's audit compares a hundred tickets, whatever the backlog is.
  for (const { rows_read } of await costs(() => desk.sweep())) expect(rows_read).toBeLessThanOrEqual(14 * 100 + 150);
  const [list] = await costs(() => desk.list());
  expect(list?.rows_read).toBeLessThanOrEqual(20 + 1 + 3);
});
