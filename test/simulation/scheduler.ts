/** Thrown by what ends its worker: the invocation that meets it makes no further call. */
export class WorkerKilled extends Error {
  override readonly name = "WorkerKilled";
}

/** One invocation of the service: a request, a batch of messages, a pass of the cron. */
export interface Invocation {
  readonly name: string;
  alive: boolean;
  /** Milliseconds that it has waited: for its own pauses, and for calls that hang. */
  waited: number;
  /** What the platform does when it ends before its time. */
  ended: () => void;
}

/** A call that an invocation waits for. */
interface Pending {
  readonly invocation: Invocation;
  readonly name: string;
  /** Lets the call happen: its outcome goes to the invocation. */
  readonly happen: () => void;
}

/**
 * Runs invocations in one thread, one call at a time. Whenever all of them wait, it picks the next call by the seed: all
 * interleavings of calls are possible, and one seed is one of them.
 */
export class Scheduler {
  readonly #random: () => number;
  readonly #trace: (line: string) => void;
  /** Lets time pass when all that is left is waiting; false if nobody waits. */
  passTime: () => boolean = () => false;
  #pending: Pending[] = [];

  constructor(random: () => number, trace: (line: string) => void) {
    this.#random = random;
    this.#trace = trace;
  }

  /** How many calls wait. */
  get waiting(): number {
    return this.#pending.length;
  }

  /** A call of an invocation: `effect` runs when its turn comes. An invocation that has ended waits for ever. */
  call<Result>(invocation: Invocation, name: string, effect: () => Result | Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (!invocation.alive) return;
      const happen = () => {
        try {
          resolve(effect());
        } catch (error) {
          reject(error);
        }
      };
      this.#pending.push({ invocation, name, happen });
    });
  }

  /** Starts an invocation; it runs to its first call at the next {@link step}. */
  start(invocation: Invocation, work: () => Promise<void>): void {
    this.#trace(`start ${invocation.name}`);
    this.#pending.push({ invocation, name: "start", happen: () => void work() });
  }

  /** Lets one call happen. */
  async step(): Promise<void> {
    const index = Math.floor(this.#random() * this.#pending.length);
    const [next] = this.#pending.splice(index, 1);
    if (!next) return;
    this.#trace(`${next.invocation.name}: ${next.name}`);
    next.happen();
    await settled();
  }

  /** Lets calls happen until none waits. */
  async drain(): Promise<void> {
    for (;;) {
      if (this.#pending.length > 0) await this.step();
      else if (this.passTime()) await settled();
      else return;
    }
  }

  /** Ends the invocation of one of the calls that wait; the call may still take effect, but nobody learns of it. */
  kill(): void {
    const victim = this.#pending[Math.floor(this.#random() * this.#pending.length)];
    if (victim) this.end(victim.invocation);
  }

  /** Ends an invocation between two of its calls. */
  end(invocation: Invocation): void {
    this.#trace(`kill ${invocation.name}`);
    if (!invocation.alive) return;
    invocation.alive = false;
    this.#pending = this.#pending.filter((pending) => pending.invocation !== invocation);
    invocation.ended();
  }
}

/** Everything between two calls is promises without I/O: when the event loop turns, all invocations wait again. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
