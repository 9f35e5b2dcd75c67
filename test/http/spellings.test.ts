import { beforeEach, describe, expect, test } from "vitest";
import { parseInstant } from "../../src/queries/instant.ts";
import { type Accepted, answered, emptyTables, KEY, type Page, service } from "../service.ts";
import { root } from "./callers.ts";

beforeEach(emptyTables);

describe("an id in capitals is the same id", () => {
  test("in the path of a ticket, and answers have it in small letters", async () => {
    const desk = service();
    const { id } = await desk.create();
    const ID = id.toUpperCase();
    expect(await answered(await desk.get(`/tickets/${ID}`), 200)).toMatchObject({ id });
    expect(await answered(await desk.get(`/tickets/${ID}/events`), 200)).toMatchObject({ items: [{ version: 1 }] });
    const commands = [
      ["status", { new_status: "pending" }],
      ["notes", { note: "n" }],
      ["messages", { body: "m", from: "agent" }],
      ["assignee", { assignee_id: "ada" }],
      ["priority", { priority: "high" }],
      ["tags", { tags: ["a"] }],
    ] as const;
    for (const [index, [path, body]] of commands.entries()) {
      expect(await desk.command(ID, path, body)).toEqual({ id, version: index + 2 });
    }
    await desk.deliverSent();
    expect((await desk.list()).items).toMatchObject([{ id, version: 7 }]);
  });

  test("in a bulk, which may not name a ticket in both spellings", async () => {
    const desk = service();
    const { id } = await desk.create();
    const command = { type: "AddAgentNote", note: "n" };
    const bulk = (ids: readonly string[]) => desk.post("/tickets/bulk", { ids, command });
    const { results } = await answered<{ results: unknown[] }>(await bulk([id.toUpperCase()]), 200);
    expect(results).toEqual([{ id, status: 200, version: 2 }]);
    expect(await answered(await bulk([id, id.toUpperCase()]), 422)).toMatchObject({
      errors: [{ pointer: "/ids", detail: "must not contain duplicates" }],
    });
  });

  test("in follow_up_of", async () => {
    const desk = service();
    const first = await desk.create();
    const second = await desk.create({ follow_up_of: first.id.toUpperCase() });
    expect(await answered(await desk.get(`/tickets/${second.id}`), 200)).toMatchObject({ follow_up_of: first.id });
  });

  test("in the path of a key", async () => {
    const desk = service();
    const { id } = await root(desk).makeKey();
    expect((await root(desk).delete(`/keys/${id.toUpperCase()}`)).status).toBe(204);
    expect((await root(desk).delete(`/keys/${id}`)).status).toBe(204);
  });

  test("for an idempotency key: the request is the same", async () => {
    const desk = service();
    const { id } = await desk.create();
    const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", "Idempotency-Key": "k" };
    const note = (of: string) =>
      desk.fetch(`/tickets/${of}/notes`, { method: "POST", headers, body: JSON.stringify({ note: "n" }) });
    expect(await answered<Accepted>(await note(id), 200)).toEqual({ id, version: 2 });
    const again = await note(id.toUpperCase());
    expect(again.headers.get("Idempotent-Replayed")).toBe("true");
    expect(await answered<Accepted>(again, 200)).toEqual({ id, version: 2 });
  });

  test("for the token of a reader: the list waits for the write", async () => {
    const desk = service();
    const { id } = await desk.create();
    await desk.deliverSent();
    const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" };
    const body = JSON.stringify({ note: "n" });
    const written = await desk.fetch(`/tickets/${id.toUpperCase()}/notes`, { method: "POST", headers, body });
    const token = written.headers.get("Consistency-Token") ?? "";
    // Nothing is delivered: without the token, the list would show the first version.
    const listed = await desk.fetch("/tickets", { headers: { ...headers, "Consistency-Token": token } });
    expect(await answered<Page>(listed, 200)).toMatchObject({ items: [{ id, version: 2 }] });
  });
});

describe("a time", () => {
  const NOON = Date.UTC(2026, 10, 23, 12);

  test.each([
    ["2026-11-23T12:00:00Z", NOON],
    ["2026-11-23t12:00:00z", NOON],
    ["2026-11-23T12:00Z", NOON],
    ["2026-11-23T12:00:00-00:00", NOON],
    ["2026-11-23T13:30:00+01:30", NOON],
    ["2026-11-23T12:00:00.5Z", NOON + 500],
    ["2026-11-23T12:00:00.892Z", NOON + 892],
    ["2026-11-23T12:00:00.8920000Z", NOON + 892],
    ["2026-11-23T12:00:00.8929Z", NOON + 893],
    ["2026-11-23T12:00:00.89200000000000001Z", NOON + 893],
    ["2026-11-23T12:00:00.9999Z", NOON + 1_000],
    ["1969-12-31T23:59:59.9991Z", 0],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    // Leap seconds: the beginning of the next second, in any offset.
    ["2016-12-31T23:59:60Z", Date.UTC(2017, 0, 1)],
    ["2016-12-31T23:59:60.7Z", Date.UTC(2017, 0, 1)],
    ["2017-01-01T00:59:60+01:00", Date.UTC(2017, 0, 1)],
  ])("%s is read", (text, at) => {
    expect(parseInstant(text)).toBe(at);
  });

  test.each([
    "",
    "2026-11-23",
    "2026-11-23T12:00:00",
    "2026-11-23 12:00:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T12:60:00Z",
    "2026-11-23T12:00:61Z",
    "2026-11-23T12:00:60Z",
    "2026-11-22T23:59:60Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-11-23T12:00:00+24:00",
    "2026-11-23T12:00:00.Z",
    "+002026-11-23T12:00:00Z",
  ])("%j is none", (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });

  test.each([
    ["updated_after", "12:00:00.8919Z", 1],
    ["updated_after", "12:00:00.892Z", 1],
    ["updated_after", "12:00:00.8929Z", 0],
    ["updated_before", "12:00:00.8919Z", 0],
    ["updated_before", "12:00:00.892Z", 0],
    ["updated_before", "12:00:00.8929Z", 1],
    ["created_after", "12:00:00.8929Z", 0],
    ["created_after", "12:00:00.8920Z", 1],
    ["created_before", "12:00:00.8929Z", 1],
    ["created_before", "12:00:00.8920Z", 0],
    ["updated_after", "12:00:00.8919z", 1],
  ])("as a bound is compared with all its decimals: %s=…%s finds %i", async (name, time, found) => {
    const desk = service();
    desk.time.now = NOON + 892;
    await desk.create();
    await desk.deliverSent();
    for (const sort of ["updated_at", "created_at"]) {
      const { items } = await desk.list(`?${name}=2026-11-23T${time}&sort=${sort}`);
      expect(items).toHaveLength(found);
    }
  });

  test("of a key's expiry may be written the same ways", async () => {
    const desk = service();
    const made = (expires_at: string) => root(desk).post("/keys", { name: "k", role: "agent", expires_at });
    const expiryOf = async (expires_at: string) =>
      (await answered<{ expires_at: string }>(await made(expires_at), 201)).expires_at;
    expect(await expiryOf("2027-01-01t00:00:00.0001z")).toBe("2027-01-01T00:00:00.001Z");
    expect(await expiryOf("2028-12-31T23:59:60Z")).toBe("2029-01-01T00:00:00.000Z");
    for (const none of ["2027-02-29T00:00:00Z", "9999-12-31T23:59:59.9999Z", "soon"]) {
      expect(await answered(await made(none), 422)).toMatchObject({ errors: [{ pointer: "/expires_at" }] });
    }
  });
});
