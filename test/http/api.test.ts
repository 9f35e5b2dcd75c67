import { describe, expect, test } from "vitest";
import type { TicketDetails } from "../../src/queries/source/details.ts";
import type { HistoryItem } from "../../src/queries/source/history.ts";
import { answered, KEY, type Page, service, tableSizes } from "../service.ts";
import { refused } from "./problem.ts";

const desk = service();

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const ORIGIN = "https://edgedesk.test";

const withKey = (headers: Record<string, string>) => ({ headers: { Authorization: `Bearer ${KEY}`, ...headers } });
const details = async (path: string) => await answered<TicketDetails>(await desk.get(path), 200);

/** The address of the next page, as the header gives it. */
function nextOf(response: Response): string | undefined {
  const [, address] = /^<([^>]+)>; rel="next"$/.exec(response.headers.get("Link") ?? "") ?? [];
  return address?.replace(ORIGIN, "");
}

/** All pages of a walk, by following the links. */
async function walk<Body>(start: string): Promise<Body[]> {
  const bodies: Body[] = [];
  for (let path: string | undefined = start; path !== undefined; ) {
    const response = await desk.get(path);
    bodies.push(await answered<Body>(response, 200));
    expect(bodies.length, "the walk goes in circles").toBeLessThan(20);
    path = nextOf(response);
  }
  return bodies;
}

describe("a command", () => {
  test("that creates a ticket is answered with 201, its address and its tag", async () => {
    const response = await desk.post("/tickets", TICKET);
    const ticket = await answered<{ id: string; version: number }>(response, 201);
    expect(ticket).toEqual({ id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-/), version: 1 });
    expect(response.headers.get("ETag")).toBe('"v1"');
    expect(await details(response.headers.get("Location") ?? "")).toMatchObject({ ...TICKET, id: ticket.id, tags: [] });
  });

  test("that changes a ticket is answered with 200, its new version and its tag", async () => {
    const { id } = await desk.create();
    const commands = [
      ["notes", { note: "Look at the log" }],
      ["messages", { body: "It works like this", from: "agent" }],
      ["status", { new_status: "resolved" }],
    ] as const;
    for (const [index, [path, body]] of commands.entries()) {
      const response = await desk.post(`/tickets/${id}/${path}`, body);
      expect(await answered(response, 200)).toEqual({ id, version: index + 2 });
      expect(response.headers.get("ETag")).toBe(`"v${index + 2}"`);
    }
  });

  test("that changes nothing is answered with 200 and the same version, and leaves no event", async () => {
    const { id } = await desk.create();
    const before = await tableSizes();
    desk.sent.length = 0;
    const response = await desk.post(`/tickets/${id}/status`, { new_status: "open" });
    expect(await answered(response, 200)).toEqual({ id, version: 1 });
    expect(response.headers.get("ETag")).toBe('"v1"');
    expect(await tableSizes()).toEqual(before);
    expect(desk.sent).toEqual([]);
  });

  test("that files a ticket leaves its event, and the list shows it; the same again changes nothing", async () => {
    const { id } = await desk.create({ tags: ["billing"] });
    const commands = [
      ["assignee", { assignee_id: "ada" }, { previous_assignee_id: null }],
      ["priority", { priority: "urgent" }, { previous_priority: "normal" }],
      ["tags", { tags: ["invoice", "billing"] }, { previous_tags: ["billing"] }],
      ["tags", { tags: ["billing", "invoice"] }, { previous_tags: ["invoice", "billing"] }],
      ["tags", { tags: [] }, { previous_tags: ["billing", "invoice"] }],
      ["assignee", { assignee_id: null }, { previous_assignee_id: "ada" }],
    ] as const;
    for (const [index, [path, body, before]] of commands.entries()) {
      const version = index + 2;
      for (let times = 0; times < 2; times++) {
        const response = await desk.post(`/tickets/${id}/${path}`, body);
        expect(await answered(response, 200)).toEqual({ id, version });
        expect(response.headers.get("ETag")).toBe(`"v${version}"`);
      }
      const { items } = await answered<{ items: HistoryItem[] }>(await desk.get(`/tickets/${id}/events`), 200);
      expect(items).toHaveLength(version);
      const type = { assignee: "assignee.updated", priority: "priority.updated", tags: "tags.updated" }[path];
      expect(items.at(-1)).toMatchObject({ version, type, data: { ...body, ...before } });
      await desk.deliverSent();
      const [row] = (await desk.list("?limit=1")).items;
      expect(row).toMatchObject({ id, version, ...body });
      expect(await details(`/tickets/${id}`)).toMatchObject({ version, ...body, conversation: { items: [{}] } });
    }
  });

  test("that files a ticket leaves its conversation, its status and who waits alone, and works on a closed one", async () => {
    const { id } = await desk.create();
    await desk.deliverSent();
    const { version: _, updated_at: __, ...before } = (await desk.list("?limit=1")).items[0] ?? {};
    desk.time.now += 1000;
    await desk.command(id, "assignee", { assignee_id: "ada" });
    await desk.command(id, "priority", { priority: "low" });
    // A tag that is given twice is one.
    await desk.command(id, "tags", { tags: ["a", "b", "a"] });
    await desk.deliverSent();
    const filed = { assignee_id: "ada", priority: "low", tags: ["a", "b"] };
    const updated_at = new Date(desk.time.now).toISOString();
    expect((await desk.list("?limit=1")).items).toEqual([{ ...before, ...filed, updated_at, version: 4 }]);
    await desk.command(id, "status", { new_status: "closed" });
    for (const [path, body] of [
      ["assignee", { assignee_id: "ben" }],
      ["priority", { priority: "high" }],
      ["tags", { tags: ["c"] }],
    ] as const) {
      await desk.command(id, path, body);
    }
    expect(await details(`/tickets/${id}`)).toMatchObject({ status: "closed", assignee_id: "ben", tags: ["c"] });
  });

  test("that a rule forbids is answered with 409 and the way out", async () => {
    const { id } = await desk.create({ external_id: "crm-1" });
    await desk.command(id, "status", { new_status: "resolved" });
    await refused(desk.post(`/tickets/${id}/status`, { new_status: "pending" }), 409, "transition-not-allowed");
    await desk.command(id, "status", { new_status: "closed" });
    await refused(desk.post(`/tickets/${id}/status`, { new_status: "open" }), 409, "ticket-closed");
    const message = { body: "It is back", from: "customer" };
    const { problem } = await refused(desk.post(`/tickets/${id}/messages`, message), 409, "ticket-closed");
    expect(problem.detail).toContain("follow_up_of");
    const { id: next } = await desk.create({ follow_up_of: id });
    expect(await details(`/tickets/${next}`)).toMatchObject({ follow_up_of: id });
    const taken = await refused(desk.post("/tickets", { ...TICKET, external_id: "crm-1" }), 409, "external-id-taken");
    expect(taken.fields).toEqual(["/external_id"]);
    expect(taken.problem.detail).toContain(id);
  });

  test("keeps every text as it came, up to the largest", async () => {
    const odd =
      "\u0001 \t\u007f\u0085\"\\ 'é e\u0301 ß 日本語 عربى 👩‍👩‍👧 \u2028\u2029\ufeff\ufffe\uffff {} $1 ?1 %00 \\u0000";
    const ticket = {
      customer_id: odd,
      external_id: "😀".repeat(200),
      subject: "😀".repeat(500),
      message: "😀".repeat(65_536),
      tags: [
        odd.slice(0, 50),
        ...Array.from({ length: 19 }, (_, index) => String.fromCodePoint(0x1f600 + index).repeat(50)),
      ],
      priority: "urgent",
    };
    const { id } = await desk.create(ticket);
    await desk.command(id, "messages", { body: odd, from: "customer" });
    await desk.command(id, "notes", { note: `${odd}${"é".repeat(100_000)}` });
    const { conversation, agent_note, ...head } = await details(`/tickets/${id}`);
    expect(head).toMatchObject(ticket);
    expect(agent_note).toBe(`${odd}${"é".repeat(100_000)}`);
    expect(conversation.items.map(({ body }) => body)).toEqual([ticket.message, odd, agent_note]);
    await desk.deliverSent();
    const { customer_id, external_id, subject, tags } = ticket;
    const { items } = await desk.list(`?customer_id=${encodeURIComponent(odd)}`);
    expect(items).toMatchObject([{ id, customer_id, external_id, subject, tags }]);
  });

  test("may write its media type in every way that RFC 9110 knows", async () => {
    const { id } = await desk.create();
    const types = [
      "application/json;",
      "Application/JSON ; Charset=UTF-8",
      'application/json;charset="utf-8"',
      "application/json; ",
    ];
    for (const type of types) {
      const response = await desk.post(`/tickets/${id}/notes`, { note: type }, type);
      expect(await answered(response, 200)).toMatchObject({ id });
    }
    for (const type of ["application/jsonl", "Application/X-NDJSON ;charset=utf-8"]) {
      expect(await answered(await desk.post("/tickets/import", "", type), 200)).toMatchObject({ taken: 0 });
    }
  });

  test("may begin with a byte order mark, and come in chunks", async () => {
    const { id } = await desk.create();
    const bytes = new TextEncoder().encode('\ufeff{"note": "日本語"}');
    const body = new ReadableStream({
      start: (controller) => {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const request = { method: "POST", body, ...withKey({ "Content-Type": "application/json" }) };
    await answered(await desk.fetch(`/tickets/${id}/notes`, request), 200);
    expect(await details(`/tickets/${id}`)).toMatchObject({ agent_note: "日本語" });
  });
});

describe("a ticket", () => {
  test("is not sent again to who has its version", async () => {
    const { id } = await desk.create();
    const ask = (tag: string) => desk.fetch(`/tickets/${id}`, withKey({ "If-None-Match": tag }));
    const many = Array.from({ length: 100 }, (_, index) => `W/"v${index + 2}"`).join(",");
    const lists = ['"v0", "v1"', '"v0",W/"v1" , "v2"', `${many}, "v1"`, ' ,"v0",, "v1",'];
    for (const tag of ['"v1"', 'W/"v1"', "*", " * ", '\t"v1" ', ...lists]) {
      const response = await ask(tag);
      expect([response.status, await response.text(), response.headers.get("ETag")]).toEqual([304, "", '"v1"']);
    }
    for (const tag of ['"v2"', "v1", '"V1"', '"v11"', ""]) expect((await ask(tag)).status).toBe(200);
    await desk.command(id, "notes", { note: "Look at the log" });
    const changed = await ask('"v1"');
    expect([changed.status, changed.headers.get("ETag")]).toEqual([200, '"v2"']);
  });

  test("has its conversation by pages, oldest first, its first message and its latest note", async () => {
    const { id } = await desk.create();
    desk.time.now += 1000;
    await desk.command(id, "notes", { note: "Look at the log" });
    await desk.command(id, "messages", { body: "It works like this", from: "agent" });
    await desk.command(id, "status", { new_status: "pending" });
    await desk.command(id, "messages", { body: "It does not", from: "customer" });
    await desk.command(id, "notes", { note: "Call them" });
    const pages = await walk<TicketDetails>(`/tickets/${id}?limit=2`);
    const head = { message: TICKET.message, agent_note: "Call them", status: "open", version: 6 };
    expect(pages).toMatchObject([head, head, head]);
    const items = pages.flatMap(({ conversation }) => conversation.items);
    expect(items.map(({ version, kind, from, body }) => [version, kind, from, body])).toEqual([
      [1, "message", "customer", TICKET.message],
      [2, "note", "agent", "Look at the log"],
      [3, "message", "agent", "It works like this"],
      [5, "message", "customer", "It does not"],
      [6, "note", "agent", "Call them"],
    ]);
    expect(Date.parse(items[1]?.created_at ?? "") - Date.parse(items[0]?.created_at ?? "")).toBe(1000);
  });

  test("has its whole history by pages, oldest first", async () => {
    const { id } = await desk.create({ tags: ["billing"], priority: "high" });
    await desk.command(id, "status", { new_status: "pending" });
    await desk.command(id, "messages", { body: "It does not", from: "customer" });
    await desk.command(id, "notes", { note: "Call them" });
    const pages = await walk<{ items: HistoryItem[] }>(`/tickets/${id}/events?limit=3`);
    expect(pages.map(({ items }) => items.length)).toEqual([3, 1]);
    const { message, ...fields } = TICKET;
    const given = { tags: ["billing"], priority: "high", external_id: null, follow_up_of: null };
    expect(pages.flatMap(({ items }) => items.map(({ version, type, data }) => ({ version, type, data })))).toEqual([
      { version: 1, type: "ticket.created", data: { ...fields, ...given, body: message } },
      { version: 2, type: "status.updated", data: { status: "pending", previous_status: "open" } },
      { version: 3, type: "message.added", data: { from: "customer", status: "open", body: "It does not" } },
      { version: 4, type: "note.added", data: { body: "Call them" } },
    ]);
  });

  test("of 8 messages of 256 KB comes by pages that fit, and loses nothing", async () => {
    const texts = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(256 * 1024));
    const { id } = await desk.create({ message: texts[0] });
    for (const body of texts.slice(1)) await desk.command(id, "messages", { body, from: "agent" });
    const shown = await walk<TicketDetails>(`/tickets/${id}?limit=100`);
    expect(shown.flatMap(({ conversation }) => conversation.items.map(({ body }) => body))).toEqual(texts);
    expect(shown.map(({ conversation }) => conversation.items.length)).toEqual([4, 4]);
    const recorded = await walk<{ items: HistoryItem[] }>(`/tickets/${id}/events?limit=100`);
    expect(recorded.flatMap(({ items }) => items.map(({ data }) => data["body"]))).toEqual(texts);
    expect(recorded.map(({ items }) => items.length)).toEqual([4, 4]);
  });
});

test("the links of a list lead through all of it, whatever its filters say", async () => {
  const customer_id = "größe & co/é+ 100%?#[]😀";
  const ids: string[] = [];
  for (let number = 0; number < 7; number++) {
    desk.time.now += 1;
    ids.unshift((await desk.create({ customer_id })).id);
  }
  await desk.deliverSent();
  const query = `customer_id=${encodeURIComponent(customer_id)}&status=open&status=pending&has_note=false`;
  const pages = await walk<Page>(`/tickets?${query}&limit=3`);
  expect(pages.map(({ items }) => items.map(({ id }) => id))).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  const skipped = await walk<Page>(`/tickets?skip=1&limit=3&${query}`);
  expect(skipped.flatMap(({ items }) => items.map(({ id }) => id))).toEqual(ids.slice(1));
});
