import { beforeEach, describe, expect, test } from "vitest";
import { futureTimes, importLineSchema, MAX_CLOCK_SKEW_MS } from "../../src/commands/import-line.ts";
import type { TicketListItem } from "../../src/queries/read-model/list.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";

beforeEach(emptyTables);

const NOW = Date.UTC(2026, 10, 23, 8);
const DAY = 24 * 60 * 60_000;

const line = (fields: Record<string, unknown>) => ({
  ...{ external_id: "e", customer_id: "c", subject: "s", message: "m", created_at: NOW - 10 * DAY },
  ...fields,
});
const message = (created_at: number, from = "agent") => ({ from, body: "b", created_at });
const note = (created_at: number) => ({ note: "n", created_at });

/** What is wrong with a line, with the service's clock at {@link NOW}. */
function errorsOf(fields: Record<string, unknown>) {
  const parsed = importLineSchema.safeParse(line(fields));
  if (!parsed.success) return parsed.error.issues.map((issue) => [`/${issue.path.join("/")}`, issue.message]);
  return futureTimes(parsed.data, NOW).map(({ pointer, detail }) => [pointer, detail]);
}

const FUTURE = "must not be in the future: the server time is 2026-11-23T08:00:00.000Z";
const SECONDS = "must be milliseconds since 1970, but looks like seconds: multiply by 1,000";
const LATER = NOW + MAX_CLOCK_SKEW_MS + 1;

test("another system's clock may be five minutes ahead", () => {
  expect(MAX_CLOCK_SKEW_MS).toBe(300_000);
});

describe("times of an import", () => {
  test.each([
    [{ created_at: LATER }, [["/created_at", FUTURE]]],
    [{ status_at: LATER }, [["/status_at", FUTURE]]],
    [{ messages: [message(NOW), message(LATER)] }, [["/messages/1/created_at", FUTURE]]],
    [{ notes: [note(NOW + 400 * DAY), note(NOW)] }, [["/notes/0/created_at", FUTURE]]],
    [
      { created_at: LATER, status_at: LATER, messages: [message(LATER)], notes: [note(LATER)] },
      ["/created_at", "/status_at", "/messages/0/created_at", "/notes/0/created_at"].map((at) => [at, FUTURE]),
    ],
    [{ created_at: 1_763_802_000 }, [["/created_at", SECONDS]]],
    [{ status_at: 1_763_802_000 }, [["/status_at", SECONDS]]],
    [{ messages: [message(1_763_802_000)] }, [["/messages/0/created_at", SECONDS]]],
    [{ notes: [note(100_000_000)] }, [["/notes/0/created_at", SECONDS]]],
    [{ created_at: 99_999_999_999 }, [["/created_at", SECONDS]]],
    [{ created_at: 1_763_802_000_000_000 }, [["/created_at", "must be milliseconds since 1970, up to the year 9999"]]],
    [{ status_at: NOW - 10 * DAY - 1 }, [["/status_at", "must not be before created_at"]]],
    [{ status: "closed", status_at: 0 }, [["/status_at", "must not be before created_at"]]],
  ])("%j is refused, with the field", (fields, errors) => {
    expect(errorsOf(fields)).toEqual(errors);
  });

  test.each([
    { created_at: NOW + MAX_CLOCK_SKEW_MS },
    { status_at: NOW + MAX_CLOCK_SKEW_MS, messages: [message(NOW + MAX_CLOCK_SKEW_MS)] },
    { status: "closed", status_at: NOW - 10 * DAY },
    { created_at: 0 },
    { created_at: 99_999_999 },
    { created_at: 100_000_000_000 },
    // Real archives have answers that are dated before their question.
    { messages: [message(NOW - 11 * DAY)], notes: [note(0)] },
  ])("%j is taken", (fields) => {
    expect(errorsOf(fields)).toEqual([]);
  });
});

/** Imports one line and shows what became of it. */
async function desk(fields: Record<string, unknown>) {
  const edgedesk = service();
  const show = async (): Promise<TicketListItem> => {
    await edgedesk.deliverSent();
    const { items } = await edgedesk.list();
    expect(items).toHaveLength(1);
    return items[0] as TicketListItem;
  };
  const send = async () =>
    await answered(await edgedesk.post("/tickets/import", JSON.stringify(line(fields)), "application/x-ndjson"), 200);
  return { edgedesk, show, send };
}

const iso = (at: number) => new Date(at).toISOString();

describe("over HTTP", () => {
  test("a note of the future is refused, by the service's own clock", async () => {
    const { edgedesk, send } = await desk({ notes: [note(NOW + 400 * DAY)] });
    expect(await send()).toMatchObject({
      ...{ taken: 0, refused_count: 1 },
      refused: [{ line: 1, external_id: "e", errors: [{ pointer: "/notes/0/created_at", detail: FUTURE }] }],
    });
    edgedesk.time.now += 400 * DAY;
    expect(await send()).toMatchObject({ taken: 1, refused: [] });
  });

  test("a closed ticket that its customer wrote to afterwards comes in closed, with all of it", async () => {
    const closed_at = NOW - 5 * DAY;
    const { edgedesk, show, send } = await desk({
      ...{ status: "closed", status_at: closed_at },
      messages: [message(NOW - 6 * DAY), message(closed_at + 1_000, "customer")],
      notes: [note(closed_at + 2_000)],
    });
    expect(await send()).toMatchObject({ taken: 1, refused: [] });
    const item = await show();
    expect(item).toMatchObject({
      ...{ status: "closed", closed_at: iso(closed_at), reopen_count: 0, message_count: 3, note_count: 1 },
      ...{ last_message_from: "customer", last_message_at: iso(closed_at + 1_000), waiting_since: null },
    });
    // It is closed as every other one.
    expect((await edgedesk.post(`/tickets/${item.id}/messages`, { from: "customer", body: "b" })).status).toBe(409);
  });

  test("of a reply before its question, no moment is before the ticket", async () => {
    const { show, send } = await desk({ messages: [message(0), message(1, "customer")], status: "resolved" });
    await send();
    const created = iso(NOW - 10 * DAY);
    expect(await show()).toMatchObject({
      ...{ created_at: created, updated_at: created, last_message_at: created, first_replied_at: created },
      resolved_at: created,
    });
  });
});

describe("a command has today's time, whatever came before", () => {
  test("on a ticket with a note 400 days ahead, which an earlier version took", async () => {
    const { edgedesk, show, send } = await desk({ notes: [note(NOW + 400 * DAY)] });
    edgedesk.time.now += 400 * DAY;
    await send();
    edgedesk.time.now = NOW;
    const { id, updated_at } = await show();
    expect(updated_at).toBe(iso(NOW + 400 * DAY));
    await edgedesk.command(id, "messages", { from: "agent", body: "An answer" });
    edgedesk.time.now += 1;
    await edgedesk.command(id, "status", { new_status: "closed" });
    expect(await show()).toMatchObject({
      ...{ last_message_at: iso(NOW), first_replied_at: iso(NOW), closed_at: iso(NOW + 1), updated_at: iso(NOW + 1) },
    });
  });

  test("in a bulk, and when it is erased", async () => {
    const { edgedesk, show, send } = await desk({ notes: [note(NOW + 400 * DAY)] });
    edgedesk.time.now += 400 * DAY;
    await send();
    edgedesk.time.now = NOW;
    const { id } = await show();
    const command = { type: "UpdateStatus", new_status: "closed" };
    await answered(await edgedesk.post("/tickets/bulk", { ids: [id], command }), 200);
    expect(await show()).toMatchObject({ closed_at: iso(NOW), updated_at: iso(NOW) });
    edgedesk.time.now += 1;
    const headers = { Authorization: `Bearer ${KEY}` };
    await answered(await edgedesk.fetch("/customers/c", { method: "DELETE", headers }), 200);
    expect(await show()).toMatchObject({ customer_id: null, updated_at: iso(NOW + 1) });
  });

  test("and never that of a worker whose clock is behind", async () => {
    const edgedesk = service();
    const { id } = await edgedesk.create();
    const times = async () => {
      const { items } = await answered<{ items: { occurred_at: string; recorded_at: string }[] }>(
        await edgedesk.get(`/tickets/${id}/events`),
        200,
      );
      return items.map(({ occurred_at }) => Date.parse(occurred_at));
    };
    for (const back of [1, 60_000, 3_600_000]) {
      edgedesk.time.now = NOW + 10 - back;
      await edgedesk.command(id, "notes", { note: `behind by ${back}` });
      edgedesk.time.now = NOW + 10;
      await edgedesk.command(id, "notes", { note: "again" });
      edgedesk.time.now = NOW - back;
      const command = { type: "AddAgentNote", note: "together" };
      await answered(await edgedesk.post("/tickets/bulk", { ids: [id], command }), 200);
    }
    const found = await times();
    expect(found).toEqual(found.toSorted((one, other) => one - other));
    expect(found.at(-1)).toBe(NOW + 10);
    edgedesk.time.now = NOW - 60_000;
    const headers = { Authorization: `Bearer ${KEY}` };
    await answered(await edgedesk.fetch("/customers/cus-1", { method: "DELETE", headers }), 200);
    expect((await times()).at(-1)).toBe(NOW + 10);
  });
});
