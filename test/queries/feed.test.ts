import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { EVENT_TYPES } from "../../src/domain/events.ts";
import { encodeCursor } from "../../src/queries/cursor.ts";
import { type FeedItem, MAX_SCANNED_EVENTS } from "../../src/queries/source/feed.ts";
import { SEAL } from "../access.ts";
import { caller, root } from "../http/callers.ts";
import { refused } from "../http/problem.ts";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { answered, emptyTables, service } from "../service.ts";

const desk = service();

interface FeedPage {
  readonly items: FeedItem[];
  readonly next_cursor: string;
  readonly has_more: boolean;
}

const feed = async (query = "", { get } = root(desk)): Promise<FeedPage> =>
  await answered(await get(`/events${query}`), 200);

/** All events from a cursor on, page by page. */
async function walk(after: string | undefined, query: string, visit: (page: FeedPage) => unknown = () => {}) {
  const items: FeedItem[] = [];
  for (let cursor = after, pages = 0; ; pages++) {
    expect(pages, "the walk ends").toBeLessThan(1_000);
    const page = await feed(`?${query}${cursor === undefined ? "" : `&after=${cursor}`}`);
    await visit(page);
    items.push(...page.items);
    cursor = page.next_cursor;
    if (!page.has_more) return { items, cursor };
  }
}

const names = (items: readonly FeedItem[]) => items.map(({ ticket_id, version }) => `${ticket_id} ${version}`);

/** What the log has, in its own order. */
async function logged(workspace = "default"): Promise<string[]> {
  const query = env.DB.prepare("SELECT ticket_id, version FROM ticket_events WHERE workspace_id = ? ORDER BY seq");
  return names((await query.bind(workspace).all<FeedItem>()).results);
}

/** A ticket with an event of each type. */
async function eventful(): Promise<string> {
  const { id } = await desk.create();
  await desk.command(id, "notes", { note: "Look at the log" });
  await desk.command(id, "messages", { body: "Like this", from: "agent" });
  await desk.command(id, "assignee", { assignee_id: "ada" });
  await desk.command(id, "priority", { priority: "high" });
  await desk.command(id, "tags", { tags: ["billing"] });
  await desk.command(id, "status", { new_status: "pending" });
  return id;
}

/** So many tickets, each with one event. */
async function importTickets(number: number): Promise<void> {
  const lines = generateLines(number, 3).map((line) => ({
    ...line,
    message: "short",
    messages: [],
    notes: [],
    assignee_id: null,
    status: "open",
  }));
  await answered(await desk.post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
}

beforeEach(emptyTables);

describe("the feed", () => {
  test("shows every event of all tickets once, in the order in which they were recorded", async () => {
    const ids = [await eventful(), await eventful()];
    await desk.command(ids[0] ?? "", "notes", { note: "One more" });
    for (const limit of [1, 4, 100]) {
      const { items } = await walk(undefined, `limit=${limit}`);
      expect(names(items)).toEqual(await logged());
    }
  });

  test("shows an event as its ticket's history does, with its text and its ticket", async () => {
    const id = await eventful();
    const { items } = await feed();
    const history = await answered<{ items: object[] }>(await desk.get(`/tickets/${id}/events`), 200);
    expect(items).toEqual(history.items.map((event) => ({ ticket_id: id, ...event })));
    expect(items[1]).toMatchObject({ type: "note.added", data: { body: "Look at the log" } });
  });

  test("has a cursor on its last page, too: what comes later is read from there", async () => {
    const empty = await feed();
    expect(empty).toMatchObject({ items: [], has_more: false });
    const first = await desk.create();
    const page = await feed(`?after=${empty.next_cursor}`);
    expect(names(page.items)).toEqual([`${first.id} 1`]);
    expect(await feed(`?after=${page.next_cursor}`)).toEqual({ ...page, items: [] });
    const second = await desk.create();
    expect(names((await feed(`?after=${page.next_cursor}`)).items)).toEqual([`${second.id} 1`]);
  });

  test("names the next page in Link, while there is one", async () => {
    await eventful();
    const response = await desk.get("/events?limit=1&types=note.added");
    const { next_cursor } = await answered<FeedPage>(response.clone(), 200);
    const next = `https://edgedesk.test/events?limit=1&types=note.added&after=${encodeURIComponent(next_cursor)}`;
    expect(response.headers.get("Link")).toBe(`<${next}>; rel="next"`);
    expect((await desk.get("/events?limit=100")).headers.get("Link")).toBeNull();
  });

  test("leaves out what was there, for who asks for the latest", async () => {
    await eventful();
    const now = await feed("?after=latest&limit=5&types=ticket.created");
    expect(now).toMatchObject({ items: [], has_more: false });
    const { id } = await desk.create();
    expect(names((await feed(`?after=${now.next_cursor}`)).items)).toEqual([`${id} 1`]);
  });

  test("shows nothing of another workspace", async () => {
    const [acme, bolt] = await Promise.all(
      ["acme", "bolt"].map(async (workspace_id) => caller(desk, (await root(desk).makeKey({ workspace_id })).key)),
    );
    const ticket = { customer_id: "cus-1", subject: "Mine", message: "Only mine" };
    for (let times = 0; times < 3; times++) for (const who of [acme, bolt]) await who?.post("/tickets", ticket);
    for (const [workspace, who] of [["acme", acme] as const, ["bolt", bolt] as const]) {
      expect(names((await feed("", who)).items)).toEqual(await logged(workspace));
    }
    expect((await feed()).items).toEqual([]);
  });
});

describe("types", () => {
  test("every type can be asked for, alone and with others", async () => {
    await eventful();
    await eventful();
    await answered(await root(desk).delete("/customers/cus-1"), 200);
    const all = (await feed()).items;
    expect(new Set(all.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
    for (const type of EVENT_TYPES) {
      const { items } = await walk(undefined, `types=${type}&limit=1`);
      expect(items).toEqual(all.filter((event) => event.type === type));
    }
    const { items } = await walk(undefined, "types=note.added&types=tags.updated&limit=3");
    expect(items).toEqual(all.filter(({ type }) => ["note.added", "tags.updated"].includes(type)));
  });

  test("a cursor goes on with other types", async () => {
    await eventful();
    const { next_cursor } = await feed("?types=note.added&limit=1");
    expect((await feed(`?after=${next_cursor}`)).items.map(({ version }) => version)).toEqual([3, 4, 5, 6, 7]);
  });

  test("one that there is not is refused", async () => {
    const { fields } = await refused(await desk.get("/events?types=ticket.opened"), 400, "invalid-query");
    expect(fields).toEqual(["types"]);
  });

  test("that are rare are found all the same, with empty pages on the way", async () => {
    await importTickets(MAX_SCANNED_EVENTS + 500);
    const before = (await logged()).length;
    const { id } = await desk.create();
    await desk.command(id, "notes", { note: "The only one" });
    const sizes: number[] = [];
    const { items } = await walk(undefined, "types=note.added", (page) => sizes.push(page.items.length));
    expect(names(items)).toEqual([`${id} 2`]);
    expect(sizes).toEqual([...Array(Math.floor((before + 1) / MAX_SCANNED_EVENTS)).fill(0), 1]);
    expect(sizes.length).toBeGreaterThan(1);
  });
});

describe("what a page costs", () => {
  test("does not grow with the log, however deep, and however rare what is asked for", async () => {
    await importTickets(3_000);
    for (const limit of [1, 20, 100]) {
      for (const [query, most] of [
        ["", 6 * limit + 10],
        ["&types=ticket.created", 7 * limit + MAX_SCANNED_EVENTS + 20],
        ["&types=note.added", 2 * MAX_SCANNED_EVENTS + 20],
      ] as const) {
        let cursor = "";
        for (let depth = 0; depth < 3; depth++) {
          desk.calls.length = 0;
          cursor = (await feed(`?limit=${limit}${query}${cursor && `&after=${cursor}`}`)).next_cursor;
          const [call, ...others] = desk.calls;
          expect(others).toEqual([]);
          expect(call?.start).toBe("first-primary");
          expect(call?.rows_read).toBeLessThanOrEqual(most);
        }
      }
    }
  });

  test("a page with large texts ends early, and loses none", async () => {
    const { id } = await desk.create();
    for (let times = 0; times < 6; times++) {
      await desk.command(id, "messages", { body: `${times}${"x".repeat(250_000)}`, from: "agent" });
    }
    const sizes: number[] = [];
    const { items } = await walk(undefined, "limit=100", (page) => sizes.push(page.items.length));
    expect(names(items)).toEqual(await logged());
    expect(sizes).toEqual([5, 2]);
  });
});

describe("a cursor", () => {
  test("of a database that was set back is refused, not taken for another place", async () => {
    for (const tickets of [1, 3, 5]) {
      await emptyTables();
      for (let times = 0; times < 3; times++) await desk.create();
      const { next_cursor } = await feed();
      await emptyTables();
      for (let times = 0; times < tickets; times++) await desk.create();
      const { fields } = await refused(await desk.get(`/events?after=${next_cursor}`), 410, "cursor-gone");
      expect(fields).toEqual(["after"]);
    }
  });

  test("of a moment before that is still good", async () => {
    await desk.create();
    const { next_cursor } = await feed();
    await desk.create();
    await env.DB.prepare("DELETE FROM ticket_events WHERE seq = 2").run();
    await env.DB.prepare("UPDATE sqlite_sequence SET seq = 1 WHERE name = 'ticket_events'").run();
    const { id } = await desk.create();
    expect(names((await feed(`?after=${next_cursor}`)).items)).toEqual([`${id} 1`]);
  });

  test.each([
    ["damaged", "abc"],
    ["of a list", encodeCursor(SEAL, ["tickets", "default"], [1, "a"])],
    ["forged", encodeCursor(SEAL, ["events", "default"], ["a", 1])],
    ["twice", "latest&after=latest"],
    ["empty", ""],
  ])("that is none is refused: %s", async (kind, cursor) => {
    await desk.create();
    const code = kind === "twice" ? "invalid-query" : "invalid-cursor";
    const { fields } = await refused(await desk.get(`/events?after=${cursor}`), 400, code);
    expect(fields).toEqual(["after"]);
  });
});

test("whoever reads on and on while many write sees each event once, in order", async () => {
  const seen: FeedItem[] = [];
  let cursor = (await feed()).next_cursor;
  const readOn = async () => {
    const walked = await walk(cursor, "limit=3");
    seen.push(...walked.items);
    cursor = walked.cursor;
  };
  const ids = await Promise.all(Array.from({ length: 4 }, async () => (await desk.create()).id));
  for (let round = 0; round < 8; round++) {
    const writes = ids.map((id) => desk.post(`/tickets/${id}/notes`, { note: `Round ${round}` }));
    await Promise.all([...writes, readOn()]);
  }
  await readOn();
  expect(names(seen)).toEqual(await logged());
  expect(seen.length).toBeGreaterThan(4 * 8);
});
