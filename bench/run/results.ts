import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Failure } from "../../scripts/local/run.ts";
import { PROJECT } from "../runtime/build.ts";

/** The results of the last full run: what the documents show. */
export const RESULTS = join(PROJECT, "bench/results.json");

const figure = z.strictObject({
  suite: z.string(),
  system: z.enum(["edgedesk", "inline", "compute-on-read", "node", "sqlite", "emmett"]),
  tickets: z.number(),
  what: z.string(),
  values: z.record(z.string(), z.number().nullable()),
});

const machine = z.strictObject({
  cores: z.number(),
  cpu: z.string(),
  memory_bytes: z.number(),
  kernel: z.string(),
  /** Processes that wanted a core in the minute before the run: what else the machine did. */
  load: z.number(),
  /** By program. */
  versions: z.record(z.string(), z.string()),
});

const results = z.strictObject({
  /** When the run began, RFC 3339. */
  date: z.string(),
  minutes: z.number(),
  machine,
  options: z.strictObject({ tickets: z.array(z.number()), quick: z.boolean(), only: z.array(z.string()) }),
  /** Suites that broke off: none of their figures is here. */
  failed: z.array(z.string()),
  figures: z.array(figure),
});

/** What it was measured on. */
export type Machine = z.infer<typeof machine>;

/** All that a run found. */
export type Results = z.infer<typeof results>;

/**
 * Reads the results of a run.
 *
 * @throws Failure where there are none
 */
export function readResults(path = RESULTS): Results {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new Failure(`There are no results in ${path}: \`npm run bench\` makes them`);
  }
  return results.parse(JSON.parse(text));
}

/** Writes results: the whole file, or nothing of it. One figure is one line. */
export function writeResults(path: string, { figures, ...run }: Results): void {
  const head = JSON.stringify(run, null, 2).slice(0, -2);
  const lines = figures.map((one) => `    ${JSON.stringify(one)}`).join(",\n");
  writeFileSync(`${path}.part`, `${head},\n  "figures": [\n${lines}\n  ]\n}\n`);
  renameSync(`${path}.part`, path);
}
