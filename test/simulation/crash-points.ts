/** `npm run crash-points`: every call of everything fails once, in every way. `--help` says more. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { counted, duration, ExitError, figure, printDone, runScript } from "../../scripts/console.ts";
import { type Interruption, listenForInterruption } from "../../scripts/interruption.ts";
import { Failure } from "../../scripts/local/run.ts";
import { type CrashResult, playsFor, runCrashPoints } from "./crash-points/run-all.ts";
import { type Enumeration, inWords } from "./crash-points/run-point.ts";
import { createReporter } from "./simulate/reporter.ts";
import { defaultJobs } from "./simulate/threads.ts";

const HELP = `npm run crash-points -- [OPTIONS]

Lets call 1, 2, 3, … of each command, of the consumers, the cron and the lists go wrong in every way: before and after it took
effect, late, once and for good, and the worker dies. Then nothing goes wrong any more, and every promise is checked.
Exit code 0 if all promises were kept, 1 if not, 2 for a wrong call.

  --all        more faults, each with everything that may come next; the slow plays, too (a few minutes)
  --play TEXT  only plays whose names have this text in them
  --json       one JSON object at the end, for programs`;

const SHOWN_LINES = 100;
const SHOWN_FAILURES = 5;

interface CrashOptions {
  readonly all: boolean;
  readonly play: string;
  readonly json: boolean;
}

await runScript(async () => {
  const { help, ...options } = readOptions(process.argv.slice(2));
  if (!help) return await crash(options, listenForInterruption());
  console.log(HELP);
  return 0;
});

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        all: { type: "boolean", default: false },
        play: { type: "string", default: "" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ExitError(`${reason} (see npm run crash-points -- --help)`, 2);
  }
}

async function crash({ all, play, json }: CrashOptions, interruption: Interruption): Promise<number> {
  const faults = all ? "all" : "usual";
  const total = playsFor({ name: play, faults }).length;
  if (total === 0) throw new ExitError(`no play has "${play}" in its name (npm run crash-points lists them)`, 2);
  const reporter = createReporter({ total, noun: "play", plural: "plays" }, json);
  const result = await runCrashPoints({
    name: play,
    faults,
    jobs: defaultJobs(),
    stopping: interruption.asked,
    onProgress: (done, failed) => reporter.progress(done, failed),
  }).finally(() => reporter.end());
  if (json) printJson(result);
  else print(result, all);
  const failed = result.plays.reduce((sum, { failed }) => sum + failed.length, 0);
  const points = counted(result.points, "crash point");
  if (failed > 0) throw new Failure(`${figure(failed)} of ${counted(result.runs, "run")} broke a promise`);
  if (interruption.asked.aborted) throw new ExitError(`Stopped after ${points}`, interruption.exitCode());
  if (!json) {
    const runs = `${counted(result.plays.length, "play")}, ${counted(result.runs, "run")}`;
    printDone(`${points} (${runs}) kept every promise, in ${duration(result.seconds * 1_000)}`);
  }
  return 0;
}

function printJson({ plays, points, runs, seconds }: CrashResult): void {
  const failed = plays.flatMap(({ name, failed }) =>
    failed.map((run) => ({ play: name, fault: inWords(run), violations: run.violations })),
  );
  console.log(JSON.stringify({ plays: plays.length, points, runs, seconds: Number(seconds.toFixed(3)), failed }));
}

function print({ plays }: CrashResult, all: boolean): void {
  const width = Math.max(...plays.map(({ name }) => name.length));
  for (const { name, calls, points } of plays) {
    console.log(
      `  ${name.padEnd(width)}  ${counted(calls, "call").padStart(8)}  ${counted(points, "point").padStart(11)}`,
    );
  }
  console.log();
  for (const play of plays) if (play.failed.length > 0) printFailures(play, all);
}

function printFailures({ name, failed }: Enumeration, all: boolean): void {
  const [first] = failed;
  if (first) {
    const file = join(mkdtempSync(join(tmpdir(), "edgedesk-crash-points-")), "trace.txt");
    writeFileSync(file, `${first.lines.join("\n")}\n`);
    if (first.lines.length > SHOWN_LINES) {
      console.log(`… ${counted(first.lines.length - SHOWN_LINES, "line")} before these: ${file}`);
    }
    for (const line of first.lines.slice(-SHOWN_LINES)) console.log(line);
  }
  console.log(`\n${name} broke a promise in ${counted(failed.length, "run")}, for example:`);
  for (const run of failed.slice(0, SHOWN_FAILURES)) {
    console.log(`  ${inWords(run)}:`);
    for (const violation of run.violations) console.log(`    - ${violation}`);
  }
  console.log(`To run it again: npm run crash-points -- --play ${JSON.stringify(name)}${all ? " --all" : ""}\n`);
}
