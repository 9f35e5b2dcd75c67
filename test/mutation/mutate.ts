/** `npm run mutate`: whether the tests notice when the code is changed. `--help` says more. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { counted, duration, ExitError, printDone, runScript } from "../../scripts/console.ts";
import { listenForInterruption } from "../../scripts/interruption.ts";
import { createReporter } from "../simulation/simulate/reporter.ts";
import { DEFAULTS, type MutateOptions, readOptions } from "./options.ts";
import { type Outcome, runMutants } from "./run.ts";
import { AREAS, type Mutant, sampleOf } from "./sample.ts";

const HELP = `npm run mutate -- [OPTIONS]

Changes the code in one place (a comparison, a condition, a constant, a call, a condition of an SQL statement, …) and runs the tests that
reach it, until one fails. What no test notices is shown. The tests of the runtime run in Node here, on the simulated database; those that
count rows, which only the real one does, are left out. Exit code 0 if all ran, 2 for a wrong call.

  --sample N      mutants of each area, chosen by the seed (${DEFAULTS.sample})
  --seed S        (${DEFAULTS.seed})
  --only AREAS    some of ${Object.keys(AREAS).join(",")}
  --mutants IDS   only these of the sample, by their numbers: 3,17
  --workers N     copies of the project at once (${DEFAULTS.workers})
  --slow          runs the test files that take long, too
  --json FILE     writes every mutant and what became of it`;

const root = join(import.meta.dirname, "../..");

await runScript(async () => {
  const options = readOptions(process.argv.slice(2));
  if (!options) console.log(HELP);
  else await mutate(options);
  return 0;
});

async function mutate({ areas, seed, sample, mutants: ids, workers, slow, json }: MutateOptions): Promise<void> {
  // The copies' vitest reads it.
  if (slow) process.env["MUTATION_SLOW"] = "true";

  const mutants = sampleOf(root, areas, seed, sample).filter(({ id }) => ids.length === 0 || ids.includes(id));
  const interruption = listenForInterruption();
  const reporter = createReporter({ total: mutants.length, noun: "mutant", plural: "mutants" }, false);
  const began = performance.now();
  const outcomes = await runMutants(
    mutants,
    workers,
    (done) => {
      reporter.progress(done.length, done.filter(isMissed).length);
      if (json !== undefined) writeFileSync(json, JSON.stringify(done.map(shown), undefined, 1));
    },
    interruption.asked,
  ).finally(() => reporter.end());
  for (const outcome of outcomes.filter(isMissed)) console.log(inWords(outcome));
  console.log(`\n${tableOf(outcomes).join("\n")}\n`);
  if (interruption.asked.aborted) throw new ExitError("Stopped before all were tried", interruption.exitCode());
  printDone(`${counted(outcomes.length, "mutant")} in ${duration(performance.now() - began)} (seed ${seed})`);
}

function isMissed({ fate }: Outcome): boolean {
  return fate === "survived" || fate === "unreached";
}

function inWords({ mutant: { id, file, line, operator, from, to }, fate }: Outcome): string {
  return `#${id} ${fate}: ${file}:${line} ${operator}: ${oneLine(from)} → ${oneLine(to)}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").slice(0, 100);
}

/** The counts of each area; the score is the killed among those that are programs of their own. */
function tableOf(outcomes: readonly Outcome[]): string[] {
  const rows = [...Map.groupBy(outcomes, ({ mutant }) => mutant.area), ["all", outcomes] as const].map(([area, of]) => {
    const count = (...fates: Outcome["fate"][]) => of.filter(({ fate }) => fates.includes(fate)).length;
    const found = count("killed", "hung");
    const missed = count("survived", "unreached");
    const score = found + missed === 0 ? "" : `${((100 * found) / (found + missed)).toFixed(1)} %`;
    return [area, of.length, found, missed, count("equivalent"), count("unreadable"), score];
  });
  const head = ["area", "mutants", "found", "missed", "equivalent", "no SQL", "score"];
  return [head, ...rows].map((cells) => cells.map((cell) => String(cell).padStart(11)).join(""));
}

function shown({ mutant, ...outcome }: Outcome) {
  const { text: _text, edit: _edit, ...place }: Mutant = mutant;
  return { ...place, ...outcome };
}
