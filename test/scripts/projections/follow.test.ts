import { expect, test } from "vitest";
import { type Following, follow } from "../../../scripts/projections/follow.ts";
import { Cancelled } from "../../../scripts/service/client.ts";

const never = new AbortController().signal;

/** A job whose states are the given numbers; the last one stays. */
function job(states: number[], more: Partial<Following<number>> = {}): Following<number> {
  return {
    ask: async () => (states.length > 1 ? states.shift() : states[0]) ?? 0,
    show: () => {},
    ended: (state) => state === 9,
    mark: String,
    stallMs: 600,
    stalled: (state) => `stands still at ${state}`,
    stopping: never,
    ...more,
  };
}

test("a job that moves, however slowly, is followed to its end", async () => {
  const shown: number[] = [];
  const show = (state: number) => shown.push(state);

  expect(await follow(job([1, 1, 2, 2, 9], { show }))).toBe(9);
  expect(shown).toEqual([1, 1, 2, 2, 9]);
});

test("a job that does not move is given up", async () => {
  await expect(follow(job([1, 2]))).rejects.toThrow("stands still at 2");
});

test("the time that the server needs to answer does not count", async () => {
  let asked = 0;
  const ask = async () => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    asked += 1;
    return asked < 3 ? 1 : 9;
  };

  expect(await follow(job([], { ask }))).toBe(9);
});

test("Ctrl-C ends a pause at once", async () => {
  const stopping = AbortSignal.abort();

  await expect(follow(job([1], { stopping }))).rejects.toBeInstanceOf(Cancelled);
});
