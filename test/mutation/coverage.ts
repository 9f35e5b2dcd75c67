import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CodeEdit, codeEdits } from "./code-mutants.ts";
import type { Mutant } from "./sample.ts";

/** Which test files reach a mutant; undefined where that is not known, and all may. */
export type Coverage = ReadonlyMap<number, ReadonlySet<string>>;

/** Makes the sources of a copy tell what runs: code by calling `$hit`, SQL by a comment in the statement. */
export function instrument(root: string, mutants: readonly Mutant[]): void {
  for (const [file, own] of Map.groupBy(
    mutants.filter(({ area }) => area !== "migrations"),
    ({ file }) => file,
  )) {
    const path = join(root, file);
    const source = readFileSync(path, "utf8");
    const all = [...own.map(({ id, edit }) => ({ id, ...edit })), ...ofFunctions(own, codeEdits(file, source))];
    const places = Map.groupBy(all, ({ within }) => JSON.stringify(within));
    const insertions = [...places].flatMap(([place, here]) => {
      const { start, end, kind } = JSON.parse(place) as Mutant["edit"]["within"];
      const ids = [...new Set(here.map(({ id }) => id))].join();
      if (kind === "sql") return [{ at: start + 1, size: 0, text: `/*m${ids}*/` }];
      const [before, after] = kind === "statement" ? [`{$hit(${ids});`, "}"] : [`($hit(${ids}),(`, "))"];
      // What begins before, or ends behind, is around the other.
      return [
        { at: start, size: end - start, text: before },
        { at: end, size: start - end, text: after },
      ];
    });
    const ordered = insertions.toSorted((one, other) => one.at - other.at || order(one.size, other.size));
    let text = "";
    let at = 0;
    for (const insertion of ordered) {
      text += source.slice(at, insertion.at) + insertion.text;
      at = insertion.at;
    }
    writeFileSync(path, text + source.slice(at));
  }
}

/** A constant that only its file knows is reached by whatever reaches a function there. */
function ofFunctions(own: readonly Mutant[], edits: readonly CodeEdit[]) {
  const constants = own.filter(isPrivateConstant);
  const places = edits.filter(({ atLoad, within }) => !atLoad && within.kind !== "sql");
  return constants.flatMap(({ id }) => places.map((edit) => ({ id, ...edit })));
}

function isPrivateConstant({ area, text, edit }: Mutant): boolean {
  if (area === "migrations" || !edit.atLoad || edit.within.kind === "sql") return false;
  const statement = text
    .slice(0, edit.start)
    .split("\n")
    .findLast((line) => /^[a-z]/.test(line));
  return statement?.startsWith("const ") ?? false;
}

/** At one place, what ends comes before what begins; of two that begin the longer first, of two that end the shorter. */
function order(one: number, other: number): number {
  if (one < 0 !== other < 0) return one < 0 ? -1 : 1;
  return other - one;
}

/** What instrumented copies have written down: a file for each test file. */
export function readCoverage(folders: readonly string[], mutants: readonly Mutant[]): Coverage {
  const reached = new Map<number, Set<string>>();
  for (const mutant of mutants) {
    const { id, area, edit } = mutant;
    const isKnown = area !== "migrations" && (edit.within.kind === "sql" || !edit.atLoad || isPrivateConstant(mutant));
    if (isKnown) reached.set(id, new Set());
  }
  for (const path of folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))) {
    const { test, hits } = JSON.parse(readFileSync(path, "utf8")) as { test: string; hits: number[] };
    for (const hit of hits) reached.get(hit)?.add(test);
  }
  return reached;
}
