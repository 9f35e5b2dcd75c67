import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EdgedeskProblem, NoAnswer } from "../../src/client/index.ts";
import { clientWith, json, LOST, page, problem, type Reply, thrownBy } from "./stand-in.ts";

const NOW = Date.UTC(2026, 10, 23, 8);
const ACCEPTED = { id: "019a", version: 2 };
const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What a call brings, and the milliseconds that it took. */
async function timed<Result>(call: Promise<Result>): Promise<{ readonly result: Result; readonly took: number }> {
  const began = Date.now();
  const done = call.then((result) => ({ result, took: Date.now() - began }));
  done.catch(() => {});
  await vi.runAllTimersAsync();
  return await done;
}

const keys = (asked: readonly { headers: Headers }[]) => asked.map(({ headers }) => headers.get("Idempotency-Key"));

describe("what may pass is tried again", () => {
  test.each<[string, Reply]>([
    ["a lost connection", LOST],
    ["an answer whose body breaks off", () => new Response(new ReadableStream({ pull: (c) => c.error(LOST) }))],
    ["429", problem(429, "too-many-requests")],
    ["503", problem(503, "temporarily-unavailable")],
    [
      "a gateway's 502",
      new Response("<h1>Bad gateway</h1>", { status: 502, headers: { "Content-Type": "text/html" } }),
    ],
    ["a gateway's 504 without a body", new Response(null, { status: 504 })],
    ["a change that others were faster with", problem(409, "concurrent-change")],
  ])("%s", async (_, reply) => {
    const { client, asked } = clientWith([reply, reply, json(ACCEPTED)]);
    const { result, took } = await timed(client.tickets.addNote("019a", { note: "n" }));
    expect(result).toEqual(ACCEPTED);
    expect(asked).toHaveLength(3);
    // 250 and 500 ms, of which the random halves are nothing here.
    expect(took).toBe(375);
  });

  test("with the same body and the same Idempotency-Key, and a new one for each call", async () => {
    const { client, asked } = clientWith([LOST, json(ACCEPTED)]);
    await timed(client.tickets.create(TICKET));
    await timed(client.tickets.create(TICKET));
    const [lost, done, other] = keys(asked);
    expect(lost).toMatch(/^[0-9a-f-]{36}$/);
    expect(done).toBe(lost);
    expect(other).not.toBe(lost);
    expect(new Set(asked.map(({ body }) => body))).toEqual(new Set([JSON.stringify(TICKET)]));
  });

  test("with the caller's Idempotency-Key where there is one, and with none where nothing is written", async () => {
    const { client, asked } = clientWith([LOST, json(ACCEPTED), page([])]);
    await timed(client.tickets.create(TICKET, { idempotencyKey: "mail-1" }));
    await timed(client.tickets.list());
    expect(keys(asked)).toEqual(["mail-1", "mail-1", null]);
  });

  test("with the key of the moment", async () => {
    const given = ["old", "new"];
    const { client, asked } = clientWith([LOST, page([])], { key: async () => given.shift() ?? "none" });
    await timed(client.tickets.list());
    expect(asked.map(({ headers }) => headers.get("Authorization"))).toEqual(["Bearer old", "Bearer new"]);
  });
});

describe("Retry-After", () => {
  test.each([
    ["seconds", { "Retry-After": "7" }, 7_125],
    ["a date", { "Retry-After": new Date(NOW + 9_000).toUTCString() }, 9_125],
    [
      "a date by the clock of the service, which is an hour ahead",
      { "Retry-After": new Date(NOW + 3_603_000).toUTCString(), Date: new Date(NOW + 3_600_000).toUTCString() },
      3_125,
    ],
    ["a date that is over", { "Retry-After": new Date(NOW - 9_000).toUTCString() }, 125],
    ["nonsense", { "Retry-After": "soon" }, 125],
    ["nothing", {}, 125],
  ])("in %s", async (_, headers, pause) => {
    const { client } = clientWith([problem(429, "too-many-requests", headers), page(["a"])]);
    expect((await timed(client.tickets.list())).took).toBe(pause);
  });

  test("is shown where it is longer than the client's patience, which then does not wait at all", async () => {
    const { client, asked } = clientWith([problem(503, "not-configured", { "Retry-After": "60" })]);
    const { result: error, took } = await timed(thrownBy(client.tickets.list()));
    expect(error).toMatchObject({ type: "not-configured", retryAfter: 60 });
    expect({ took, tries: asked.length }).toEqual({ took: 0, tries: 1 });
  });
});

describe("it ends", () => {
  test("after so many tries, with the last error", async () => {
    const { client, asked } = clientWith([LOST, problem(503, "rebuilding")], { retries: 3 });
    expect(await timed(thrownBy(client.tickets.list()))).toMatchObject({ result: { type: "rebuilding" }, took: 875 });
    expect(asked).toHaveLength(4);
  });

  test("after so much time", async () => {
    const answer = problem(429, "too-many-requests", { "Retry-After": "10" });
    const { client, asked } = clientWith([answer], { patienceMs: 30_000 });
    const { result: error, took } = await timed(thrownBy(client.tickets.list()));
    expect(error).toBeInstanceOf(EdgedeskProblem);
    expect(took).toBeLessThan(30_000);
    expect(asked).toHaveLength(3);
  });

  test("at once where it was told to try once only", async () => {
    const { client, asked } = clientWith([LOST], { retries: 0 });
    const { result: error } = await timed(thrownBy(client.tickets.list()));
    expect(error).toBeInstanceOf(NoAnswer);
    expect(error).toMatchObject({
      message: "GET https://edgedesk.test/tickets got no answer: read ECONNRESET",
      cause: LOST,
    });
    expect(asked).toHaveLength(1);
  });

  test.each([
    [400, "invalid-query"],
    [401, "unauthorized"],
    [409, "ticket-closed"],
    [412, "precondition-failed"],
    [422, "idempotency-key-reused"],
    [500, "internal-error"],
  ])("at once with %i %s, which stays", async (status, type) => {
    const { client, asked } = clientWith([problem(status, type)]);
    const { result: error } = await timed(thrownBy(client.tickets.addNote("019a", { note: "n" })));
    expect(error).toMatchObject({ status, type });
    expect(asked).toHaveLength(1);
  });

  test("pauses grow, and half of each is random", async () => {
    vi.mocked(Math.random).mockReturnValue(1);
    const { client } = clientWith([LOST], { retries: 7 });
    const { took } = await timed(thrownBy(client.tickets.list()));
    expect(took).toBe(250 + 500 + 1_000 + 2_000 + 4_000 + 8_000 + 8_000);
  });
});

describe("a call that is called off", () => {
  test("before it began", async () => {
    const { client, asked } = clientWith([page([])]);
    const reason = new Error("not wanted");
    const call = client.tickets.list({}, { signal: AbortSignal.abort(reason) });
    expect((await timed(thrownBy(call))).result).toBe(reason);
    expect(asked).toEqual([]);
  });

  test("while the service is busy", async () => {
    const never: Reply = (_, signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const { client, asked } = clientWith([never]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const call = client.tickets.create(TICKET, { signal: controller.signal });
    const { result: error } = await timed(thrownBy(call));
    expect(error).toMatchObject({ name: "AbortError" });
    expect(asked).toHaveLength(1);
  });

  test("during a pause", async () => {
    const { client, asked } = clientWith([problem(503, "rebuilding", { "Retry-After": "5" })]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1_000);
    const { result: error, took } = await timed(thrownBy(client.tickets.list({}, { signal: controller.signal })));
    expect(error).toMatchObject({ name: "AbortError" });
    expect({ took, tries: asked.length }).toEqual({ took: 1_000, tries: 1 });
  });
});

test("a try that takes too long is given up, and another made", async () => {
  vi.useRealTimers();
  const never: Reply = (_, signal) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const { client, asked } = clientWith([never, page(["a"])], { timeoutMs: 20 });
  expect((await client.tickets.list()).items).toEqual([{ id: "a" }]);
  expect(asked).toHaveLength(2);
});
