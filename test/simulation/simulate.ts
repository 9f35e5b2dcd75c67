/** `npm run simulate`: seeded histories of the whole service, with everything that can go wrong. `--help` says more. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { counted, duration, ExitError, figure, printDone, printWarning, runScript } from "../../scripts/console.ts";
import { type Interruption, listenForInterruption } from "../../scripts/interruption.ts";
import { Failure } from "../../scripts/local/run.ts";
import { faultsOf, figureLines } from "./simulate/figures.ts";
import { DEFAULTS, readOptions, type SimulateOptions } from "./simulate/options.ts";
import { createReporter } from "./simulate/reporter.ts";
import { type RunResult, runHistories } from "./simulate/run.ts";

const HELP = `npm run simulate -- [OPTIONS]

Runs histories: clients, consumers and the cron at work on the real handlers, while messages are lost, calls fail, workers die and
clocks jump, all by a seed. Then the faults end, and every promise is checked. One seed is one history, the same each time.
Exit code 0 if all promises were kept, 1 if not, 2 for a wrong call.

  --histories N    how many (${DEFAULTS.histories})
  --seed S         of the first history; the others have the seeds after it (${DEFAULTS.seed})
  --steps N        what happens in each (${DEFAULTS.steps})
  --jobs N         histories at once (the number of cores, at most 4)
  --stop-at-first  ends at the failing history with the lowest seed
  --trace          with --histories 1: shows it step by step, also if it keeps all promises
  --json           one JSON object at the end, for programs`;

const SHOWN_LINES = 200;
/** Failing histories that are shown one by one; of the first, what happened in it, too. */
const SHOWN_FAILURES = 10;

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options) return await simulate(options, listenForInterruption());
  console.log(HELP);
  return 0;
});

async function simulate(options: SimulateOptions, interruption: Interruption): Promise<number> {
  const reporter = createReporter({ total: options.histories, noun: "history", plural: "histories" }, options.json);
  const result = await runHistories({
    ...options,
    stopping: interruption.asked,
    onProgress: (done, failed) => reporter.progress(done, failed),
  }).finally(() => reporter.end());
  if (options.json) printJson(result);
  else await print(result, options);
  if (result.failed.length > 0) {
    throw new Failure(`${figure(result.failed.length)} of ${histories(result)} broke a promise`);
  }
  if (interruption.asked.aborted) {
    throw new ExitError(`Stopped after ${histories(result)}, which kept every promise`, interruption.exitCode());
  }
  if (!options.json) printDone(`${histories(result)} kept every promise, in ${duration(result.seconds * 1_000)}`);
  return 0;
}

function printJson({ histories, steps, seconds, tally, failed }: RunResult): void {
  const { command = 0, "command repeated": repeated = 0, list = 0 } = tally;
  const done = { commands: command, commands_repeated: repeated, lists: list };
  const whole = { histories, steps, seconds: Number(seconds.toFixed(3)), ...done, faults: faultsOf(tally), failed };
  console.log(JSON.stringify(whole));
}

async function print(result: RunResult, options: SimulateOptions): Promise<void> {
  const folder = result.failed.length > 0 ? mkdtempSync(join(tmpdir(), "edgedesk-simulation-")) : "";
  for (const [index, { seed, violations }] of result.failed.slice(0, SHOWN_FAILURES).entries()) {
    const file = join(folder, `seed-${seed}.txt`);
    const lines = await traceOf(seed, options.steps, violations);
    writeFileSync(file, `${lines.join("\n")}\n`);
    if (index === 0) showTrace(lines, file);
    console.log(`\nSeed ${seed} broke ${counted(violations.length, "promise")} (what happened: ${file}):`);
    for (const violation of violations) console.log(`  - ${violation}`);
    console.log(`To run it again: npm run simulate -- --histories 1 --seed ${seed}${stepsOption(options)}`);
  }
  if (result.failed.length > SHOWN_FAILURES) {
    const seeds = result.failed.slice(SHOWN_FAILURES).map(({ seed }) => seed);
    console.log(`\nSo did these seeds: ${seeds.join(", ")}`);
  }
  if (options.trace && result.failed.length === 0) {
    for (const line of await traceOf(options.seed, options.steps, [])) console.log(line);
  }
  console.log(`\n${figureLines(result).join("\n")}\n`);
}

function showTrace(lines: readonly string[], file: string): void {
  if (lines.length > SHOWN_LINES) {
    console.log(`… ${counted(lines.length - SHOWN_LINES, "line")} before these: ${file}`);
  }
  for (const line of lines.slice(-SHOWN_LINES)) console.log(line);
}

/** Runs a history again, this time in sight. */
async function traceOf(seed: number, steps: number, violations: readonly string[]): Promise<readonly string[]> {
  // The whole service: a run without failures does not need it here.
  const { replayHistory } = await import("./simulate/replay.ts");
  const replay = await replayHistory(seed, steps);
  if (replay.violations.join("\n") !== violations.join("\n")) {
    printWarning(`Seed ${seed} went another way the second time: something in it does not come from the seed`);
  }
  return replay.lines;
}

function histories({ histories }: RunResult): string {
  return counted(histories, "history", "histories");
}

function stepsOption({ steps }: SimulateOptions): string {
  return steps === DEFAULTS.steps ? "" : ` --steps ${steps}`;
}
