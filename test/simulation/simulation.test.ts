import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { faultsOf, figureLines } from "./simulate/figures.ts";
import { readOptions } from "./simulate/options.ts";
import { replayHistory } from "./simulate/replay.ts";
import { type RunResult, runHistories } from "./simulate/run.ts";
import { defaultJobs } from "./simulate/threads.ts";

// `npm run verify` runs 5,000 more.
const HISTORIES = { histories: 100, seed: 1, steps: 50 };

/** What has to go wrong somewhere in them: a fault that never happens proves nothing. */
const FAULTS = [
  "call failed after its effect",
  "call failed before its effect",
  "call took effect late",
  "clock jumped",
  "clock ran back",
  "message dead-lettered",
  "message delayed",
  "message doubled",
  "message dropped",
  "messages in flight lost",
  "send failed",
  "worker ended by its ticket",
  "worker killed",
];

describe(`${HISTORIES.histories} histories of ${HISTORIES.steps} steps`, () => {
  let result: RunResult;

  beforeAll(async () => {
    result = await runHistories({ ...HISTORIES, jobs: defaultJobs() });
    console.log(`Simulation, seeds from 1, in ${result.seconds.toFixed(1)} s:\n${figureLines(result).join("\n")}`);
  });

  it("keep every promise", () => {
    expect(result.failed).toEqual([]);
    expect(result).toMatchObject({ histories: 100, steps: 5_000 });
  });

  it.each(FAULTS)("have a share of: %s", (kind) => {
    expect(faultsOf(result.tally)[kind]).toBeGreaterThan(0);
  });

  it("are full of commands, repeated ones and lists", () => {
    const { command = 0, "command repeated": repeated = 0, list = 0 } = result.tally;
    expect([command, repeated, list].every((times) => times >= HISTORIES.histories)).toBe(true);
  });
});

describe("a seed", () => {
  it.each([1, 2, 3])("is one history, step by step: %i", async (seed) => {
    const once = await replayHistory(seed, 50);
    expect(once.lines.length).toBeGreaterThan(50);
    expect(await replayHistory(seed, 50)).toEqual(once);
  });

  it("is another history than the next one", async () => {
    expect((await replayHistory(1, 50)).lines).not.toEqual((await replayHistory(2, 50)).lines);
  });

  it("is the same history in whichever thread it runs", async () => {
    const request = { histories: 6, seed: 42, steps: 30 };
    const { seconds: _, ...alone } = await runHistories({ ...request, jobs: 1 });
    const { seconds: __, ...together } = await runHistories({ ...request, jobs: 3 });
    expect(together).toEqual(alone);
  });
});

describe("npm run simulate", () => {
  it("prints one JSON object for programs", () => {
    const { status, stdout, stderr } = simulate("--histories", "2", "--seed", "7", "--steps", "10", "--json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ histories: 2, steps: 20, failed: [], seconds: expect.any(Number) });
  });

  it("shows a single history on request", async () => {
    const { status, stdout } = simulate("--histories", "1", "--seed", "7", "--steps", "10", "--trace");
    expect(status).toBe(0);
    expect(stdout).toContain((await replayHistory(7, 10)).lines.join("\n"));
  });

  it("answers a wrong call with one line and exit code 2", () => {
    const { status, stdout, stderr } = simulate("--histories", "many");
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^✘ --histories takes a whole number from 1 to 4294967296, not "many" .*\n$/u);
  });

  it.each([
    [["--histories", "0"]],
    [["--seed", "-1"]],
    [["--seed", "4294967295", "--histories", "2"]],
    [["--jobs", "0"]],
    [["--steps", "1.5"]],
    [["--trace", "--histories", "2"]],
    [["--trace", "--json", "--histories", "1"]],
    [["--unknown"]],
    [["surplus"]],
  ])("refuses %j", (args) => {
    expect(() => readOptions(args)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

function simulate(...options: string[]) {
  const script = join(import.meta.dirname, "simulate.ts");
  return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...options], {
    encoding: "utf8",
    // Only for what hangs.
    timeout: 30 * 60_000,
  });
}
