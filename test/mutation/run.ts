import { type Coverage, instrument, readCoverage } from "./coverage.ts";
import { reasonOfEquivalence } from "./equivalents.ts";
import type { Mutant } from "./sample.ts";
import { Worker } from "./worker.ts";

/** What became of a mutant. */
export interface Outcome {
  readonly mutant: Mutant;
  /**
   * `killed` by a failing test; `survived` all that reach it, or none does (`unreached`); `hung`: its tests did not end;
   * `unreadable` to SQLite, and so no program; `equivalent`: it does the same as the original.
   */
  readonly fate: "killed" | "survived" | "unreached" | "hung" | "unreadable" | "equivalent";
  /** The test that failed, or why it is equivalent. */
  readonly by: string;
  readonly seconds: number;
}

/** Longer than any test file takes on a busy machine: only what never ends takes so long. */
const LIMIT_MS = 20 * 60_000;

/** It runs histories and looks at all statements. Which pieces of SQL it reaches is not known: its databases are others. */
const HISTORIES = "test/simulation/statements.test.ts";

/** What each test file has shown so far. */
interface Experience {
  /** Milliseconds that it takes without a change. */
  readonly took: Readonly<Record<string, number>>;
  /** How many mutants it has killed, by the file that they were in. */
  readonly kills: Map<string, number>;
  /** Tests that fail without a change. */
  readonly failing: readonly string[];
  /** What SQLite cannot read without a change. */
  readonly unreadable: ReadonlySet<string>;
}

/** Runs the tests against each mutant: those that reach it, the likeliest and quickest first, until one fails. */
export async function runMutants(
  mutants: readonly Mutant[],
  workers: number,
  onProgress: (outcomes: readonly Outcome[]) => void,
  stopping: AbortSignal,
): Promise<Outcome[]> {
  const { coverage, experience } = await study(mutants, workers);
  const copies = Array.from({ length: workers }, () => new Worker());
  const outcomes: Outcome[] = [];
  try {
    const queue = [...mutants];
    await Promise.all(
      copies.map(async (copy) => {
        for (let mutant = queue.shift(); mutant && !stopping.aborted; mutant = queue.shift()) {
          const began = performance.now();
          const verdict = await judge(copy, mutant, coverage, experience);
          outcomes.push({ mutant, ...verdict, seconds: (performance.now() - began) / 1_000 });
          onProgress(outcomes);
        }
      }),
    );
    return outcomes.toSorted((one, other) => one.mutant.id - other.mutant.id);
  } finally {
    for (const copy of copies) copy.close();
  }
}

/**
 * Runs all test files once in instrumented copies: what they reach, how long they take, and what fails there, be it for the instruments
 * themselves, and so proves nothing.
 */
async function study(mutants: readonly Mutant[], workers: number) {
  const copies = Array.from({ length: workers }, () => new Worker(true));
  try {
    const results = await Promise.all(
      copies.map(async (copy, index) => {
        instrument(copy.tree, mutants);
        const tests = (await copy.tests()).filter((_, place) => place % workers === index);
        const result = await copy.run({ change: undefined, tests, failing: [] }, 2 * LIMIT_MS);
        if (!result) throw new Error("the tests without a change did not end");
        return { ...result, unreadable: copy.unreadable() };
      }),
    );
    const experience: Experience = {
      took: Object.assign({}, ...results.map(({ took }) => took)),
      kills: new Map(),
      failing: results.flatMap(({ allFailed }) => allFailed),
      unreadable: new Set(results.flatMap(({ unreadable }) => unreadable)),
    };
    return {
      coverage: readCoverage(
        copies.map(({ coverage }) => coverage),
        mutants,
      ),
      experience,
    };
  } finally {
    for (const copy of copies) copy.close();
  }
}

async function judge(
  copy: Worker,
  mutant: Mutant,
  coverage: Coverage,
  experience: Experience,
): Promise<Pick<Outcome, "fate" | "by">> {
  const same = reasonOfEquivalence(mutant);
  if (same !== undefined) return { fate: "equivalent", by: same };
  const reaching = coverage.get(mutant.id);
  const all = await copy.tests();
  const isSql = mutant.edit.within.kind === "sql";
  const tests = reaching ? all.filter((test) => reaching.has(test) || (isSql && test === HISTORIES)) : all;
  const ordered = inOrder(tests, mutant.file, experience);
  const change = { file: mutant.file, text: mutant.text };
  const result = await copy.run({ change, tests: ordered, failing: experience.failing }, LIMIT_MS);
  if (!result) return { fate: "hung", by: "" };
  const unreadable = copy.unreadable().find((reason) => !experience.unreadable.has(reason));
  if (unreadable !== undefined) return { fate: "unreadable", by: unreadable };
  if (!result.failed) return { fate: reaching?.size === 0 ? "unreached" : "survived", by: "" };
  const { test, file } = result.failed;
  const key = `${mutant.file} ${file}`;
  experience.kills.set(key, (experience.kills.get(key) ?? 0) + 1);
  return { fate: "killed", by: test };
}

/** First those that are likely to fail, for the time that they take. */
function inOrder(tests: readonly string[], file: string, { took, kills }: Experience): string[] {
  const [, area = "", name = ""] = /(\w[\w-]*)\/([\w-]+)\.\w+$/.exec(file) ?? [];
  const worth = (test: string) => {
    const likely =
      (kills.get(`${file} ${test}`) ?? 0) + (test.includes(name) ? 1 : 0) + (test.includes(`/${area}/`) ? 0.3 : 0);
    return (likely + 0.1) / ((took[test] ?? 10_000) + 200);
  };
  return tests.toSorted((one, other) => worth(other) - worth(one));
}
