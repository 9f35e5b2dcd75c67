const WINDOW_MS = 30_000;

interface Sample {
  readonly at: number;
  readonly lines: number;
  readonly fraction: number;
}

/** The rate of the last half minute: a repeated run first skips existing tickets, and soon shows its real rate. */
export class Pace {
  readonly #samples: Sample[];

  constructor(now: number) {
    this.#samples = [{ at: now, lines: 0, fraction: 0 }];
  }

  /** Records the lines and the fraction of the file (0 to 1) that are done. */
  note(now: number, lines: number, fraction: number): void {
    this.#samples.push({ at: now, lines, fraction });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
  }

  /** Lines a second. */
  get rate(): number {
    const { first, last } = this.#ends();
    return last.at > first.at ? ((last.lines - first.lines) / (last.at - first.at)) * 1_000 : 0;
  }

  /** Milliseconds to the end of the file; undefined if unknown. */
  get left(): number | undefined {
    const { first, last } = this.#ends();
    const gained = last.fraction - first.fraction;
    return gained > 0 ? ((1 - last.fraction) / gained) * (last.at - first.at) : undefined;
  }

  #ends(): { first: Sample; last: Sample } {
    const nothing = { at: 0, lines: 0, fraction: 0 };
    return { first: this.#samples[0] ?? nothing, last: this.#samples.at(-1) ?? nothing };
  }
}
