/** `npm run test:crash`: kill -9 of the running service, again and again. `--help` says more. */
import { counted, duration, ExitError, printDone, runScript } from "../../scripts/console.ts";
import { type Interruption, listenForInterruption } from "../../scripts/interruption.ts";
import { Failure } from "../../scripts/local/run.ts";
import { createReporter } from "../simulation/simulate/reporter.ts";
import { figuresOf, figureTable } from "./figures.ts";
import { type CrashOptions, DEFAULT_CYCLES, readOptions } from "./options.ts";
import { type CrashResult, runCrashTest } from "./run.ts";

const HELP = `npm run test:crash -- [OPTIONS]

Starts the service with npm start, lets 16 clients work on it, kills all of its processes at a random moment with kill -9, starts
it again on the same data, and looks whether anything that was acknowledged is missing, anything took effect twice, and the lists
are what they must be. A cycle takes about 15 seconds. Exit code 0 if all promises were kept, 1 if not, 2 for a wrong call.

  --cycles N   how often (${DEFAULT_CYCLES})
  --seed S     decides what the clients do, and when the service is killed; what runs at the same time on the machine decides, too
               (a new one each time)
  --json       one JSON object at the end, for programs`;

/** Broken promises that are shown one by one. */
const SHOWN = 20;

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (options) return await crash(options, listenForInterruption());
  console.log(HELP);
  return 0;
});

async function crash({ cycles, seed, json }: CrashOptions, interruption: Interruption): Promise<number> {
  if (!json) console.log(`Seed ${seed}`);
  const reporter = createReporter({ total: cycles, noun: "cycle", plural: "cycles" }, json);
  const result = await runCrashTest({
    cycles,
    seed,
    stopping: interruption.asked,
    onCycle: (done) => reporter.progress(done, 0),
  }).finally(() => reporter.end());
  if (json) printJson(result);
  else print(result);
  const done = counted(result.cycles.length, "cycle");
  if (result.violations.length > 0) {
    throw new Failure(`${counted(result.violations.length, "broken promise")} after ${done}`);
  }
  if (result.isCutShort)
    throw new ExitError(`Stopped after ${done}, in which every promise was kept`, interruption.exitCode());
  if (!json) printDone(`Every promise was kept in ${done}, in ${duration(result.seconds * 1_000)}`);
  return 0;
}

function printJson(result: CrashResult): void {
  const { seed, seconds, violations, folder } = result;
  const whole = { seed, seconds: Number(seconds.toFixed(3)), ...figuresOf(result), violations, each: result.cycles };
  console.log(JSON.stringify(violations.length > 0 ? { ...whole, folder } : whole));
}

function print(result: CrashResult): void {
  const { violations, folder, seed } = result;
  for (const { kind, detail } of violations.slice(0, SHOWN)) console.log(`  - ${kind}: ${detail}`);
  if (violations.length > SHOWN) console.log(`  … and ${violations.length - SHOWN} more`);
  if (violations.length > 0) {
    console.log(`\nThe data are in ${folder}/data, what each start wrote in ${folder}/logs, and what the clients`);
    console.log("sent and were answered in clients.json beside them. To look around:");
    console.log(`  cd ${folder} && PERSIST_TO=data npm start`);
    console.log(`To run it again: npm run test:crash -- --seed ${seed}`);
  }
  console.log(`\n${figureTable(result).join("\n")}\n`);
}
