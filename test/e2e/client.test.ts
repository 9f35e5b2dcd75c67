import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Client, type ClientOptions, createClient, KeyNotShown } from "../../src/client/index.ts";
import { copyProject, NpmStart } from "./npm-start.ts";
import { freePort } from "./ports.ts";

const TICKET = { subject: "A question", message: "How does it work?" };

const folder = copyProject("edgedesk-client-");
const PORT = await freePort();
const service = new NpmStart(folder, { PORT, PERSIST_TO: "data" });

beforeAll(() => service.ready());
afterAll(async () => {
  service.pressCtrlC();
  await service.ended;
  rmSync(folder, { recursive: true, force: true });
});

/** Nothing but this talks to the service. */
function connect(options: Partial<ClientOptions> = {}): Client {
  return createClient({ url: `http://127.0.0.1:${PORT}`, key: "edgedesk-local-key", ...options });
}

/** A client with a key of a workspace that has nothing in it yet. */
async function newcomer(role: "agent" | "admin", options: Partial<ClientOptions> = {}): Promise<Client> {
  const workspace_id = `desk-${randomUUID()}`;
  const { key } = await connect().keys.create({ name: "A test", role, workspace_id });
  return connect({ key, ...options });
}

/** The network as it can be: the service gets the request and answers, and the answer of the first try never arrives. */
function losingAnswers() {
  const met = new Set<string>();
  const lost: number[] = [];
  const fetch: ClientOptions["fetch"] = async (input, init) => {
    const response = await globalThis.fetch(input, init);
    const idempotencyKey = new Headers(init?.headers).get("Idempotency-Key");
    if (idempotencyKey === null || met.has(idempotencyKey)) return response;
    met.add(idempotencyKey);
    lost.push(response.status);
    throw new TypeError("fetch failed");
  };
  return { fetch, lost };
}

/** What a walk through all pages brings. */
async function all<Item>(listing: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of listing) items.push(item);
  return items;
}

const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);

test("nothing of the service comes with it: only hono's client", () => {
  const sources = join(import.meta.dirname, "../../src/client");
  const running = readdirSync(sources).map((file) => stripTypeScriptTypes(readFileSync(join(sources, file), "utf8")));
  const imported = running.flatMap((code) => [...code.matchAll(/from "([^"]+)"/gu)].map(([, source = ""]) => source));
  expect([...new Set(imported)].filter((source) => !source.startsWith("./"))).toEqual(["hono/client"]);
});

test("a ticket, from its first message to its end", async () => {
  const { tickets } = await newcomer("agent");
  const { id, version } = await tickets.create({
    customer_id: "cus-1",
    ...TICKET,
    priority: "high",
    tags: ["billing"],
  });
  expect(version).toBe(1);
  await tickets.addNote(id, { note: "Looks like the printer." });
  await tickets.addMessage(id, { from: "agent", body: "Have you tried to turn it off?" });
  const pending = await tickets.changeStatus(id, { new_status: "pending" }, { ifMatch: 3 });
  expect(pending).toEqual({ id, version: 4 });
  await tickets.addMessage(id, { from: "customer", body: "That helped." });

  const late = tickets.changeStatus(id, { new_status: "closed" }, { ifMatch: 4 });
  await expect(late).rejects.toMatchObject({ type: "precondition-failed", status: 412 });
  await tickets.changeStatus(id, { new_status: "closed" });
  const onClosed = tickets.addMessage(id, { from: "customer", body: "One more thing." });
  await expect(onClosed).rejects.toMatchObject({ type: "ticket-closed", requestId: expect.stringMatching(/./) });

  expect(await tickets.get(id)).toMatchObject({ status: "closed", agent_note: "Looks like the printer.", version: 6 });
  const conversation = await all(tickets.conversation(id, { limit: 2 }));
  expect(conversation.map(({ kind }) => kind)).toEqual(["message", "note", "message", "message"]);
  const events = await all(tickets.events(id, { limit: 1 }));
  expect(events.map(({ version }) => version)).toEqual([1, 2, 3, 4, 5, 6]);
});

test("what was written is in the next list, without waiting, also of what was written at once", async () => {
  const { tickets } = await newcomer("agent");
  for (let round = 1; round <= 5; round++) {
    const { id } = await tickets.create({ customer_id: "cus-1", ...TICKET });
    expect(ids((await tickets.list({ limit: 1 })).items)).toEqual([id]);
    const { version } = await tickets.addNote(id, { note: "n" });
    expect((await tickets.list({ has_note: true, limit: 1 })).items).toMatchObject([{ id, version, has_note: true }]);
  }
  // More at once than the tokens of one header can name.
  const many = await Promise.all(Array.from({ length: 40 }, () => tickets.create({ customer_id: "cus-2", ...TICKET })));
  const listed = await all(tickets.list({ customer_id: "cus-2", limit: 7 }));
  expect(ids(listed).toSorted()).toEqual(ids(many).toSorted());
});

test("an import is in the next list, however long the queue is", async () => {
  const { tickets } = await newcomer("admin");
  const lines = Array.from({ length: 1_000 }, (_, number) => ({
    ...{ external_id: `mail-${number}`, customer_id: "cus-1", created_at: number },
    ...TICKET,
  }));
  expect(await tickets.import(lines)).toMatchObject({ taken: 1_000, refused: [] });
  expect(await all(tickets.list({ limit: 100 }))).toHaveLength(1_000);
});

test("another process goes on with the token", async () => {
  const workspace_id = `desk-${randomUUID()}`;
  const { key } = await connect().keys.create({ name: "A test", role: "agent", workspace_id });
  const one = connect({ key });
  const { id } = await one.tickets.create({ customer_id: "cus-1", ...TICKET });
  const other = connect({ key, token: one.token });
  expect(ids((await other.tickets.list()).items)).toEqual([id]);
  const stranger = connect({ key });
  expect(ids((await stranger.tickets.list({}, { latest: true })).items)).toEqual([id]);
});

test("a key is made, used, changed for another while it is in use, and revoked", async () => {
  const admin = await newcomer("admin");
  const first = await admin.keys.create({ name: "The shop", role: "agent", agent_id: "ada" });
  const second = await admin.keys.create({ name: "The shop, from today", role: "agent", agent_id: "ada" });
  let current = first.key;
  const shop = connect({ key: () => current, retries: 0 });
  const { id } = await shop.tickets.create({ customer_id: "cus-1", ...TICKET });
  await shop.tickets.addNote(id, { note: "n" });
  const [, note] = (await shop.tickets.get(id)).conversation.items;
  expect(note).toMatchObject({ agent_id: "ada" });
  await expect(shop.keys.list()).rejects.toMatchObject({ type: "forbidden", status: 403 });

  current = second.key;
  await admin.keys.revoke(first.id);
  expect(ids((await shop.tickets.list()).items)).toEqual([id]);
  await expect(connect({ key: first.key }).tickets.list()).rejects.toMatchObject({ type: "unauthorized" });
  const keys = await all(admin.keys.list({ limit: 1 }));
  expect(keys.map(({ name, revoked_at }) => [name, revoked_at !== null])).toEqual([
    ["The shop, from today", false],
    ["The shop", true],
    ["A test", false],
  ]);
});

describe("an answer that is lost", () => {
  test("doubles nothing", async () => {
    const { fetch, lost } = losingAnswers();
    const { tickets } = await newcomer("admin", { fetch });
    const { id } = await tickets.create({ customer_id: "cus-1", ...TICKET });
    await tickets.addNote(id, { note: "n" });
    await tickets.addMessage(id, { from: "agent", body: "m" });
    expect(await tickets.changeStatus(id, { new_status: "pending" }, { ifMatch: 3 })).toEqual({ id, version: 4 });
    const line = { customer_id: "cus-2", ...TICKET, external_id: "mail-1", created_at: 1 };
    expect(await tickets.import([line])).toMatchObject({ taken: 1, repeated: 0, refused: [] });
    expect(lost).toEqual([201, 200, 200, 200, 200]);

    expect(await tickets.list({ customer_id: "cus-1" })).toMatchObject({ items: [{ id, version: 4, note_count: 1 }] });
    expect((await tickets.list({ customer_id: "cus-2" })).items).toHaveLength(1);
    expect(await all(tickets.events(id))).toHaveLength(4);
  });

  test("of a new key is an error that names it, so that it can be revoked", async () => {
    const { fetch, lost } = losingAnswers();
    const { keys } = await newcomer("admin", { fetch });
    const error = await keys.create({ name: "Lost", role: "agent" }).catch((error: unknown) => error);
    expect(lost).toEqual([201]);
    if (!(error instanceof KeyNotShown)) throw error;
    await keys.revoke(error.id);
    expect((await keys.list()).items[0]).toMatchObject({ name: "Lost", id: error.id, revoked_at: expect.any(String) });
  });
});

test("the operator sees how the read model stands, and has it compared and computed anew", async () => {
  const { projections } = connect();
  expect(await projections.status()).toMatchObject({ status: "ok", parked: 0 });
  expect(await projections.metrics()).toContain("# TYPE");
  expect(await projections.startAudit()).toMatchObject({ found: 0 });
  await expect.poll(() => projections.audit(), { timeout: 600_000 }).toMatchObject({ state: "finished", kinds: [] });
  await projections.startRebuild();
  await expect
    .poll(() => projections.rebuild(), { timeout: 600_000 })
    .toMatchObject({ state: "finished", drift_found: 0 });
  expect(await projections.parked()).toEqual({ items: [], total: 0 });
  expect(await projections.retryAll()).toEqual({ retried: 0 });
  await expect(projections.retry(randomUUID())).rejects.toMatchObject({ type: "not-parked" });
  expect(await projections.deadLetters()).toEqual({ items: [], total: 0 });
});

test("where nobody listens, the error says so", async () => {
  const nobody = connect({ url: "http://127.0.0.1:9", retries: 1 });
  await expect(nobody.tickets.list()).rejects.toMatchObject({
    name: "NoAnswer",
    message: expect.stringContaining("GET http://127.0.0.1:9/tickets got no answer"),
  });
});
