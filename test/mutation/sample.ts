import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type CodeEdit, codeEdits } from "./code-mutants.ts";
import { sqlEdits } from "./sql-mutants.ts";

/** The areas that are mutated, and their files. */
export const AREAS = {
  commands: "src/commands/**/*.ts",
  projection: "src/projection/**/*.ts",
  queries: "src/queries/**/*.ts",
  search: "src/search/**/*.ts",
  keys: "src/keys/**/*.ts",
  metrics: "src/http/metrics.ts",
  migrations: "migrations/*.sql",
} as const;
export type Area = keyof typeof AREAS;

/** One changed version of the project. */
export interface Mutant {
  readonly id: number;
  readonly area: Area;
  readonly file: string;
  readonly line: number;
  readonly operator: string;
  /** What stood there, and what stands there now. */
  readonly from: string;
  readonly to: string;
  /** The file with the change. */
  readonly text: string;
  readonly edit: CodeEdit;
}

/** All mutants of an area, in the order of their places. */
export function mutantsOf(root: string, area: Area): Mutant[] {
  const files = globSync(AREAS[area], { cwd: root }).toSorted();
  const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), "utf8")]));
  const triggers = area === "migrations" ? lastTriggers(sources) : undefined;
  return [...sources].flatMap(([file, source]) => {
    const edits = triggers
      ? triggers.filter((trigger) => trigger.file === file).flatMap(({ start, text }) => triggerEdits(text, start))
      : codeEdits(file, source);
    return edits.map((edit): Mutant => {
      const text = source.slice(0, edit.start) + edit.text + source.slice(edit.end);
      const line = source.slice(0, edit.start).split("\n").length;
      const [from, to] = [source.slice(edit.start, edit.end), edit.text];
      return { id: 0, area, file, line, operator: edit.operator, from, to, text, edit };
    });
  });
}

/** So many mutants of each area, chosen by a seed; all where there are fewer. */
export function sampleOf(root: string, areas: readonly Area[], seed: number, size: number): Mutant[] {
  const chosen = areas.flatMap((area) => {
    const mutants = mutantsOf(root, area);
    const [order] = fc.sample(fc.shuffledSubarray(mutants, { minLength: mutants.length }), { seed, numRuns: 1 });
    return (order ?? []).slice(0, size);
  });
  return chosen.map((mutant, index) => ({ ...mutant, id: index + 1 }));
}

interface Trigger {
  readonly file: string;
  readonly start: number;
  readonly text: string;
}

/** The triggers that the last migration leaves: what a later one drops is nothing any more. */
function lastTriggers(sources: ReadonlyMap<string, string>): Trigger[] {
  const last = new Map<string, Trigger>();
  for (const [file, source] of sources) {
    for (const match of source.matchAll(/^(CREATE|DROP) TRIGGER (?:IF EXISTS )?(\w+).*$/gm)) {
      const [text, verb, name = ""] = match;
      if (verb === "DROP") last.delete(name);
      else last.set(name, { file, start: match.index, text });
    }
  }
  return [...last.values()];
}

function triggerEdits(text: string, start: number): CodeEdit[] {
  const within = { start, end: start + text.length, kind: "sql" } as const;
  return sqlEdits(text).map((edit) => ({
    ...edit,
    ...{ start: edit.start + start, end: edit.end + start, within, atLoad: true },
  }));
}
