import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database } from "../../src/platform/database.ts";
import { Usage } from "../../src/platform/usage.ts";
import type { Projection } from "../../src/projection/core/projection.ts";
import { retryDelay } from "../../src/projection/delivery/retries.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { emptyTables, KEY, service } from "../service.ts";
import { operatorOf } from "./operator.ts";

const LOST = "D1_ERROR: Network connection lost.";
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Too many requests queued.";
const TIMED_OUT = "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.";
const MEMORY = "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.";
const CPU = "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.";

type Failing = (tickets: readonly string[]) => string | undefined;

/** A service that notes of which tickets each call reads the source, and fails where it is told to. */
function watched(fails: Failing) {
  const reads: number[] = [];
  let reading: readonly string[] = [];
  const load: Projection["load"] = (refs) => {
    reading = refs.params.flatMap((param) =>
      typeof param === "string" && param.startsWith("[")
        ? (JSON.parse(param) as { ticket_id: string }[]).map(({ ticket_id }) => ticket_id)
        : [],
    );
    // A list names all that it expects, and takes so many of them.
    const limit = Math.min(...refs.params.filter((param) => typeof param === "number"), reading.length);
    reading = reading.slice(0, limit);
    return ticketList.load(refs);
  };
  const desk = service({ projection: { ...ticketList, load }, random: () => 0 });
  desk.hooks.before = async (statements) => {
    if (reading.length === 0 || !statements.some((sql) => sql.includes("FROM ticket_events"))) return;
    const tickets = reading;
    reading = [];
    reads.push(tickets.length);
    const text = fails(tickets);
    if (text !== undefined) throw new Error(text);
  };
  return { desk, reads };
}

async function filled(desk: ReturnType<typeof service>, tickets: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < tickets; made++) ids.push((await desk.create()).id);
  return ids;
}

const rows = async () => (await env.DB.prepare("SELECT count(*) AS n FROM read_tickets").first<{ n: number }>())?.n;

beforeEach(emptyTables);

describe("a batch of messages that may have been too large", () => {
  test.each([
    ["in halves", CPU, [8, 4, 2, 2, 4, 2, 2]],
    ["in halves", MEMORY, [8, 4, 2, 2, 4, 2, 2]],
    ["one ticket first, then in halves", TIMED_OUT, [8, 1, 4, 1, 2, 1, 3, 1, 1, 1]],
  ])("is projected %s, and never whole again: %s", async (_, text, expected) => {
    const { desk, reads } = watched((tickets) => (tickets.length > 2 ? text : undefined));
    await filled(desk, 8);
    const result = await desk.deliver(desk.sent.splice(0));
    expect(result.retryMessages).toEqual([]);
    expect(reads).toEqual(expected);
    expect(await rows()).toBe(8);
  });

  test("is left for later where two tickets time out alone: the database answers nobody", async () => {
    const { desk, reads } = watched(() => TIMED_OUT);
    await filled(desk, 8);
    const result = await desk.deliver(desk.sent.splice(0));
    expect(reads).toEqual([8, 1, 1]);
    expect(result.retryMessages).toHaveLength(8);
    const counted = env.DB.prepare(
      "SELECT sum(attempts) AS attempts, count(parked_at) AS parked FROM projection_backlog",
    );
    expect(await counted.first()).toEqual({ attempts: 0, parked: 0 });
  });

  test.each([0, 3, 7])("is projected but for the one ticket that times out alone: number %i", async (number) => {
    let bad = "";
    const { desk } = watched((tickets) => (tickets.includes(bad) ? TIMED_OUT : undefined));
    bad = (await filled(desk, 8))[number] ?? "";
    await desk.deliver(desk.sent.splice(0));
    expect(await rows()).toBe(7);
    const waiting = await env.DB.prepare("SELECT ticket_id, attempts FROM projection_backlog").all();
    expect(waiting.results).toEqual([{ ticket_id: bad, attempts: 1 }]);
  });
});

test("a ticket that times out whenever it is tried alone is parked in the end", async () => {
  let bad = "";
  const { desk } = watched((tickets) => (tickets.includes(bad) ? TIMED_OUT : undefined));
  [bad = ""] = await filled(desk, 1);
  desk.sent.length = 0;
  for (let minutes = 0; minutes < 60; minutes++) {
    desk.time.now += 60_000;
    await desk.sweep();
    desk.sent.length = 0;
  }
  const [parked] = (await env.DB.prepare("SELECT attempts, parked_at, error FROM projection_backlog").all()).results;
  expect(parked).toMatchObject({ parked_at: expect.any(Number), error: expect.stringContaining("exceeded timeout") });
});

test("a message waits for a database that is at fault: doubled each time, longer where waiting is all that helps, with jitter", () => {
  const waits = (text: string, random: number) =>
    [1, 3, 12].map((attempts) => retryDelay({ random: () => random }, new Error(text), attempts));
  expect(waits(LOST, 0)).toEqual([2, 8, 300]);
  expect(waits(LOST, 1)).toEqual([1, 4, 150]);
  expect(waits(OVERLOADED, 0)).toEqual([20, 20, 300]);
  expect(waits(TIMED_OUT, 0)).toEqual([60, 60, 300]);
  expect(waits("D1_ERROR: Exceeded maximum DB size.", 0)).toEqual([300, 300, 300]);
  expect(waits("D1_ERROR: Exceeded maximum DB size.", 1)).toEqual([150, 150, 150]);
});

describe("a slice of a rebuild", () => {
  test.each([
    ["a limit", CPU],
    ["a timeout", TIMED_OUT],
  ])("that may have been too large goes on with one ticket, then with smaller slices: %s", async (_, text) => {
    const slices: number[] = [];
    let size = 0;
    const load: Projection["load"] = (refs) => {
      size = Number(refs.params.at(-1));
      return ticketList.load(refs);
    };
    const desk = service({ projection: { ...ticketList, load }, sliceTickets: 12 });
    await filled(desk, 12);
    await desk.deliverSent();
    desk.hooks.before = async (statements) => {
      if (!statements.some((sql) => sql.includes("LEFT JOIN projection_backlog AS behind"))) return;
      slices.push(size);
      if (size > 4) throw new Error(text);
    };
    await operatorOf(desk).startRebuild();
    await desk.deliver(desk.sent.splice(0, 1));
    expect(slices).toEqual([12, 1, 3, 3]);
    desk.hooks.before = async () => {};
    await desk.deliverSent();
    expect((await operatorOf(desk).rebuild()).state).toBe("finished");
  });

  test("is not begun in vain where one ticket times out, too: the database answers nobody", async () => {
    const desk = service({ sliceTickets: 12 });
    await filled(desk, 12);
    await desk.deliverSent();
    await operatorOf(desk).startRebuild();
    let slices = 0;
    desk.hooks.before = async (statements) => {
      if (!statements.some((sql) => sql.includes("LEFT JOIN projection_backlog AS behind"))) return;
      slices++;
      throw new Error(TIMED_OUT);
    };
    const { retryMessages } = await desk.deliver(desk.sent.splice(0, 1));
    expect(slices).toBe(2);
    expect(retryMessages).toHaveLength(1);
    const job = env.DB.prepare("SELECT attempts, slice FROM projection_jobs WHERE name = 'rebuild'");
    expect(await job.first()).toEqual({ attempts: 0, slice: 0 });
  });
});

describe("a list that projects on the spot", () => {
  const latest = { Authorization: `Bearer ${KEY}`, "Consistency-Token": "latest" };

  test("does not ask an overloaded database again", async () => {
    const { desk, reads } = watched(() => OVERLOADED);
    await filled(desk, 3);
    const response = await desk.fetch("/tickets", { headers: latest });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ type: "/problems/temporarily-unavailable" });
    expect(reads).toEqual([3]);
  });

  test("projects fewer at once after a call that may have been too large", async () => {
    const { desk, reads } = watched((tickets) => (tickets.length > 2 ? CPU : undefined));
    await filled(desk, 4);
    const response = await desk.fetch("/tickets", { headers: latest });
    expect(response.status).toBe(200);
    expect(reads[0]).toBe(4);
    expect(reads.slice(-2)).toEqual([2, 2]);
  });
});

test("a database that is almost full makes the service not ready, and says how full it is", async () => {
  let usage = new Usage();
  const sized = (bytes: number) => {
    const large = <Target extends object>(target: Target): Target =>
      new Proxy(target, {
        get(_, property) {
          if (property === "withSession") return (start: string) => large(env.DB.withSession(start));
          const member: unknown = Reflect.get(target, property, target);
          if (typeof member !== "function") return member;
          if (property !== "batch") return member.bind(target);
          return async (statements: D1PreparedStatement[]) => {
            const results = await (member.call(target, statements) as Promise<D1Result[]>);
            return results.map((result) => ({ ...result, meta: { ...result.meta, size_after: bytes } }));
          };
        },
      });
    return new Database(large(env.DB), usage);
  };
  const readiness = async (bytes: number) => {
    usage.databaseBytes = 0;
    const database = sized(bytes);
    const desk = service({ usage, databaseFor: () => database, databases: () => [database] });
    await desk.sweep();
    return await operatorOf(desk).ready();
  };
  expect(await readiness(8_900_000_000)).toEqual({ status: "ok", reasons: [] });
  expect(await readiness(9_876_000_000)).toEqual({
    status: "degraded",
    reasons: [{ code: "database-full", detail: "The database uses 9.9 GB of at most 10 GB" }],
  });
  usage = new Usage(50);
  expect(await readiness(460_000_000)).toEqual({
    status: "degraded",
    reasons: [{ code: "database-full", detail: "The database uses 460 MB of at most 500 MB" }],
  });
});
