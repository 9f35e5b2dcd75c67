import type { Mutant } from "./sample.ts";

/** A change after which the program does the same as before, so that no test can tell. */
interface Equivalent {
  readonly file: string;
  readonly operator: string;
  /** The code that is changed. */
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

const EQUIVALENTS: readonly Equivalent[] = [
  {
    file: "src/commands/event-store.ts",
    operator: "boundary",
    from: "values.length > 0",
    to: "(values.length) >= (0)",
    why: "json_set without a path gives the JSON as it is: an event without personal fields keeps its data either way",
  },
  {
    file: "src/search/facets.ts",
    operator: "condition removed",
    from: "/^[a-z0-9_-]*$/.test(value)",
    to: "false",
    why: "A shortcut: a value of plain characters only is written character by character as itself",
  },
];

/** Why a mutant is no different program; undefined if it is one. */
export function reasonOfEquivalence({ file, operator, from, to }: Mutant): string | undefined {
  return EQUIVALENTS.find(
    (known) => known.file === file && known.operator === operator && known.from === from && known.to === to,
  )?.why;
}
