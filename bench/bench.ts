/** `npm run bench`: measures, and writes what the documents show. `--help` says more. */
import { join, relative } from "node:path";
import { ExitError, figure, printDone, printError, runScript } from "../scripts/console.ts";
import { abortAfter, listenForInterruption } from "../scripts/interruption.ts";
import { endGroups, killGroups } from "../scripts/local/process-groups.ts";
import { CACHE } from "./data/cache.ts";
import { printTables } from "./report/print.ts";
import { writeReport } from "./report/report.ts";
import { describeMachine } from "./run/machine.ts";
import { measure } from "./run/measure.ts";
import { FULL_SIZES, isFull, type Options, readOptions } from "./run/options.ts";
import { RESULTS, type Results, readResults, writeResults } from "./run/results.ts";
import { PROJECT } from "./runtime/build.ts";
import { SUITES, WITHOUT_DATABASE } from "./suites/index.ts";

const NAMES = SUITES.map(({ name }) => name);

const HELP = `npm run bench -- [OPTIONS]

Measures Edgedesk against what people would use instead, in one run and on the same data. A full run writes bench/results.json,
the tables of docs/figures/performance.md and the plots in docs/performance; any other shows its tables.

  --tickets N,…   the sizes (${FULL_SIZES.join(",")})
  --quick         fewer repetitions, with 1000 and 10000 tickets unless --tickets is given
  --only NAME     one suite; can be given several times: ${NAMES.join(", ")}
  --json FILE     writes the results there, too
  --report-only   writes tables and plots again, from bench/results.json
  --help

Exit code 0: all was measured; 1: something failed, and is named; 2: wrong options; 130: stopped by Ctrl-C.
Filled databases are kept in bench/.cache.`;

const STOPPED = "Stopped: nothing is written";
/** Where the results of a full run go that is not whole. */
const PARTIAL = join(CACHE, "results.json");

await runScript(async () => {
  const options = readOptions(process.argv.slice(2), NAMES);
  switch (options.task) {
    case "help":
      console.log(HELP);
      return 0;
    case "report":
      return report(readResults());
    case "measure":
      return await run(options);
  }
});

async function run(options: Options & { task: "measure" }): Promise<number> {
  const interruption = listenForInterruption();
  const { asked, exitCode } = interruption;
  // A suite that does not stop by itself is ended with the process, which takes its runtimes and folders along.
  abortAfter(interruption).addEventListener("abort", () => {
    killGroups();
    printError(STOPPED);
    process.exit(exitCode());
  });
  asked.addEventListener("abort", () => void endGroups());
  try {
    const results = await resultsOf(options, asked);
    return deliver(results, options);
  } catch (error) {
    if (asked.aborted) throw new ExitError(STOPPED, exitCode());
    throw error;
  } finally {
    await endGroups();
  }
}

async function resultsOf(options: Options & { task: "measure" }, stopping: AbortSignal): Promise<Results> {
  const { sizes, isQuick, only } = options;
  const date = new Date();
  const machine = describeMachine();
  const suites = only.length === 0 ? SUITES : SUITES.filter(({ name }) => only.includes(name));
  const needsDatabase = ({ name }: { readonly name: string }) => !WITHOUT_DATABASE.has(name);
  const { figures, failed } = await measure({ suites, sizes, isQuick, needsDatabase, stopping });
  return {
    date: date.toISOString(),
    minutes: Math.round((Date.now() - date.getTime()) / 6_000) / 10,
    machine,
    options: { tickets: [...sizes], quick: isQuick, only: [...only] },
    failed: [...failed],
    figures: figures.map(({ values, ...rest }) => ({ ...rest, values: { ...values } })),
  };
}

function deliver(results: Results, options: Options & { task: "measure" }): number {
  const { failed } = results;
  const isWhole = failed.length === 0;
  const full = isFull(options);
  const files = [options.json, full ? (isWhole ? RESULTS : PARTIAL) : undefined];
  for (const file of new Set(files.filter((one) => one !== undefined))) {
    writeResults(file, results);
    printDone(`${figure(results.figures.length)} figures in ${relative(process.cwd(), file)}`);
  }
  if (full && isWhole) return report(results);
  printTables(results);
  if (!isWhole) throw new ExitError(`Failed: ${failed.join(", ")}`, 1);
  return 0;
}

function report(results: Results): number {
  for (const file of writeReport(results)) printDone(relative(PROJECT, file));
  return 0;
}
