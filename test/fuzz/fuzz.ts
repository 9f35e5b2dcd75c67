/** `npm run fuzz`: hostile inputs for every operation of the API. `--help` says more. */
import { counted, duration, ExitError, printDone, runScript } from "../../scripts/console.ts";
import { type Interruption, listenForInterruption } from "../../scripts/interruption.ts";
import { Failure as ScriptFailure } from "../../scripts/local/run.ts";
import { createReporter } from "../simulation/simulate/reporter.ts";
import { type Failure, runChunk } from "./chunk.ts";
import { DEFAULTS, type FuzzOptions, readOptions } from "./options.ts";
import { CHUNK_INPUTS, type FuzzResult, runFuzz } from "./run.ts";
import { failureLines, resultLines } from "./words.ts";

const HELP = `npm run fuzz -- [OPTIONS]

Sends hostile inputs to every operation of the API: to its path, query, headers, body, method and key, one of them or all. Each has to be
answered, without a 500, with a problem document where it is refused, and then nothing may be written. One that breaks a promise is made as
small as it can be. Exit code 0 if all promises were kept, 1 if not, 2 for a wrong call.

  --inputs N     how many (${DEFAULTS.inputs})
  --seed S       of the first ${CHUNK_INPUTS} of them; each further ${CHUNK_INPUTS} have the next (${DEFAULTS.seed})
  --jobs N       threads (the number of cores, at most 4)
  --replay PATH  sends one input of the seed again, as a failure names it
  --json         one JSON object at the end, for programs`;

/** Failures that are shown one by one. */
const SHOWN_FAILURES = 5;

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (!options) console.log(HELP);
  else if (options.replay !== undefined) await replay(options, options.replay);
  else await fuzz(options, listenForInterruption());
  return 0;
});

async function fuzz(options: FuzzOptions, interruption: Interruption): Promise<void> {
  const reporter = createReporter({ total: options.inputs, noun: "input", plural: "inputs" }, options.json);
  const result = await runFuzz({
    ...options,
    stopping: interruption.asked,
    onProgress: (done, failed) => reporter.progress(done, failed),
  }).finally(() => reporter.end());
  if (options.json) console.log(JSON.stringify({ seed: options.seed, ...result }));
  else print(result);
  const inputs = counted(result.inputs, "input");
  if (result.failed.length > 0) {
    throw new ScriptFailure(`${counted(result.failed.length, "input")} of ${inputs} broke a promise`);
  }
  if (interruption.asked.aborted) {
    throw new ExitError(`Stopped after ${inputs}, which did no harm`, interruption.exitCode());
  }
  if (!options.json) {
    printDone(`${inputs} did no harm, in ${duration(result.seconds * 1_000)} (seed ${options.seed})`);
  }
}

function print(result: FuzzResult): void {
  for (const failure of result.failed.slice(0, SHOWN_FAILURES)) printFailure(failure);
  if (result.failed.length > SHOWN_FAILURES) {
    console.log(`\nAnd ${counted(result.failed.length - SHOWN_FAILURES, "other")}: --json has all`);
  }
  console.log(`\n${resultLines(result).join("\n")}\n`);
}

function printFailure(failure: Failure): void {
  console.log(`\n${failureLines(failure).join("\n")}`);
  console.log(`To send it again: npm run fuzz -- --seed ${failure.seed} --replay ${failure.path}`);
}

async function replay({ seed, json }: FuzzOptions, path: string): Promise<void> {
  const { failure } = await runChunk({ seed, inputs: CHUNK_INPUTS, path });
  if (json) console.log(JSON.stringify({ seed, failed: failure ? [failure] : [] }));
  else if (failure) printFailure(failure);
  if (failure) throw new ScriptFailure("The input broke a promise");
  if (!json) printDone("The input does no harm now");
}
