const WINDOW_MS = 30_000;

interface Sample {
  readonly at: number;
  readonly lines: number;
  readonly fraction: number;
}

/** How fast the last half minute went: a run that first passes over what is there already soon shows its real pace. */
export class Pace {
  readonly #samples: Sample[];

  constructor(now: number) {
    this.#samples = [{ at: now, lines: 0, fraction: 0 }];
  }

  /** Notes that so many lines, and so much of the file (0 to 1), are done. */
  note(now: number, lines: number, fraction: number): void {
    this.#samples.push({ at: now, lines, fraction });
    while (this.#samples.length > 2 && (this.#samples[1]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
  }

  /** Lines a second. */
  get rate(): number {
    const { first, last } = this.#ends();
    return last.at > first.at ? ((last.lines - first.lines) / (last.at - first.at)) * 1_000 : 0;
  }

  /** Milliseconds to the end of the file; undefined while nothing can be said. */
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
