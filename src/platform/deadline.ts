/** How long the database may keep its caller waiting. */
export interface Patience {
  /** Milliseconds of one call. */
  readonly call: number;
  /** Milliseconds of all calls of an event, from its beginning on. */
  readonly total: number;
  /** Whether a call may be made while one that has missed its deadline may still be running. */
  readonly mayOvertake: boolean;
}

/** A request's calls: the request is answered within 5 seconds, whatever the database does. */
export const REQUEST: Patience = { call: 3_000, total: 4_500, mayOvertake: true };

/**
 * The calls of passes, messages, imports and erasures. D1 itself ends a call after 30 seconds
 * (https://developers.cloudflare.com/d1/platform/limits/): its word comes first, and this deadline is missed only if it says nothing.
 */
export const PASS: Patience = { call: 35_000, total: Number.POSITIVE_INFINITY, mayOvertake: false };

/** What a deadline needs of its surroundings. */
export interface Surroundings {
  /** Milliseconds since any fixed moment; never goes back. */
  readonly now: () => number;
  /** Calls `expire` after so many milliseconds, unless the function that it returns is called before. */
  readonly timer: (milliseconds: number, expire: () => void) => () => void;
  /** Lets work go on after the event has been answered. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** The real clock and timer. */
export const REAL_TIME: Omit<Surroundings, "waitUntil"> = {
  now: () => performance.now(),
  timer: (milliseconds, expire) => {
    const id = setTimeout(expire, milliseconds);
    return () => clearTimeout(id);
  },
};

/** The database did not respond in time. The call may have taken effect, or may still do so: D1 is not told that nobody waits. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
  /** Whether the call was made at all. */
  readonly wasSent: boolean;

  constructor(message: string, wasSent: boolean) {
    super(message);
    this.wasSent = wasSent;
  }
}

/** The deadlines of one event's calls. */
export class Deadline {
  readonly #patience: Patience;
  readonly #surroundings: Surroundings;
  readonly #begun: number;
  /** Calls that have missed their deadline and are not settled. */
  readonly #running: Set<Promise<unknown>>;

  constructor(patience: Patience, surroundings: Surroundings, from?: Deadline) {
    this.#patience = patience;
    this.#surroundings = surroundings;
    this.#begun = from ? from.#begun : surroundings.now();
    this.#running = from ? from.#running : new Set();
  }

  /** The same event with another patience: its time began when the event began. */
  with(patience: Patience): Deadline {
    return new Deadline(patience, this.#surroundings, this);
  }

  /** The same event with so many milliseconds more. */
  extended(milliseconds: number): Deadline {
    return this.with({ ...this.#patience, total: this.#patience.total + milliseconds });
  }

  /** Milliseconds that are left for all further calls. */
  get left(): number {
    return this.#patience.total - (this.#surroundings.now() - this.#begun);
  }

  /**
   * Makes a call and waits for it until its deadline.
   *
   * @throws {@link DeadlineExceeded}: if it was missed, or if no call may be made now
   */
  async meet<Result>(call: () => Promise<Result>): Promise<Result> {
    const milliseconds = Math.min(this.#patience.call, this.left);
    if (milliseconds <= 0) throw new DeadlineExceeded("no time is left for another call to the database", false);
    if (!this.#patience.mayOvertake && this.#running.size > 0) {
      throw new DeadlineExceeded("a call to the database that missed its deadline may still be running", false);
    }
    const work = call();
    return await new Promise((resolve, reject) => {
      const cancel = this.#surroundings.timer(milliseconds, () => {
        this.#leaveRunning(work);
        reject(new DeadlineExceeded(`the database did not answer within ${Math.round(milliseconds)} ms`, true));
      });
      work.finally(cancel).then(resolve, reject);
    });
  }

  /** Lets a call come to its end, of which nobody learns. */
  #leaveRunning(work: Promise<unknown>): void {
    const ended = () => void this.#running.delete(work);
    this.#running.add(work);
    this.#surroundings.waitUntil(work.then(ended, ended));
  }
}
