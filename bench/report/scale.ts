/** A logarithmic axis from one power of ten to another. */
export interface Scale {
  /** The powers of ten, the ends included. */
  readonly ticks: readonly number[];
  /** Where a value stands, from 0 to 1. */
  readonly place: (value: number) => number;
}

/** Makes an axis that has room for all values; they have to be more than 0. */
export function logScale(values: readonly number[]): Scale {
  const exponents = values.map((value) => Math.log10(value));
  // 1000 is 10³, though its logarithm may be a hair less.
  const least = Math.floor(Math.min(...exponents) + 1e-9);
  const most = Math.max(Math.ceil(Math.max(...exponents) - 1e-9), least + 1);
  const ticks = Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index));
  return { ticks, place: (value) => (Math.log10(value) - least) / (most - least) };
}
