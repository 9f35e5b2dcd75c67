import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { blames, clientOf, type Desk } from "../consistency/client.ts";
import { NOBODY, refused } from "../http/problem.ts";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { type Accepted, aboutTickets, answered, emptyTables, service, tableSizes } from "../service.ts";

beforeEach(emptyTables);

const KEY = "Idempotency-Key";
const DAY = 24 * 60 * 60 * 1000;
const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const LINES = generateLines(3, 1);

interface Post {
  readonly name: string;
  readonly path: (id: string) => string;
  readonly body: unknown;
  readonly other: unknown;
  readonly status: number;
  /** Tickets that it touches. */
  readonly told: number;
}

/** Every POST, on an open ticket. */
const POSTS: readonly Post[] = [
  {
    name: "a create",
    path: () => "/tickets",
    body: TICKET,
    other: { ...TICKET, subject: "Another" },
    status: 201,
    told: 1,
  },
  change("status", { new_status: "pending" }, { new_status: "resolved" }),
  change("notes", { note: "Look at the log" }, { note: "Look again" }),
  change("messages", { body: "Hello", from: "agent" }, { body: "Hello", from: "customer" }),
  change("assignee", { assignee_id: "ada" }, { assignee_id: "ben" }),
  change("priority", { priority: "high" }, { priority: "low" }),
  change("tags", { tags: ["a", "b"] }, { tags: ["b", "a"] }),
  {
    name: "an import",
    path: () => "/tickets/import",
    body: ndjson(LINES),
    other: ndjson(LINES.slice(1)),
    status: 200,
    told: 3,
  },
];

function change(path: string, body: unknown, other: unknown): Post {
  return { name: `a command to ${path}`, path: (id) => `/tickets/${id}/${path}`, body, other, status: 200, told: 1 };
}

/** All that a client can tell two answers by. */
async function answerOf(response: Response) {
  const headers = ["ETag", "Location", "Content-Type"].map((name) => response.headers.get(name));
  return { status: response.status, body: await response.text(), headers };
}

const isReplay = (response: Response) => response.headers.get("Idempotent-Replayed") === "true";

/** What is in the database and on its way. */
async function effects({ sent }: Desk) {
  const { results } = await env.DB.prepare("SELECT id, version FROM tickets ORDER BY id").all();
  return { sizes: await tableSizes(), tickets: results, sent: [...sent] };
}

describe.each(POSTS)("$name", ({ path, body, other, status, told }) => {
  test("with the same key again is answered the same and does nothing, also when all has changed since", async () => {
    const desk = service();
    const { post } = clientOf(desk);
    const at = path((await desk.create()).id);
    const response = await post(at, body, { [KEY]: "k" });
    expect(response.status).toBe(status);
    expect(response.headers.has("Idempotent-Replayed")).toBe(false);
    const first = await answerOf(response);

    for (let times = 0; times < 2; times++) {
      const before = await effects(desk);
      const again = await post(at, body, { [KEY]: "k" });
      expect(isReplay(again)).toBe(true);
      expect(await answerOf(again)).toEqual(first);
      expect(await effects(desk)).toEqual(before);
      const { items } = await desk.list("?limit=100");
      expect(items).toHaveLength(times === 0 ? 0 : before.tickets.length);
      for (const ticket of before.tickets) await desk.command(String(ticket["id"]), "status", { new_status: "closed" });
      await desk.deliverSent();
    }
  });

  test("of 16 clients at once has one effect, and 16 equal answers", async () => {
    const desk = service();
    const { post } = clientOf(desk);
    const at = path((await desk.create()).id);
    desk.sent.length = 0;
    const { ticket_events: before = 0 } = await tableSizes();
    const lone = service();
    const responses = await Promise.all(Array.from({ length: 16 }, () => post(at, body, { [KEY]: "k" })));
    const answers = await Promise.all(responses.map(answerOf));
    expect(answers[0]?.status).toBe(status);
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    expect(responses.filter((response) => !isReplay(response))).toHaveLength(1);
    const sizes = await tableSizes();
    expect(sizes).toMatchObject({ idempotency_records: 1 });
    expect(new Set(aboutTickets(desk.sent).map(({ ticket_id }) => ticket_id)).size).toBe(told);
    expect(desk.sent).toHaveLength(told);
    // The same without a key, on other tickets, tells how many events one effect has.
    await env.DB.prepare("UPDATE tickets SET external_id = NULL").run();
    const one = await clientOf(lone).post(path((await lone.create()).id), body);
    expect(one.status).toBe(status);
    const { ticket_events: after = 0 } = await tableSizes();
    expect((sizes["ticket_events"] ?? 0) - before).toBe(after - (sizes["ticket_events"] ?? 0) - 1);
  });

  test("with the key of another request is refused, and nothing is written", async () => {
    const desk = service();
    const { post } = clientOf(desk);
    const [one, two] = [await desk.create(), await desk.create()];
    expect((await post(path(one.id), body, { [KEY]: "k" })).status).toBe(status);
    const before = await effects(desk);
    const others = [
      [path(one.id), other] as const,
      ...(path(one.id) === path(two.id) ? [] : [[path(two.id), body] as const]),
      ...POSTS.filter((post) => post.path("") !== path("")).map((post) => [post.path(one.id), post.body] as const),
    ];
    for (const [at, body] of others) await refused(post(at, body, { [KEY]: "k" }), 422, "idempotency-key-reused");
    expect(await effects(desk)).toEqual(before);
  });
});

describe("a key", () => {
  const desk = service();
  const { post } = clientOf(desk);
  const note = { note: "Look at the log" };

  test.each([
    ["a word", "k", '"k"'],
    ["with a backslash", String.raw`back\slash`, String.raw`"back\\slash"`],
    ["with a space", "two words", '"two words"'],
    ["with quotes inside", String.raw`"say \"hi\""`, String.raw`"say \"hi\""  `],
    ["of 255 characters", "k".repeat(255), `"${"k".repeat(255)}"`],
    ["of 255 escaped ones", `"${String.raw`\"`.repeat(255)}"`, `"${String.raw`\"`.repeat(255)}"`],
  ])("may be written bare or quoted: %s", async (_, one, other) => {
    const { id } = await desk.create();
    expect(isReplay(await post(`/tickets/${id}/notes`, note, { [KEY]: one }))).toBe(false);
    expect(isReplay(await post(`/tickets/${id}/notes`, note, { [KEY]: other }))).toBe(true);
  });

  test("is told from a longer one, one in other case, and one with quotes inside", async () => {
    const { id } = await desk.create();
    for (const key of ["k", "kk", "K", String.raw`"\"k\""`, "'k'"]) {
      expect(isReplay(await post(`/tickets/${id}/notes`, note, { [KEY]: key }))).toBe(false);
    }
    expect(await tableSizes()).toMatchObject({ ticket_events: 6, idempotency_records: 5 });
  });

  test.each([
    ["bare", "k".repeat(256)],
    ["quoted", `"${"k".repeat(256)}"`],
    ["escaped", `"${String.raw`\"`.repeat(256)}"`],
  ])("is refused when it has 256 characters, %s", async (_, key) => {
    await blames(await post("/tickets", TICKET, { [KEY]: key }), KEY);
    expect(await tableSizes()).toMatchObject({ tickets: 0 });
  });

  const malformed = ["", " ", '""', "clé", '"clé"', "k\t1", '"', '"k', 'k"'];
  test.each([...malformed, 'a"b', '"a"b"', '"k";v=1', '"k", "l"', String.raw`"k\"`, String.raw`"\k"`])(
    "is refused when it is %j",
    async (key) => {
      const { id } = await desk.create();
      const before = await effects(desk);
      await blames(await post(`/tickets/${id}/notes`, note, { [KEY]: key }), KEY);
      expect(await effects(desk)).toEqual(before);
    },
  );

  test("is refused by every POST alike", async () => {
    const { id } = await desk.create();
    const before = await effects(desk);
    for (const { path, body } of POSTS) await blames(await post(path(id), body, { [KEY]: '"k' }), KEY);
    expect(await effects(desk)).toEqual(before);
  });

  test("belongs to its workspace", async () => {
    const { id } = await desk.create();
    await answered(await post(`/tickets/${id}/notes`, note, { [KEY]: "k" }), 200);
    await env.DB.prepare("UPDATE idempotency_records SET workspace_id = 'another'").run();
    const response = await post(`/tickets/${id}/notes`, { note: "Mine" }, { [KEY]: "k" });
    expect(isReplay(response)).toBe(false);
    expect(await answered(response, 200)).toEqual({ id, version: 3 });
  });
});

test("a command that changes nothing has its record, and its answer again when the ticket has changed since", async () => {
  const desk = service();
  const { post } = clientOf(desk);
  const { id } = await desk.create();
  const reopen = () => post(`/tickets/${id}/status`, { new_status: "open" }, { [KEY]: "k" });
  expect(await answered(await reopen(), 200)).toEqual({ id, version: 1 });
  expect(await tableSizes()).toMatchObject({ ticket_events: 1, idempotency_records: 1 });
  await desk.command(id, "status", { new_status: "resolved" });
  const again = await reopen();
  expect(isReplay(again)).toBe(true);
  expect(again.headers.get("ETag")).toBe('"v1"');
  expect(await answered(again, 200)).toEqual({ id, version: 1 });
  expect(await tableSizes()).toMatchObject({ ticket_events: 2, idempotency_records: 1 });
});

describe("a refused command leaves no record, and its key is free", () => {
  const resolved = { new_status: "resolved" };
  test.each([
    ["by a rule", 409, "{id}/status", { new_status: "pending" }, {}],
    ["by its If-Match", 412, "{id}/notes", { note: "n" }, { "If-Match": '"v1"' }],
    ["for its body", 422, "{id}/notes", { note: "" }, {}],
    ["for a ticket that is not there", 404, `${NOBODY}/notes`, { note: "n" }, {}],
    ["for a follow-up of nothing", 422, "", { ...TICKET, follow_up_of: NOBODY }, {}],
    ["for a taken external_id", 409, "", { ...TICKET, external_id: "taken" }, {}],
  ])("%s", async (_, status, path, body, given) => {
    const desk = service();
    const { post } = clientOf(desk);
    const { id } = await desk.create({ external_id: "taken" });
    await desk.command(id, "status", resolved);
    const at = path === "" ? "/tickets" : `/tickets/${path.replace("{id}", id)}`;
    const before = await effects(desk);
    for (let times = 0; times < 2; times++) {
      expect((await post(at, body, { [KEY]: "k", ...given })).status).toBe(status);
      expect(await effects(desk)).toEqual(before);
    }
    const response = await post(`/tickets/${id}/notes`, { note: "free" }, { [KEY]: "k" });
    expect([response.status, isReplay(response)]).toEqual([200, false]);
  });

  test("and the same request may succeed later", async () => {
    const desk = service();
    const { post } = clientOf(desk);
    const { id } = await desk.create();
    await desk.command(id, "status", resolved);
    const pend = () => post(`/tickets/${id}/status`, { new_status: "pending" }, { [KEY]: "k" });
    await refused(pend(), 409, "transition-not-allowed");
    await desk.command(id, "status", { new_status: "open" });
    expect(await answered<Accepted>(await pend(), 200)).toEqual({ id, version: 4 });
  });
});

test("the record is the first statement of the transaction that has the event", async () => {
  const desk = service();
  const { post } = clientOf(desk);
  const { id } = await desk.create();
  for (const { path, body, told } of POSTS.filter(({ told }) => told === 1)) {
    desk.calls.length = 0;
    await post(path(id), body, { [KEY]: path("") });
    const writes = desk.calls.filter(({ rows_written }) => rows_written > 0);
    expect(writes).toHaveLength(told);
    expect(writes[0]?.statements[0]).toContain("INSERT INTO idempotency_records");
    expect(writes[0]?.statements.some((sql) => sql.includes("INSERT INTO ticket_events"))).toBe(true);
  }
});

test("the key is looked at before If-Match: an honest retry is replayed, not refused", async () => {
  const desk = service();
  const { post } = clientOf(desk);
  const { id } = await desk.create();
  const given = { [KEY]: "k", "If-Match": '"v1"' };
  expect((await post(`/tickets/${id}/notes`, { note: "n" }, given)).status).toBe(200);
  const again = await post(`/tickets/${id}/notes`, { note: "n" }, given);
  expect([again.status, isReplay(again)]).toEqual([200, true]);
  await refused(post(`/tickets/${id}/notes`, { note: "other" }, given), 422, "idempotency-key-reused");
});

describe("a record", () => {
  const desk = service();
  const note = async ({ post }: ReturnType<typeof clientOf>, id: string) =>
    isReplay(await post(`/tickets/${id}/notes`, { note: "n" }, { [KEY]: "k" }));

  test("is kept for 24 hours, and forgotten by the cron after", async () => {
    const { id } = await desk.create();
    expect(await note(clientOf(desk), id)).toBe(false);
    desk.time.now += DAY;
    await desk.sweep();
    expect(await note(clientOf(desk), id)).toBe(true);
    desk.time.now += 1;
    await desk.sweep();
    expect(await tableSizes()).toMatchObject({ idempotency_records: 0 });
    expect(await note(clientOf(desk), id)).toBe(false);
  });

  test("is forgotten in one pass, however many there are", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000)
       INSERT INTO idempotency_records (workspace_id, key, fingerprint, answer, created_at)
       SELECT iif(i % 2, 'default', 'bolt'), 'k' || i, 'f', '{"id":"x","version":1}', ?1 FROM n`,
    )
      .bind(desk.time.now)
      .run();
    desk.time.now += DAY;
    await desk.sweep();
    expect(await tableSizes()).toMatchObject({ idempotency_records: 12_000 });
    desk.time.now += 1;
    await desk.sweep();
    expect(await tableSizes()).toMatchObject({ idempotency_records: 0 });
  });

  test("ages by the database's clock, whatever the Workers' clocks say", async () => {
    const { id } = await desk.create();
    const slow = service();
    slow.time.now = desk.time.now - 2 * DAY;
    expect(await note(clientOf(slow), id)).toBe(false);
    await desk.sweep();
    await slow.sweep();
    expect(await note(clientOf(desk), id)).toBe(true);
  });
});
