import { describe, expect, test, vi } from "vitest";
import { EdgedeskProblem, KeyNotShown, UnexpectedAnswer } from "../../src/client/index.ts";
import { clientWith, json, page, problem, thrownBy } from "./stand-in.ts";

const paths = (asked: readonly { method: string; path: string }[]) =>
  asked.map(({ method, path }) => `${method} ${path}`);

describe("a list", () => {
  const pages = [page(["a", "b"], "c1"), page([], "c2"), page(["c"])];

  test("walks through all of its pages, with the same filters", async () => {
    const { client, asked } = clientWith(pages);
    const ids = [];
    for await (const { id } of client.tickets.list({ status: ["open", "pending"], has_note: true, skip: 5 }))
      ids.push(id);
    expect(ids).toEqual(["a", "b", "c"]);
    const filters = "status=open&status=pending&has_note=true";
    expect(paths(asked)).toEqual([
      `GET /tickets?${filters}&skip=5`,
      `GET /tickets?${filters}&cursor=c1`,
      `GET /tickets?${filters}&cursor=c2`,
    ]);
  });

  test("asks for a page when the walk comes to it", async () => {
    const { client, asked } = clientWith(pages);
    for await (const { id } of client.tickets.list()) if (id === "b") break;
    expect(asked).toHaveLength(1);
  });

  test("is its first page where it is awaited, or that of a cursor", async () => {
    const { client, asked } = clientWith(pages);
    expect((await client.tickets.list({ limit: 2, cursor: "c0" })).next_cursor).toBe("c1");
    expect(paths(asked)).toEqual(["GET /tickets?limit=2&cursor=c0"]);
  });

  test("gives its pages", async () => {
    const { client } = clientWith(pages);
    const sizes = [];
    for await (const { items, as_of } of client.tickets.list().pages()) sizes.push([items.length, as_of.slice(0, 4)]);
    expect(sizes).toEqual([
      [2, "2026"],
      [0, "2026"],
      [1, "2026"],
    ]);
  });

  test("ends with the error of a page", async () => {
    const { client } = clientWith([page(["a"], "c1"), problem(400, "invalid-cursor")]);
    const ids: string[] = [];
    const walk = (async () => {
      for await (const { id } of client.tickets.list()) ids.push(id);
    })();
    expect(await thrownBy(walk)).toMatchObject({ type: "invalid-cursor" });
    expect(ids).toEqual(["a"]);
  });

  test("that nobody has come to yet is nobody's unhandled rejection", async () => {
    const { client } = clientWith([problem(401, "unauthorized")]);
    const unhandled = vi.fn();
    addEventListener("unhandledrejection", unhandled);
    const list = client.tickets.list();
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(unhandled).not.toHaveBeenCalled();
    expect(await thrownBy(Promise.resolve(list))).toBeInstanceOf(EdgedeskProblem);
  });

  test("of a conversation, of a history, of keys", async () => {
    const conversation = (items: number[], next_cursor: string | null) =>
      json({ conversation: { items, next_cursor } });
    const { client, asked } = clientWith([conversation([1], "c1"), conversation([2], null), page(["e"]), page(["k"])]);
    const read: unknown[] = [];
    for await (const entry of client.tickets.conversation("019a", { limit: 1 })) read.push(entry);
    for await (const entry of client.tickets.events("019a")) read.push(entry);
    for await (const entry of client.keys.list({ workspace_id: "acme" })) read.push(entry);
    expect(read).toEqual([1, 2, { id: "e" }, { id: "k" }]);
    expect(paths(asked)).toEqual([
      "GET /tickets/019a?limit=1",
      "GET /tickets/019a?limit=1&cursor=c1",
      "GET /tickets/019a/events",
      "GET /keys?workspace_id=acme",
    ]);
  });
});

describe("the feed", () => {
  const feed = (ids: string[], next_cursor: string, has_more: boolean) =>
    json({ items: ids.map((ticket_id) => ({ ticket_id })), next_cursor, has_more });

  test("is walked through to its end so far, empty pages on the way", async () => {
    const { client, asked } = clientWith([feed(["a"], "c1", true), feed([], "c2", true), feed(["b"], "c3", false)]);
    const ids = [];
    for await (const { ticket_id } of client.events.list({ types: ["note.added", "ticket.created"] }))
      ids.push(ticket_id);
    expect(ids).toEqual(["a", "b"]);
    const types = "types=note.added&types=ticket.created";
    expect(paths(asked)).toEqual(["", "&after=c1", "&after=c2"].map((after) => `GET /events?${types}${after}`));
  });

  test("goes on from a cursor that was kept, and always gives the next one", async () => {
    const { client, asked } = clientWith([feed(["a"], "c8", true), feed([], "c9", false)]);
    const cursors = [];
    for await (const { next_cursor } of client.events.list({ after: "c7", limit: 1 }).pages())
      cursors.push(next_cursor);
    expect(cursors).toEqual(["c8", "c9"]);
    expect(paths(asked)).toEqual(["GET /events?after=c7&limit=1", "GET /events?after=c8&limit=1"]);
  });
});

test("a change can ask for the version that was seen", async () => {
  const { client, asked } = clientWith([json({ id: "019a", version: 4 })]);
  await client.tickets.changeStatus("019a", { new_status: "closed" }, { ifMatch: 3 });
  expect(paths(asked)).toEqual(["POST /tickets/019a/status"]);
  expect(asked[0]).toMatchObject({ body: '{"new_status":"closed"}' });
  expect(asked[0]?.headers.get("If-Match")).toBe('"v3"');
});

test("a bulk is one request, with a key of its own", async () => {
  const results = [{ id: "019a", status: 200, version: 4 }];
  const { client, asked } = clientWith([json({ results })]);
  const command = { type: "AssignTicket", assignee_id: "ada" } as const;
  expect(await client.tickets.bulk(["019a", "019b"], command)).toEqual({ results });
  expect(paths(asked)).toEqual(["POST /tickets/bulk"]);
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({ ids: ["019a", "019b"], command });
  expect(asked[0]?.headers.get("Idempotency-Key")).not.toBeNull();
});

test("who has a ticket, how urgent it is and what it is about are set at addresses of their own", async () => {
  const { client, asked } = clientWith([json({ id: "019a", version: 2 })]);
  expect(await client.tickets.assign("019a", { assignee_id: "ada" })).toEqual({ id: "019a", version: 2 });
  await client.tickets.assign("019a", { assignee_id: null }, { idempotencyKey: "k" });
  await client.tickets.setPriority("019a", { priority: "urgent" }, { ifMatch: 2 });
  await client.tickets.setTags("019a", { tags: ["billing"] });
  expect(asked.map(({ method, path, body }) => `${method} ${path} ${body}`)).toEqual([
    'POST /tickets/019a/assignee {"assignee_id":"ada"}',
    'POST /tickets/019a/assignee {"assignee_id":null}',
    'POST /tickets/019a/priority {"priority":"urgent"}',
    'POST /tickets/019a/tags {"tags":["billing"]}',
  ]);
  expect(asked[1]?.headers.get("Idempotency-Key")).toBe("k");
  expect(asked[2]?.headers.get("If-Match")).toBe('"v2"');
});

test("the numbers are as fresh as a list", async () => {
  const { client, asked } = clientWith([json({ by_status: { open: 1 } }, { "Consistency-Token": "t1" })]);
  expect(await client.tickets.stats({ latest: true, wait: 3 })).toEqual({ by_status: { open: 1 } });
  await client.tickets.stats();
  expect(paths(asked)).toEqual(["GET /stats", "GET /stats"]);
  expect(asked.map(({ headers }) => headers.get("Consistency-Token"))).toEqual(["latest", "t1"]);
  expect(asked[0]?.headers.get("Prefer")).toBe("wait=3");
});

test("the agents of the numbers come page by page", async () => {
  const page = (id: string, next_cursor: string | null) => json({ by_assignee: [{ assignee_id: id }], next_cursor });
  const { client, asked } = clientWith([page("ada", "c1"), page("bob", null)]);
  const ids = [];
  for await (const { by_assignee } of client.tickets.stats({ limit: 1, wait: 3 }).pages()) {
    ids.push(...by_assignee.map(({ assignee_id }) => assignee_id));
  }
  expect(ids).toEqual(["ada", "bob"]);
  expect(paths(asked)).toEqual(["GET /stats?limit=1", "GET /stats?limit=1&cursor=c1"]);
  expect(asked.map(({ headers }) => headers.get("Prefer"))).toEqual(["wait=3", "wait=3"]);
});

test("an import is one line a ticket", async () => {
  const { client, asked } = clientWith([json({ taken: 2, repeated: 0, refused: [], recorded_at: null })]);
  const ticket = { customer_id: "c", subject: "s", message: "m\nn", created_at: 1 };
  await client.tickets.import([
    { ...ticket, external_id: "a" },
    { ...ticket, external_id: "b" },
  ]);
  expect(asked[0]?.headers.get("Content-Type")).toBe("application/x-ndjson");
  expect(asked[0]?.body.split("\n").map((line) => JSON.parse(line).external_id)).toEqual(["a", "b"]);
});

test("whatever an id is, the address is the one that is meant", async () => {
  const { client, asked } = clientWith([problem(404, "ticket-not-found")]);
  const ids = ["../keys", "a/b?c#d", "$&", ":id", "%2e"];
  for (const id of ids) await thrownBy(client.tickets.get(id));
  expect(paths(asked)).toEqual(ids.map((id) => `GET /tickets/${encodeURIComponent(id)}`));
  for (const id of ["", ".", ".."]) expect(() => client.tickets.get(id)).toThrow(TypeError);
});

test("the service may be at a path, and its url end with a slash or not", async () => {
  for (const url of ["https://example.com/desk", "https://example.com/desk/"]) {
    const { client, asked } = clientWith([page([])], { url });
    await client.tickets.list();
    expect(paths(asked)).toEqual(["GET /desk/tickets"]);
  }
  expect(() => clientWith([], { url: "example.com" })).toThrow(TypeError);
});

test("every route is there as hono's client has it, with all that the methods have", async () => {
  const { client, asked } = clientWith([json({ id: "019a", version: 1 }, { "Consistency-Token": "t1" }, 201)]);
  const response = await client.api.tickets.$post({ json: { customer_id: "c", subject: "s", message: "m" } });
  expect((await response.json()).version).toBe(1);
  expect(asked[0]?.headers.get("Idempotency-Key")).not.toBeNull();
  expect(client.token).toBe("t1");
});

describe("a key", () => {
  const made = { id: "019k", workspace_id: "default", name: "n", role: "agent" };

  test("comes with its text", async () => {
    const { client } = clientWith([json({ ...made, key: "edk_1" }, {}, 201)]);
    expect(await client.keys.create({ name: "n", role: "agent" })).toEqual({ ...made, key: "edk_1" });
  });

  test("whose answer was lost is an error that names the key", async () => {
    const { client } = clientWith([json({ ...made, key: null }, { "Idempotent-Replayed": "true" }, 201)]);
    const error = await thrownBy(client.keys.create({ name: "n", role: "agent" }));
    expect(error).toBeInstanceOf(KeyNotShown);
    expect(error).toMatchObject({ id: "019k" });
  });

  test("is revoked without an answer", async () => {
    const { client, asked } = clientWith([new Response(null, { status: 204 })]);
    expect(await client.keys.revoke("019k")).toBeUndefined();
    expect(paths(asked)).toEqual(["DELETE /keys/019k"]);
    expect(asked[0]?.headers.has("Idempotency-Key")).toBe(false);
  });
});

describe("an answer that says no", () => {
  test("is a problem, with all that the service has told", async () => {
    const errors = [{ detail: "must not be blank", pointer: "/note" }];
    const headers = { "X-Request-Id": "req-1", "Retry-After": "3" };
    const { client } = clientWith([problem(422, "invalid-body", headers, { errors })]);
    const error = await thrownBy(client.tickets.addNote("019a", { note: "" }));
    expect(error).toBeInstanceOf(EdgedeskProblem);
    expect(error).toMatchObject({
      name: "EdgedeskProblem",
      message: "A title: A detail",
      ...{ type: "invalid-body", status: 422, title: "A title", detail: "A detail", errors },
      ...{ requestId: "req-1", retryAfter: 3 },
    });
  });

  const html = (status: number) =>
    new Response("<html>who are you?</html>", { status, headers: { "Content-Type": "text/html; charset=utf-8" } });

  test.each<[string, Response]>([
    ["a proxy's page of an error", html(403)],
    ["a page that says 200", html(200)],
    ["JSON that breaks off", new Response('{"items": [', { headers: { "Content-Type": "application/json" } })],
    ["200 with nothing in it", new Response("", { headers: { "Content-Type": "application/json" } })],
    ["another service's JSON error", json({ message: "no" }, {}, 404)],
    ["another service's problem", json({ type: "about:blank", title: "no", detail: "no" }, {}, 404)],
    ["a problem document that says 200", json({ type: "/problems/forbidden" }, { "Content-Type": "text/html" })],
    ["null", json(null, {}, 400)],
    ["nothing at all", new Response(null, { status: 500 })],
  ])("is not Edgedesk's: %s", async (_, response) => {
    const { client, asked } = clientWith([response]);
    const error = await thrownBy(client.tickets.list());
    expect(error).toBeInstanceOf(UnexpectedAnswer);
    expect(error).toMatchObject({ status: response.status });
    expect(String(error)).toContain("GET https://edgedesk.test/tickets answered");
    expect(asked).toHaveLength(1);
  });

  test("shows how it begins", async () => {
    const { client } = clientWith([html(403)]);
    expect(await thrownBy(client.tickets.list())).toMatchObject({
      contentType: "text/html",
      beginning: "<html>who are you?</html>",
    });
  });

  test("a redirect is followed by nobody: it would make a GET of a POST", async () => {
    const { client, asked } = clientWith([Response.redirect("https://www.edgedesk.test/tickets", 301)]);
    const error = await thrownBy(client.tickets.create({ customer_id: "c", subject: "s", message: "m" }));
    expect(String(error)).toContain("leads to https://www.edgedesk.test/tickets");
    expect(asked).toMatchObject([{ redirect: "manual" }]);
  });
});
