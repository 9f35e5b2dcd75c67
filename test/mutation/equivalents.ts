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

const EQUIVALENTS: readonly Equivalent[] = [];

/** Why a mutant is no different program; undefined if it is one. */
export function reasonOfEquivalence({ file, operator, from, to }: Mutant): string | undefined {
  return EQUIVALENTS.find(
    (known) => known.file === file && known.operator === operator && known.from === from && known.to === to,
  )?.why;
}
