import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import { BaseSequencer, createVitest } from "vitest/node";

/** What the driver is asked: to run these test files, in this order, with a file changed. */
export interface Order {
  readonly change: { readonly file: string; readonly text: string } | undefined;
  readonly tests: readonly string[];
  /** Tests that fail without any change; they prove nothing. */
  readonly failing: readonly string[];
}

/** What became of it. */
export interface Result {
  /** The first test that failed, and why; undefined if none did. */
  readonly failed: { readonly test: string; readonly file: string; readonly reason: string } | undefined;
  /** All tests that failed, if nothing was changed. */
  readonly allFailed: readonly string[];
  /** Milliseconds of each file. */
  readonly took: Readonly<Record<string, number>>;
}

const root = process.cwd();
const failing = new Set<string>();
let stopsAtFirst = false;
let failed: Result["failed"];
let allFailed: string[] = [];
let took: Record<string, number> = {};
let begun = 0;

const reporter: Reporter = {
  onTestModuleStart: () => {
    begun = performance.now();
  },
  onTestCaseResult: (test) => {
    if (test.result().state === "failed") note(idOf(test), test.module, test.result().errors?.[0]?.message);
  },
  onTestModuleEnd: (module) => {
    took[pathOf(module)] = performance.now() - begun;
    const [error] = [...module.errors(), ...[...module.children.allSuites()].flatMap((suite) => suite.errors())];
    if (error) note(`${pathOf(module)} as a whole`, module, error.message);
  },
};

const vitest = await createVitest(
  { config: join(import.meta.dirname, "vitest.config.ts"), root, watch: false, reporters: [reporter] },
  {},
  { stdout: process.stderr },
);
vitest.config.sequence.sequencer = class extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer["sort"]>[0]) {
    return files;
  }
};
const specifications = new Map(
  (await vitest.globTestSpecifications()).map((each) => [each.moduleId.slice(root.length + 1), each]),
);
process.send?.({ tests: [...specifications.keys()] });

// Whoever asked is gone.
process.on("disconnect", () => process.exit());
process.on("message", (order: Order) => void obey(order));

async function obey({ change, tests, failing: known }: Order): Promise<void> {
  failing.clear();
  for (const test of known) failing.add(test);
  stopsAtFirst = change !== undefined;
  [failed, allFailed, took] = [undefined, [], {}];
  const path = change && join(root, change.file);
  const original = path && readFileSync(path, "utf8");
  try {
    if (path && change) write(path, change.text);
    await vitest.runTestSpecifications(tests.flatMap((test) => specifications.get(test) ?? []));
  } catch (error) {
    note("the run as a whole", undefined, String(error));
  } finally {
    if (path && original !== undefined) write(path, original);
  }
  process.send?.({ failed, allFailed, took } satisfies Result);
}

function write(path: string, text: string): void {
  writeFileSync(path, text);
  vitest.invalidateFile(path);
}

function note(test: string, module: TestModule | undefined, reason = ""): void {
  if (failing.has(test)) return;
  allFailed.push(test);
  if (failed) return;
  failed = { test, file: module ? pathOf(module) : "", reason: reason.slice(0, 500) };
  if (stopsAtFirst) void vitest.cancelCurrentRun("test-failure");
}

function idOf(test: TestCase): string {
  return `${pathOf(test.module)} > ${test.fullName}`;
}

function pathOf(module: TestModule): string {
  return module.moduleId.slice(root.length + 1);
}
