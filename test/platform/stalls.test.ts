import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { Database, statement } from "../../src/platform/database.ts";
import { Deadline, PASS, type Patience, REQUEST, type Surroundings } from "../../src/platform/deadline.ts";
import { failureOf } from "../../src/platform/failures.ts";
import { Usage } from "../../src/platform/usage.ts";
import { emptyTables, KEY, service } from "../service.ts";

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

/** What becomes of a call that hangs. */
type Fate = "before" | "after" | "never";

/** A time that passes only in the hands of the test, and a database that hangs when it is told to. */
function stalling() {
  const time = { now: 0 };
  let alarms: { due: number; expire: () => void }[] = [];
  const kept: Promise<unknown>[] = [];
  const surroundings: Surroundings = {
    now: () => time.now,
    timer: (milliseconds, expire) => {
      const alarm = { due: time.now + milliseconds, expire };
      alarms.push(alarm);
      return () => {
        alarms = alarms.filter((one) => one !== alarm);
      };
    },
    waitUntil: (work) => void kept.push(work),
  };
  const state = {
    fate: undefined as Fate | undefined,
    hangsAt: undefined as { call: number; fate: Fate } | undefined,
    calls: 0,
    late: [] as (() => Promise<unknown>)[],
  };
  const hangAt = (call: number, fate: Fate) => {
    state.hangsAt = { call, fate };
  };
  /** The deadline of whoever waits passes, as soon as somebody does. */
  const expire = () => {
    const [alarm] = alarms;
    if (!alarm) return;
    alarms = alarms.slice(1);
    time.now = alarm.due;
    alarm.expire();
  };
  const hanging = <Target extends object>(target: Target): Target =>
    new Proxy(target, {
      get(_, property) {
        const member: unknown = Reflect.get(target, property, target);
        if (typeof member !== "function") return member;
        if (property === "withSession") return (start: string) => hanging(env.DB.withSession(start));
        if (property !== "batch") return member.bind(target);
        return async (statements: D1PreparedStatement[]) => {
          state.calls++;
          if (state.calls === state.hangsAt?.call) state.fate = state.hangsAt.fate;
          const run = () => member.call(target, statements) as Promise<unknown>;
          if (state.fate === undefined) return await run();
          if (state.fate === "before") await run();
          const { fate } = state;
          if (state.calls === state.hangsAt?.call) state.fate = undefined;
          return await new Promise((resolve, reject) => {
            state.late.push(async () => {
              if (fate === "after") resolve(await run().catch(reject));
              else reject(new Error("D1_ERROR: Network connection lost."));
            });
            // After the caller has begun to wait.
            queueMicrotask(() => queueMicrotask(expire));
          });
        };
      },
    });
  const usage = new Usage();
  const databaseWith = (patience: Patience) =>
    new Database(hanging(env.DB), usage, new Deadline(patience, surroundings));
  /** A service whose every event has its own time. */
  const desk = (patience: Patience) => {
    const database = databaseWith(patience);
    return service({
      usage,
      databaseFor: () => database,
      databases: () => [database],
      sleep: async (milliseconds) => {
        time.now += milliseconds;
      },
    });
  };
  const end = async () => {
    state.fate = undefined;
    for (const late of state.late.splice(0)) await late().catch(() => {});
    await Promise.all(kept.splice(0));
  };
  return { time, state, kept, desk, databaseWith, end, hangAt };
}

const events = async () =>
  (await env.DB.prepare("SELECT count(*) AS n FROM ticket_events").first<{ n: number }>())?.n ?? 0;

beforeEach(emptyTables);

describe.each(["before", "after", "never"] as const)("a command whose commit hangs (takes effect: %s)", (fate) => {
  test("is answered with 503 within 5 seconds, and is not decided again", async () => {
    const stall = stalling();
    stall.state.fate = fate;
    const response = await stall.desk(REQUEST).post("/tickets", TICKET);
    expect(response.status).toBe(503);
    expect(stall.time.now).toBeLessThanOrEqual(5_000);
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await response.json()).toMatchObject({
      type: "/problems/temporarily-unavailable",
      detail: expect.stringMatching(/did not respond in time: version 1 of ticket [-0-9a-f]+ may have been written/),
    });
    await stall.end();
    expect(await events()).toBe(fate === "never" ? 0 : 1);
  });

  test("with an Idempotency-Key takes effect once, whenever it is repeated", async () => {
    const stall = stalling();
    const send = () =>
      stall.desk(REQUEST).fetch("/tickets", {
        method: "POST",
        headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json", "Idempotency-Key": "k-1" },
        body: JSON.stringify(TICKET),
      });
    stall.state.fate = fate;
    expect((await send()).status).toBe(503);
    stall.state.fate = undefined;
    expect((await send()).status).toBe(201);
    await stall.end();
    expect((await send()).status).toBe(201);
    expect(await events()).toBe(1);
  });
});

test.each(["before", "after", "never"] as const)(
  "a note whose commit hangs in a database that answers again is written once, without a key (takes effect: %s)",
  async (fate) => {
    const stall = stalling();
    const desk = stall.desk(REQUEST);
    const { id } = await desk.create();
    // Only the call after the one that reads the ticket hangs.
    stall.hangAt(stall.state.calls + 2, fate);
    const response = await desk.post(`/tickets/${id}/notes`, { note: "A note" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id, version: 2 });
    await stall.end();
    expect(await events()).toBe(2);
  },
);

test("a list whose database hangs is answered with 503 within 5 seconds", async () => {
  const stall = stalling();
  stall.state.fate = "never";
  const response = await stall.desk(REQUEST).get("/tickets");
  expect(response.status).toBe(503);
  expect(stall.time.now).toBeLessThanOrEqual(5_000);
  await stall.end();
});

test("a pass makes no call while one that missed its deadline may still be running", async () => {
  const stall = stalling();
  const database = stall.databaseWith(PASS);
  const ask = () => database.session("first-primary").batch(statement("SELECT 1"));
  stall.state.fate = "after";
  await expect(ask()).rejects.toSatisfy((error) => failureOf(error) === "stalled");
  expect(stall.time.now).toBe(PASS.call);
  stall.state.fate = undefined;
  await expect(ask()).rejects.toThrow("may still be running");
  expect(stall.state.calls).toBe(1);
  await stall.end();
  await ask();
  expect(stall.state.calls).toBe(2);
});

test("the whole cron gives up after one call that hangs, and the next minute does the work", async () => {
  const stall = stalling();
  stall.state.fate = "never";
  await stall.desk(PASS).sweep();
  expect(stall.state.calls).toBe(1);
  await stall.end();
  await stall.desk(PASS).sweep();
  const figures = env.DB.prepare("SELECT sweeps FROM projection_figures");
  expect(await figures.first()).toEqual({ sweeps: 1 });
});

test("a late error of an abandoned call is not an unhandled rejection", async () => {
  const stall = stalling();
  stall.state.fate = "never";
  await expect(stall.databaseWith(REQUEST).session("first-primary").batch(statement("SELECT 1"))).rejects.toThrow();
  expect(stall.kept).toHaveLength(1);
  await stall.end();
});
