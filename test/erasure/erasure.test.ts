import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { TicketEvent } from "../../src/domain/events.ts";
import { evolve, type Ticket } from "../../src/domain/ticket.ts";
import { COLLECT_MS } from "../../src/erasure/search-purge.ts";
import { caller } from "../http/callers.ts";
import { ndjson } from "../oracle/lines.ts";
import { aboutTickets, answered, emptyTables, KEY, service } from "../service.ts";
import { everything, tablesWith } from "./everything.ts";

/** A word of its own in every text and id of the customer, so that one that is left tells where it came from. */
const WORDS = [
  ...["zqsubject", "zqopening", "zqmessage", "zqreply", "zqnote", "zqtag", "zqnewtag", "zqexternal", "zqcustomer"],
  ...["zqimported", "zqline", "zqrefused", "zqunread", "zqletter"],
] as const;

const desk = service();
const root = caller(desk, KEY);

interface Erasure {
  readonly erased: number;
  readonly remaining: number;
}

const erase = async (id: string, status = 200): Promise<Erasure> => {
  const response = await root.delete(`/customers/${encodeURIComponent(id)}`);
  if (response.status === 500) console.log(JSON.stringify(desk.log.filter(({ level }) => level === "error")));
  return await answered(response, status);
};

beforeEach(async () => {
  await emptyTables();
  desk.sent.length = 0;
});

/** A customer with all that can be known of one, everywhere where anything is kept. */
async function known(): Promise<{ id: string; other: string; imported: string }> {
  const { id } = await desk.create({
    customer_id: "zqcustomer",
    subject: "About zqsubject",
    message: "Hello zqopening",
    tags: ["zqtag"],
    external_id: "zqexternal-1",
  });
  await desk.command(id, "messages", { from: "customer", body: "And zqmessage" });
  await desk.command(id, "messages", { from: "agent", body: "Yes zqreply" });
  await desk.command(id, "notes", { note: "Beware zqnote" });
  await desk.command(id, "tags", { tags: ["zqnewtag"] });
  await desk.command(id, "status", { new_status: "pending" });
  await desk.command(id, "assignee", { assignee_id: "ada" });
  const line = {
    external_id: "zqexternal-2",
    customer_id: "zqcustomer",
    subject: "zqimported",
    message: "zqline",
    created_at: 1,
  };
  const refused = { external_id: "zqexternal-zqrefused", customer_id: "zqcustomer", zqunknown: 1 };
  await root.ask("POST", "/tickets/import", ndjson([line, refused]), {
    ...{ "Content-Type": "application/x-ndjson", "Idempotency-Key": "import-1" },
  });
  const { id: other } = await desk.create({
    customer_id: "somebody",
    subject: "Theirs",
    message: "stays",
    tags: ["kept"],
  });
  await desk.deliverSent();
  await desk.deliver([{ customer_id: "zqcustomer", text: "zqunread" }, `{"ticket": "${id}", "text": "zqletter"`]);
  const { results } = await env.DB.prepare("SELECT id FROM tickets WHERE external_id = 'zqexternal-2'").all<{
    id: string;
  }>();
  return { id, other, imported: results[0]?.id ?? "" };
}

/** Where which words are. The indexes of the search tables keep theirs until they are merged. */
async function left({ inIndexes }: { inIndexes: boolean }): Promise<Record<string, string[]>> {
  const all = (await everything()).filter(({ table }) => inIndexes || !table.endsWith("_data"));
  const found = WORDS.map((word) => [word, tablesWith(all, word)] as const);
  return Object.fromEntries(found.filter(([, tables]) => tables.length > 0));
}

/** Holds the database to it that no word is left, and none in an index after the cron has merged it. */
async function nothingLeft(): Promise<void> {
  expect(await left({ inIndexes: false })).toEqual({});
  desk.time.now += COLLECT_MS;
  await desk.sweep();
  await desk.deliverSent();
  expect(await left({ inIndexes: true })).toEqual({});
}

test("every word of the customer is somewhere before, and nowhere after", async () => {
  await known();
  expect(Object.keys(await left({ inIndexes: true }))).toEqual(WORDS);
  expect(await erase("zqcustomer")).toEqual({ erased: 2, remaining: 0 });
  expect(await left({ inIndexes: false })).toEqual({});
  await desk.deliverSent();
  await nothingLeft();
});

test("the ticket stays, without its texts: details, history and list", async () => {
  const { id, other } = await known();
  const before = await answered<Record<string, unknown>>(await desk.get(`/tickets/${id}`), 200);
  await erase("zqcustomer");
  await desk.deliverSent();
  const after = await answered<Record<string, unknown>>(await desk.get(`/tickets/${id}`), 200);
  const nobodys = { customer_id: null, subject: null, external_id: null, tags: [], message: null, agent_note: null };
  expect(after).toMatchObject({
    ...nobodys,
    status: "pending",
    assignee_id: "ada",
    version: 8,
    created_at: before["created_at"],
  });
  expect(after["erased_at"]).toEqual(expect.any(String));
  const { items } = await answered<{ items: { type: string; data: Record<string, unknown> }[] }>(
    await desk.get(`/tickets/${id}/events`),
    200,
  );
  expect(items.map(({ type, data }) => [type, data])).toEqual([
    [
      "ticket.created",
      {
        ...{ customer_id: null, subject: null, body: null, tags: [], external_id: null, follow_up_of: null },
        priority: "normal",
      },
    ],
    ["message.added", { from: "customer", body: null }],
    ["message.added", { from: "agent", body: null }],
    ["note.added", { body: null }],
    ["tags.updated", { tags: [], previous_tags: [] }],
    ["status.updated", { status: "pending", previous_status: "open" }],
    ["assignee.updated", { assignee_id: "ada", previous_assignee_id: null }],
    ["ticket.erased", {}],
  ]);
  const page = await desk.list();
  const item = page.items.find((one) => one.id === id);
  expect(item).toMatchObject({
    subject: null,
    customer_id: null,
    preview: "",
    has_note: true,
    message_count: 3,
    version: 8,
  });
  expect(page.items.find((one) => one.id === other)).toMatchObject({ subject: "Theirs", customer_id: "somebody" });
});

test("an erased ticket is the fold of its emptied events", async () => {
  const { id, imported } = await known();
  await erase("zqcustomer");
  for (const ticketId of [id, imported]) {
    const { results: rows } = await env.DB.prepare("SELECT * FROM ticket_events WHERE ticket_id = ?1 ORDER BY version")
      .bind(ticketId)
      .all<Omit<TicketEvent, "fact"> & { type: string; body: string | null; data: string }>();
    const folded = rows.reduce<Ticket | undefined>((ticket, { type, body, data, ...event }) => {
      const { workspace_id, version, event_id, agent_id, occurred_at } = event;
      const fact = { type, body, ...JSON.parse(data) } as TicketEvent["fact"];
      return evolve(ticket, { workspace_id, ticket_id: ticketId, version, event_id, agent_id, occurred_at, fact });
    }, undefined);
    const stored = await env.DB.prepare("SELECT * FROM tickets WHERE id = ?1").bind(ticketId).first<{ tags: string }>();
    expect({ ...stored, tags: JSON.parse(stored?.tags ?? "") }).toEqual(folded);
  }
});

test("the counts stay", async () => {
  await known();
  const counts = async () => (await env.DB.prepare("SELECT * FROM read_tallies ORDER BY 1, 2").all()).results;
  const before = await counts();
  const rows = await env.DB.prepare("SELECT count(*) AS n FROM read_tickets").first();
  await erase("zqcustomer");
  await desk.deliverSent();
  expect(await counts()).toEqual(before);
  expect(await env.DB.prepare("SELECT count(*) AS n FROM read_tickets").first()).toEqual(rows);
});

describe("nothing comes back", () => {
  test("with messages that are late, doubled or of old versions", async () => {
    const { id } = await known();
    const late = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((version) => ({ workspace_id: "default", ticket_id: id, version }));
    await erase("zqcustomer");
    await desk.deliver([...late, ...late]);
    await desk.deliverSent();
    await desk.deliver(late.toReversed());
    await nothingLeft();
  });

  test("with a projection that read the ticket before and writes its row after", async () => {
    const { id } = await desk.create({ customer_id: "zqcustomer", subject: "zqsubject", message: "zqopening" });
    let once = true;
    desk.hooks.before = async (statements) => {
      if (!once || !statements.some((sql) => sql.includes("INTO read_tickets"))) return;
      once = false;
      await erase("zqcustomer");
      // What it stands for in the queue is lost.
      desk.sent.length = 0;
    };
    await desk.deliver([{ workspace_id: "default", ticket_id: id, version: 1 }]);
    desk.hooks.before = async () => {};
    expect(once).toBe(false);
    expect(await left({ inIndexes: false })).toEqual({});
    desk.time.now += 60_000;
    await desk.sweep();
    await desk.deliverSent();
    await nothingLeft();
    expect((await desk.list()).items).toMatchObject([{ id, subject: null, version: 2 }]);
  });

  test("with the same request and its idempotency key", async () => {
    const body = { customer_id: "zqcustomer", subject: "zqsubject", message: "zqopening" };
    const headers = { "Idempotency-Key": "once" };
    const { id } = await answered<{ id: string }>(await root.ask("POST", "/tickets", body, headers), 201);
    await erase("zqcustomer");
    const again = await root.ask("POST", "/tickets", body, headers);
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await answered(again, 201)).toEqual({ id, version: 1 });
    await desk.deliverSent();
    await nothingLeft();
  });

  test("with a rebuild and an audit, which finds nothing", async () => {
    await known();
    await erase("zqcustomer");
    await desk.deliverSent();
    await answered(await root.ask("POST", "/projections/rebuild"), 202);
    await desk.deliverSent();
    await nothingLeft();
    await answered(await root.ask("POST", "/projections/audit"), 202);
    await desk.deliverSent();
    const report = await answered<{ state: string; found: number }>(await root.get("/projections/audit"), 200);
    expect(report).toMatchObject({ state: "finished", found: 0 });
  });
});

describe("the request", () => {
  test("tells of a customer whom nobody knows what it tells of one who is erased", async () => {
    await known();
    await erase("zqcustomer");
    const again = await erase("zqcustomer");
    expect(again).toEqual({ erased: 0, remaining: 0 });
    expect(await erase("nobody")).toEqual(again);
    expect(await env.DB.prepare("SELECT * FROM erasures").all()).toMatchObject({ results: [] });
  });

  test("is about its own workspace only", async () => {
    const { id } = await desk.create({ customer_id: "cus-1" });
    await env.DB.prepare(
      "INSERT INTO dead_letters (queue, message_id, body, reason, kept_at) VALUES ('q', 'm', ?1, 'r', 1)",
    )
      .bind(JSON.stringify({ workspace_id: "default", customer_id: "cus-1" }))
      .run();
    const { key } = await answered<{ key: string }>(
      await root.post("/keys", { name: "theirs", role: "admin", workspace_id: "bolt" }),
      201,
    );
    expect(await answered(await caller(desk, key).delete("/customers/cus-1"), 200)).toEqual({
      erased: 0,
      remaining: 0,
    });
    expect(await answered(await desk.get(`/tickets/${id}`), 200)).toMatchObject({ customer_id: "cus-1" });
    expect(tablesWith(await everything(), '{"workspace_id":"default","customer_id":"cus-1"}')).toEqual([
      "dead_letters",
    ]);
  });

  test.each(["a/b", "ünï çödé", "100%", "?x=1&y#z", "O'Hara; --", '"quoted"', "*"])(
    "takes the id %s",
    async (customer_id) => {
      await desk.create({ customer_id });
      await desk.create({ customer_id: "another" });
      expect(await erase(customer_id)).toEqual({ erased: 1, remaining: 0 });
    },
  );

  test("leaves a token behind: a list that has it shows the erased tickets", async () => {
    await desk.create({ customer_id: "cus-1", subject: "Mine" });
    const response = await root.delete("/customers/cus-1");
    const list = await root.get("/tickets", { "Consistency-Token": response.headers.get("Consistency-Token") ?? "" });
    expect(await answered(list, 200)).toMatchObject({ items: [{ subject: null, version: 2 }] });
  });
});

describe("an erased ticket", () => {
  test("takes no texts, and all else", async () => {
    const { id } = await desk.create({ customer_id: "cus-1" });
    await erase("cus-1");
    for (const [path, body] of [
      ["messages", { from: "agent", body: "m" }],
      ["notes", { note: "n" }],
      ["tags", { tags: ["t"] }],
    ] as const) {
      const refusal = await answered(await desk.post(`/tickets/${id}/${path}`, body), 409);
      expect(refusal).toMatchObject({ type: "/problems/ticket-erased" });
    }
    await desk.command(id, "priority", { priority: "high" });
    await desk.command(id, "assignee", { assignee_id: "ada" });
    expect(await desk.command(id, "status", { new_status: "closed" })).toEqual({ id, version: 5 });
  });

  test("gives its external_id free, for an import that brings a new ticket", async () => {
    const line = { external_id: "e-1", customer_id: "cus-1", subject: "s", message: "m", created_at: 1 };
    const send = async () =>
      await answered(await desk.post("/tickets/import", ndjson([line]), "application/x-ndjson"), 200);
    expect(await send()).toMatchObject({ taken: 1 });
    expect(await send()).toMatchObject({ taken: 0, repeated: 1 });
    await erase("cus-1");
    expect(await send()).toMatchObject({ taken: 1 });
  });

  test("is told to the queue once, by its ids and its version", async () => {
    const { id } = await desk.create({ customer_id: "cus-1" });
    desk.sent.length = 0;
    await erase("cus-1");
    expect(aboutTickets(desk.sent)).toEqual([{ workspace_id: "default", ticket_id: id, version: 2 }]);
  });
});
