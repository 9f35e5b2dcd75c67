import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** Early versions of Node 24 call SQLite experimental. */
const SCRIPT = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "crash.ts")];

/** Ends a run that hangs, before the test's own limit does. */
const LIMIT_MS = 25 * 60_000;

test("kill -9 in the midst of the load, three times, and once in the restart, loses nothing and doubles nothing", async () => {
  const options = ["--cycles", "3", "--seed", "3", "--json"];
  const { stdout, stderr } = await run(process.execPath, [...SCRIPT, ...options], {
    timeout: LIMIT_MS,
  });
  expect(stderr).toBe("");
  const result: Record<string, unknown> = JSON.parse(stdout);
  console.log("Crash test:", result);
  expect(result).toMatchObject({ cycles: 3, kills: 4, commands_lost: 0, commands_doubled: 0, violations: [] });
  for (const figure of [
    "commands_acknowledged",
    "commands_without_answer",
    "commands_repeated",
    "lists",
    "rows_behind_at_kill",
  ]) {
    expect(result[figure]).toBeGreaterThan(0);
  }
});

test("a wrong call is one line and exit code 2", async () => {
  const call = run(process.execPath, [...SCRIPT, "--cycles", "many"]);
  await expect(call).rejects.toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^✘ --cycles .*\n$/u),
  });
});
