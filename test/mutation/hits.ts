import { randomUUID } from "node:crypto";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

/** Where an instrumented run writes what its test files reach. */
const COVERAGE = process.env["MUTATION_COVERAGE"];

/** Gets a line for each statement that SQLite cannot read: with one that is new, the mutant is none. */
const UNREADABLE = process.env["MUTATION_UNREADABLE"];

const hits = new Set<number>();

// What an instrumented source calls.
Object.assign(globalThis, {
  $hit: (...ids: number[]) => {
    for (const id of ids) hits.add(id);
  },
});

/** Notes which of the marked pieces of SQL are sent, and whether SQLite can read them. */
export function noteStatements<Result>(statements: readonly string[], execute: () => Result): Result {
  if (COVERAGE !== undefined) {
    for (const [, ids = ""] of statements.join(" ").matchAll(/\/\*m([\d,]+)\*\//g)) {
      for (const id of ids.split(",")) hits.add(Number(id));
    }
  }
  try {
    return execute();
  } catch (error) {
    if (
      UNREADABLE !== undefined &&
      /syntax error|no such column|ambiguous column|wrong number of arguments|Wrong number of parameter/.test(
        String(error),
      )
    ) {
      appendFileSync(UNREADABLE, `${String(error)}\n`);
    }
    throw error;
  }
}

/** What the test file that ends now has reached. */
export function reportHits(): void {
  if (COVERAGE === undefined) return;
  const { testPath = "" } = expect.getState();
  const test = testPath.slice(process.cwd().length + 1);
  writeFileSync(join(COVERAGE, `${randomUUID()}.json`), JSON.stringify({ test, hits: [...hits] }));
  hits.clear();
}
