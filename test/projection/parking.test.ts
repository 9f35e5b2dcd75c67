import { beforeEach, describe, expect, test } from "vitest";
import { clientOf, LOST } from "../consistency/client.ts";
import { caller, root } from "../http/callers.ts";
import { NOBODY, refused } from "../http/problem.ts";
import { generateLines, ndjson } from "../oracle/lines.ts";
import { aboutTickets, answered, emptyTables, service, tableSizes, WRITES_ROWS } from "../service.ts";
import { HOUR, message, mortal, poisoned, standing } from "./poison.ts";

beforeEach(emptyTables);

const ERROR = "Error: a bad ticket cannot be projected";
const DEAD_LETTERS = "ticket-projections-dead";

/** A bad ticket after all its attempts. */
async function parked(given = poisoned(), subject = "bad") {
  const { id } = await given.desk.create({ subject });
  given.desk.sent.length = 0;
  for (let attempts = 0; attempts < 5; attempts++) await given.desk.deliver([message(id)]);
  expect(await standing(id)).toMatchObject({ parked_at: given.desk.time.now });
  return { ...given, id };
}

describe("a ticket that cannot be projected", () => {
  test.each([0, 0.5, 0.99])("is retried with growing delays, spread by jitter, then parked: %f", async (random) => {
    const { desk } = poisoned(random);
    const { id } = await desk.create({ subject: "bad" });
    for (let attempts = 1; attempts <= 4; attempts++) {
      const { retryMessages, explicitAcks } = await desk.deliver([message(id)]);
      const delay = 1_000 * 2 ** attempts * (1 - random / 2);
      expect(explicitAcks).toEqual([]);
      expect(retryMessages).toMatchObject([{ msgId: "message-0" }]);
      const due_at = desk.time.now + Math.trunc(delay);
      expect(await standing(id)).toMatchObject({ version: 1, attempts, due_at, parked_at: null, error: ERROR });
      desk.time.now += delay;
    }
    const last = await desk.deliver([message(id)]);
    expect(last).toMatchObject({ retryMessages: [], explicitAcks: ["message-0"] });
    const { now } = desk.time;
    expect(await standing(id)).toMatchObject({ attempts: 5, parked_at: now, due_at: now + HOUR, error: ERROR });
    const fields = expect.objectContaining({ ticket_id: id, attempts: 5, reason: ERROR });
    expect(desk.log).toContainEqual({ level: "error", event: "projection.parked", fields });
  });

  test("holds up no other of its batch", async () => {
    const { desk } = poisoned();
    for (let index = 0; index < 40; index++) await desk.create({ subject: index % 13 === 5 ? "bad" : "good" });
    const { explicitAcks, retryMessages } = await desk.deliver(desk.sent.splice(0));
    expect(explicitAcks).toHaveLength(37);
    expect(retryMessages.map(({ msgId }) => msgId)).toEqual(["message-5", "message-18", "message-31"]);
    expect(await tableSizes()).toMatchObject({ read_tickets: 37, projection_backlog: 3 });
  });

  test("stays in the backlog when it is parked, and holds as_of back: nothing is dropped because nobody looked", async () => {
    const { desk, id } = await parked();
    const first = new Date(desk.time.now).toISOString();
    desk.time.now += 60_000;
    const { id: other } = await desk.create();
    await desk.deliverSent();
    for (let minutes = 0; minutes < 5; minutes++) {
      desk.time.now += 60_000;
      await desk.sweep();
      await desk.deliverSent();
    }
    expect(await standing(id)).toMatchObject({ version: 1, attempts: 5 });
    expect(await desk.list()).toMatchObject({ items: [{ id: other }], as_of: first });
  });

  test("gets all its attempts again with a new version", async () => {
    const { desk, state, id } = await parked();
    const before = await standing(id);
    desk.time.now += 5_000;
    await desk.command(id, "notes", { note: "n" });
    const zero = { version: 2, attempts: 0, sweeps: 0, parked_at: null, error: null };
    const { first_seq, first_recorded_at } = before ?? {};
    expect(await standing(id)).toMatchObject({ ...zero, first_seq, first_recorded_at, due_at: desk.time.now + 10_000 });
    // A late message about the old version proves nothing about the new one.
    expect(await desk.deliver([message(id, 1)])).toMatchObject({ retryMessages: [] });
    expect(await standing(id)).toMatchObject(zero);
    state.healed = true;
    await desk.deliverSent();
    expect(await desk.list()).toMatchObject({ items: [{ id, version: 2 }] });
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
  });
});

test("a database that is away costs no attempt and parks nothing, for as long as it takes", async () => {
  for (const calls of ["last_message_cut", WRITES_ROWS]) {
    await emptyTables();
    const desk = service();
    const { id } = await desk.create();
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => sql.includes(calls))) throw new Error(LOST);
    };
    for (let times = 0; times < 10; times++) {
      expect(await desk.deliver([message(id)])).toMatchObject({ explicitAcks: [] });
      desk.time.now += 60_000;
      await desk.sweep();
      expect(await desk.deliver([message(id)], DEAD_LETTERS)).toMatchObject({ explicitAcks: [] });
    }
    expect(await standing(id)).toMatchObject({ attempts: 0, sweeps: 3, parked_at: null, error: null });
    desk.hooks.before = async () => {};
    desk.time.now += 60_000;
    await desk.sweep();
    expect(await desk.list()).toMatchObject({ items: [{ id }] });
  }
});

describe("the dead-letter queue", () => {
  test("tries each ticket once more, by itself, and parks what fails", async () => {
    const { desk, tried } = poisoned();
    const good = await desk.create();
    const bad = await desk.create({ subject: "bad" });
    const messages = [message(bad.id), message(good.id), message(bad.id), message(NOBODY)];
    const result = await desk.deliver(messages, DEAD_LETTERS);
    expect(result).toMatchObject({ retryMessages: [] });
    expect(result.explicitAcks).toHaveLength(4);
    expect(tried).toEqual(["bad"]);
    expect(await standing(bad.id)).toMatchObject({ attempts: 1, parked_at: desk.time.now, error: ERROR });
    expect(await desk.list()).toMatchObject({ items: [{ id: good.id }] });
  });

  test("parks a ticket that ends the worker each time", async () => {
    const { desk, tried, revive } = mortal();
    const { id } = await desk.create({ subject: "bad" });
    const good = await desk.create();
    for (let times = 1; times <= 5; times++) {
      const result = await desk.deliver([message(id), message(good.id)], DEAD_LETTERS);
      expect(result.explicitAcks).toEqual([]);
      revive();
      expect(await standing(id)).toMatchObject({ attempts: times, parked_at: null });
    }
    expect((await desk.deliver([message(id), message(good.id)], DEAD_LETTERS)).explicitAcks).toHaveLength(2);
    expect(tried).toHaveLength(5);
    expect(await standing(id)).toMatchObject({ attempts: 5, error: expect.stringContaining("ended the worker") });
    expect(await desk.list()).toMatchObject({ items: [{ id: good.id }] });
  });
});

describe("parked tickets are retried", () => {
  test("by the sweep, alone, an hour after each attempt", async () => {
    const { desk, state, tried, id } = await parked();
    tried.length = 0;
    const parkedAt = desk.time.now;
    for (let hours = 1; hours <= 3; hours++) {
      desk.time.now += HOUR - 1;
      await desk.sweep();
      expect(tried).toHaveLength(hours - 1);
      desk.time.now += 1;
      await desk.sweep();
      expect(tried).toHaveLength(hours);
      const due_at = desk.time.now + HOUR;
      expect(await standing(id)).toMatchObject({ attempts: 5 + hours, parked_at: parkedAt, due_at, error: ERROR });
    }
    state.healed = true;
    desk.time.now += HOUR;
    await desk.sweep();
    expect(await desk.list()).toMatchObject({ items: [{ id }] });
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
  });

  test("by hand, at once, one by one", async () => {
    const { desk, state, id } = await parked();
    const retry = (ticket: string) => clientOf(desk).post(`/projections/parked/${ticket}/retry`, undefined);
    expect(await answered(await retry(id), 200)).toEqual({ ticket_id: id, projected: false, error: ERROR });
    expect(await standing(id)).toMatchObject({ attempts: 6, error: ERROR });
    const { id: waiting } = await desk.create();
    for (const other of [waiting, NOBODY]) await refused(retry(other), 404, "not-parked");
    await refused(retry("no-uuid"), 404, "ticket-not-found");
    state.healed = true;
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes(WRITES_ROWS)) throw new Error(LOST);
    };
    await refused(retry(id), 503, "temporarily-unavailable");
    expect(await standing(id)).toMatchObject({ attempts: 6, error: ERROR });
    desk.hooks.before = async () => {};
    expect(await answered(await retry(id), 200)).toEqual({ ticket_id: id, projected: true, error: null });
    expect(await standing(id)).toBeNull();
    await refused(retry(id), 404, "not-parked");
  });

  test("by hand while it changes: it is not said to be projected", async () => {
    const { desk, id } = await parked();
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes("last_message_cut")) await service().command(id, "notes", { note: "n" });
    };
    const response = await clientOf(desk).post(`/projections/parked/${id}/retry`, undefined);
    expect(await answered(response, 200)).toEqual({ ticket_id: id, projected: false, error: null });
    expect(await standing(id)).toMatchObject({ version: 2, attempts: 0, parked_at: null });
  });

  test("by hand, all of them, through the queue", async () => {
    const given = await parked();
    const { desk, state } = given;
    desk.time.now += 1_000;
    const { id } = await parked(given, "bad as well");
    const { id: good } = await desk.create();
    desk.sent.length = 0;
    const retry = () => clientOf(desk).post("/projections/parked/retry", undefined);
    expect(await answered(await retry(), 202)).toEqual({ retried: 2 });
    expect(await standing(id)).toMatchObject({ attempts: 0, sweeps: 0, parked_at: null, due_at: desk.time.now });
    expect(
      aboutTickets(desk.sent)
        .map(({ ticket_id }) => ticket_id)
        .toSorted(),
    ).toEqual([given.id, id].toSorted());
    expect(await answered(await retry(), 202)).toEqual({ retried: 0 });
    state.healed = true;
    await desk.deliverSent();
    expect((await desk.list()).items.map((item) => item.id).toSorted()).toEqual([given.id, id].toSorted());
    expect(await standing(good)).toMatchObject({ attempts: 0 });
  });
});

test("everybody can see what is parked, since when and why", async () => {
  const given = await parked();
  const { desk } = given;
  const at = (milliseconds: number) => new Date(milliseconds).toISOString();
  const first = desk.time.now;
  desk.time.now += 1_000;
  const { id } = await parked(given, "bad as well");
  await desk.create({ subject: "bad, but new" });
  const common = { workspace_id: "default", version: 1, attempts: 5, error: ERROR };
  const times = (when: number) => ({
    parked_at: at(when),
    next_attempt_at: at(when + HOUR),
    oldest_change_at: at(when),
  });
  expect(await answered(await desk.get("/projections/parked"), 200)).toEqual({
    items: [
      { ticket_id: given.id, ...common, ...times(first) },
      { ticket_id: id, ...common, ...times(first + 1_000) },
    ],
    total: 2,
  });
  expect(await answered(await desk.get("/projections"), 200)).toMatchObject({ backlog: { count: 3 }, parked: 2 });
});

test("the operator sees and retries what is parked in any workspace", async () => {
  const { desk, state } = poisoned();
  const acme = caller(desk, (await root(desk).makeKey({ workspace_id: "acme" })).key);
  const ticket = { customer_id: "cus-1", subject: "bad", message: "How does it work?" };
  const ids: string[] = [];
  for (let made = 0; made < 2; made++) {
    ids.push((await answered<{ id: string }>(await acme.post("/tickets", ticket), 201)).id);
    const messages = desk.sent.splice(0);
    for (let attempts = 0; attempts < 5; attempts++) await desk.deliver(messages);
  }
  const page = await answered<{ items: { ticket_id: string }[] }>(await desk.get("/projections/parked"), 200);
  expect(page).toMatchObject({ items: [{ workspace_id: "acme" }, { workspace_id: "acme" }], total: 2 });
  expect(page.items.map(({ ticket_id }) => ticket_id)).toEqual(ids);
  state.healed = true;
  const [first, second] = ids;
  const retried = await desk.post(`/projections/parked/${first}/retry`, undefined);
  expect(await answered(retried, 200)).toMatchObject({ projected: true });
  expect(await answered(await desk.post("/projections/parked/retry", undefined), 202)).toEqual({ retried: 1 });
  expect(aboutTickets(desk.sent)).toEqual([{ workspace_id: "acme", ticket_id: second, version: 1 }]);
  await desk.deliverSent();
  expect(await answered<{ items: unknown[] }>(await acme.get("/tickets"), 200)).toMatchObject({
    items: [{ id: second }, { id: first }],
  });
});

describe("nothing stays unswept", () => {
  test.each([
    ["a day ahead, then right", 24 * HOUR],
    ["a minute ahead, then right", 60_000],
    ["a year behind, then right", -365 * 24 * HOUR],
  ])("after a clock that ran %s", async (_, jump) => {
    const given = poisoned();
    const { desk, state } = given;
    desk.time.now += jump;
    const { id } = await parked(given);
    await desk.create();
    await desk.create({ subject: "bad" });
    for (let minutes = 0; minutes < 3; minutes++) {
      desk.time.now += 60_000;
      await desk.sweep();
    }
    // No sweep has seen this one yet.
    await desk.create();
    desk.sent.length = 0;
    desk.time.now -= jump;
    state.healed = true;
    for (let minutes = 0; minutes < 70; minutes++) {
      desk.time.now += 60_000;
      await desk.sweep();
      await desk.deliverSent();
    }
    expect((await desk.list()).items).toHaveLength(4);
    expect(await standing(id)).toBeNull();
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
  });

  test("with a queue that takes nothing: two sweeps bring a backlog of 250 tickets to zero", async () => {
    const desk = service({ queue: { sendBatch: () => Promise.reject(new Error("Queue is overloaded")) } });
    await answered(await desk.post("/tickets/import", ndjson(generateLines(250, 3)), "application/x-ndjson"), 200);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 250 });
    for (let sweeps = 0; sweeps < 2; sweeps++) {
      desk.time.now += 60_000;
      await desk.sweep();
    }
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0, read_tickets: 250 });
  });
});
