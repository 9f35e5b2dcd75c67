import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { MAX_SUSPECTS } from "../../src/projection/delivery/parking.ts";
import { emptyTables, service, tableSizes } from "../service.ts";
import { filled } from "./operator.ts";
import { mortal, poisoned } from "./poison.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

/** A queue that takes messages and loses them. */
const lossy = () =>
  service({ queue: { sendBatch: async () => ({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }) } });

/** How many tickets each minute of the cron gets out of the backlog, until none is left. */
async function recovery(desk: Desk, minutes: number): Promise<number[]> {
  const recovered: number[] = [];
  let left = (await tableSizes())["projection_backlog"] ?? 0;
  for (let minute = 0; minute < minutes && left > 0; minute++) {
    desk.time.now += 60_000;
    await desk.sweep();
    const now = (await tableSizes())["projection_backlog"] ?? 0;
    recovered.push(left - now);
    left = now;
  }
  return recovered;
}

const trusted = () => env.DB.prepare("SELECT suspects FROM projection_figures").first("suspects");

describe("a queue that takes messages and loses them", () => {
  test("after three sweeps in vain, each minute projects twice as many tickets as the minute before", async () => {
    const desk = lossy();
    await filled(desk, 300);
    // The figures of README.md, docs/sizing.md and docs/operations.md.
    expect(await recovery(desk, 30)).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 45]);
    expect((await desk.list("?limit=100")).items).toHaveLength(100);
  });

  test("never more than so many a minute: the D1 calls of a pass are bounded", async () => {
    const desk = lossy();
    await filled(desk, 700);
    const recovered = await recovery(desk, 12);
    expect(recovered.slice(9)).toEqual([64, MAX_SUSPECTS, MAX_SUSPECTS]);
    desk.calls.length = 0;
    desk.time.now += 60_000;
    await desk.sweep();
    expect(desk.calls.length).toBeLessThan(3 * MAX_SUSPECTS + 20);
  });

  test("a pass without suspects costs what it did", async () => {
    const desk = lossy();
    desk.time.now += 60_000;
    await desk.sweep();
    const written = desk.calls.filter(({ statements }) => statements.some((sql) => sql.includes("SET suspects")));
    expect(written).toEqual([]);
  });
});

describe("after a failure it is one again", () => {
  test("for a ticket that cannot be projected", async () => {
    const { desk, tried } = poisoned();
    for (let index = 0; index < 12; index++) await desk.create({ subject: index === 8 ? "bad" : "good" });
    desk.sent.length = 0;
    // One is due after the other.
    await env.DB.prepare("UPDATE projection_backlog SET sweeps = 3, due_at = first_seq").run();
    expect(await recovery(desk, 3)).toEqual([1, 2, 4]);
    expect(await recovery(desk, 1)).toEqual([1]);
    expect(tried).toEqual(["bad"]);
    expect(await trusted()).toBe(1);
    expect(await recovery(desk, 2)).toEqual([1, 2]);
  });

  test("for a ticket that ends its worker, which tries no other after it", async () => {
    const { desk, tried, revive } = mortal();
    for (let index = 0; index < 12; index++) await desk.create({ subject: index === 8 ? "bad" : "good" });
    await env.DB.prepare("UPDATE projection_backlog SET sweeps = 3, due_at = first_seq").run();
    expect(await recovery(desk, 3)).toEqual([1, 2, 4]);
    expect(await recovery(desk, 1)).toEqual([1]);
    expect(tried).toEqual(["bad"]);
    revive();
    expect(await trusted()).toBe(1);
    expect(await recovery(desk, 2)).toEqual([1, 2]);
    const { results } = await env.DB.prepare("SELECT attempts FROM projection_backlog").all();
    expect(results).toEqual([{ attempts: 1 }]);
  });

  test("for a database that is away", async () => {
    const desk = lossy();
    await filled(desk, 20);
    await env.DB.prepare("UPDATE projection_backlog SET sweeps = 3, due_at = first_seq").run();
    expect(await recovery(desk, 2)).toEqual([1, 2]);
    let calls = 0;
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes("UPDATE read_tickets SET projector") && ++calls === 3)
        throw new Error("D1_ERROR: Network connection lost.");
    };
    expect(await recovery(desk, 1)).toEqual([2]);
    desk.hooks.before = async () => {};
    expect(await recovery(desk, 2)).toEqual([1, 2]);
  });
});
