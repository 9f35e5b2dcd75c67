/** Seeded random numbers (mulberry32): fast, and the same on every machine. */
export class Random {
  #state: number;

  /** @param seeds whole numbers; each of them makes another sequence */
  constructor(...seeds: readonly number[]) {
    this.#state = 0x9e3779b9;
    for (const seed of seeds) {
      this.#state = Math.imul(this.#state ^ seed, 0x85ebca6b);
      this.#state = Math.imul(this.#state ^ (this.#state >>> 13), 0xc2b2ae35) ^ (this.#state >>> 16);
    }
  }

  /** A whole number from 0 to 2³² − 1. */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** From 0 to 1, without 1. */
  unit(): number {
    return this.bits() / 4_294_967_296;
  }

  /** A whole number below a limit. */
  below(limit: number): number {
    return Math.floor(this.unit() * limit);
  }

  happens(share: number): boolean {
    return this.unit() < share;
  }

  /** One whose logarithm is normally distributed, as lengths of texts and times between messages are. */
  lognormal(median: number, sigma: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
    return median * Math.exp(sigma * normal);
  }

  /** One whose logarithm is evenly distributed: ten times as rare where it is ten times as large. */
  loguniform(least: number, most: number): number {
    return least * (most / least) ** this.unit();
  }
}

/** Draws places of a list, each as often as its share says. */
export class Shares {
  readonly #sums: readonly number[];

  /** @param shares of any sum */
  constructor(shares: readonly number[]) {
    let sum = 0;
    this.#sums = shares.map((share) => {
      sum += share;
      return sum;
    });
  }

  draw(random: Random): number {
    const at = random.unit() * (this.#sums.at(-1) ?? 0);
    return this.#sums.findIndex((sum) => at < sum);
  }
}
