import { beforeAll, describe, expect, it } from "vitest";
import { sized } from "../tier.ts";
import { PLAYS } from "./crash-points/plays.ts";
import { type CrashResult, playsFor, runCrashPoints } from "./crash-points/run-all.ts";
import { inWords, runPlay, SEQUELS } from "./crash-points/run-point.ts";
import { defaultJobs } from "./simulate/threads.ts";

/** The enumeration cannot shrink silently. */
const MIN_POINTS = sized({ quick: 800, thorough: 3_000 });

describe("whichever call fails, and however", () => {
  let result: CrashResult;

  beforeAll(async () => {
    result = await runCrashPoints({ faults: sized({ quick: "few", thorough: "usual" }), jobs: defaultJobs() });
    const { plays, points, runs, seconds } = result;
    console.log(`Crash points: ${points} in ${plays.length} plays, ${runs} runs, in ${seconds.toFixed(1)} s`);
  });

  it.each(playsFor({}))("the promises hold: %s", (name) => {
    const enumeration = result.plays.find((play) => play.name === name);
    const failed = enumeration?.failed.map((run) => ({ what: inWords(run), violations: run.violations })) ?? [];
    expect(failed, enumeration?.failed[0]?.lines.slice(-60).join("\n")).toEqual([]);
    // As many calls as the protocol has there: one that is missing would not be tried, one too many costs.
    expect(enumeration?.calls).toBe(PLAYS.find((play) => play.name === name)?.calls);
  });

  it(`there are at least ${MIN_POINTS} crash points`, () => {
    expect(result.points).toBeGreaterThanOrEqual(MIN_POINTS);
  });
});

describe("a play", () => {
  it("has a name of its own", () => {
    expect(new Set(PLAYS.map(({ name }) => name)).size).toBe(PLAYS.length);
  });

  it("is the same each time", async () => {
    const play = PLAYS.find(({ name }) => name === "a change that a rival overtakes, with a key");
    if (!play) throw new Error("there is no such play");
    const once = await runPlay(play, undefined, SEQUELS[0]);
    expect((await runPlay(play, undefined, SEQUELS[0])).lines).toEqual(once.lines);
  });
});
