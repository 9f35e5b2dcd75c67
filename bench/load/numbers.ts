/** The value that a share of all is not above (nearest rank); null where there is none. */
export function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(Math.ceil(share * sorted.length) - 1, 0)] ?? null;
}

/** The middle value; of an even number, the lower one of the two. */
export function median(values: readonly number[]): number | null {
  return quantile(values, 0.5);
}

/** A quotient, unless one of its parts is not known. */
export function ratio(value: number | null | undefined, by: number | null | undefined): number | null {
  return value === null || value === undefined || !by ? null : value / by;
}

/** All of them in turn, as often as asked for: what slows the machine down slows all of them down. */
export async function interleaved(
  rounds: number,
  works: readonly ((round: number) => Promise<void>)[],
  told: (share: number) => void,
): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    for (const [index, work] of works.entries()) {
      await work(round);
      told((round + (index + 1) / works.length) / rounds);
    }
  }
}
