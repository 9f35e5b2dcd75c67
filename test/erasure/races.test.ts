import { beforeEach, describe, expect, test } from "vitest";
import { caller } from "../http/callers.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { erase, erasesTickets, imported, minutes, ticketsOf } from "./desk.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

/** Somebody changes a ticket just before each transaction that may erase it, so many times. */
function rivals(desk: Desk, id: string, times: number): { won: number } {
  const race = { won: 0 };
  desk.hooks.before = async (statements) => {
    if (!erasesTickets(statements) || race.won === times) return;
    race.won++;
    await desk.command(id, "priority", { priority: race.won % 2 === 0 ? "low" : "high" });
  };
  return race;
}

describe("an erasure that loses races", () => {
  test.each([1, 5, 6, 8])("%i times in a row erases the tickets all the same", async (times) => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await desk.create({ customer_id: "zqcus" });
    const race = rivals(desk, id, times);
    const response = await caller(desk, KEY).delete("/customers/zqcus");
    expect([200, 202]).toContain(response.status);
    await minutes(desk, 3);
    expect(race.won).toBe(times);
    expect(await ticketsOf("zqcus")).toEqual([]);
    expect(await erase(desk, "zqcus")).toEqual({ erased: 0, remaining: 0 });
  });

  test("without an end is answered 202, with what is left, and follows when the others stop", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await imported(desk, 3, "zqcus");
    const race = rivals(desk, id, Number.POSITIVE_INFINITY);
    const { erased, remaining } = await erase(desk, "zqcus", 202);
    expect(erased + remaining).toBe(4);
    // The other tickets do not wait for this one.
    expect(await ticketsOf("zqcus")).toEqual([id]);
    expect(race.won).toBeLessThan(20);
    desk.hooks.before = async () => {};
    await minutes(desk, 3);
    expect(await ticketsOf("zqcus")).toEqual([]);
  });

  test("pauses before it tries again, longer each time, and never at the same moment as others", async () => {
    const pauses: number[] = [];
    const randoms = [0, 1, 0.5, 0.25];
    let nth = 0;
    const desk = service({
      sleep: async (milliseconds) => void pauses.push(milliseconds),
      random: () => randoms[nth++ % randoms.length] ?? 0,
    });
    const { id } = await desk.create({ customer_id: "zqcus" });
    rivals(desk, id, 4);
    nth = 0;
    expect(await erase(desk, "zqcus")).toEqual({ erased: 1, remaining: 0 });
    expect(pauses).toEqual([20, 20, 60, 140]);
  });

  test("takes smaller slices, and larger ones again when nobody is in the way", async () => {
    const desk = service();
    await imported(desk, 1_000, "zqcus");
    const ids = await ticketsOf("zqcus");
    rivals(desk, ids[0] ?? "", 2);
    desk.calls.length = 0;
    expect(await erase(desk, "zqcus")).toEqual({ erased: 1_000, remaining: 0 });
    // 250 lose twice, their halves win one after the other, and from there on 250 at a time.
    const slices = desk.calls.filter(({ statements }) => erasesTickets(statements));
    expect(slices).toHaveLength(5);
  });
});

test("one workspace's erasure leaves a customer of the same id in another one alone", async () => {
  const desk = service();
  const { id } = await desk.create({ customer_id: "zqcus" });
  const { key } = await caller(desk, KEY).makeKey({ role: "admin", workspace_id: "bolt" });
  expect(await answered(await caller(desk, key).delete("/customers/zqcus"), 200)).toEqual({ erased: 0, remaining: 0 });
  expect(await ticketsOf("zqcus")).toEqual([id]);
});
