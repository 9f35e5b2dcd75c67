import type { Call } from "./d1.ts";
import { count, type Tally } from "./faults.ts";
import type { Invocation } from "./scheduler.ts";

/** What becomes of a call that hangs, and when its caller is told. */
const FATES = [
  "takes effect before it hangs",
  "takes effect when the stall ends",
  "fails when the stall ends",
  "is never answered",
] as const;

interface Hanging {
  readonly invocation: Invocation;
  /** What happens when the stall ends; undefined for a call that is never answered. */
  readonly answer: (() => void) | undefined;
  /** Whether its caller still waits for it. */
  waits: boolean;
}

interface Alarm {
  readonly invocation: Invocation;
  /** In milliseconds that its invocation has waited. */
  readonly due: number;
  readonly expire: () => void;
}

/**
 * A stall of the database: for a time it answers nobody, and what was sent meanwhile may have taken effect, may do so at the end, or
 * never does. Time passes only for those who wait: until the deadline of one of them, or the end of the stall, whichever the seed chooses.
 */
export class Stall {
  readonly #random: () => number;
  readonly #tally: Tally;
  readonly #trace: (line: string) => void;
  readonly #pass: (milliseconds: number) => void;
  #holds: "all" | "primary" | undefined;
  #hanging: Hanging[] = [];
  #alarms: Alarm[] = [];

  constructor(random: () => number, tally: Tally, trace: (line: string) => void, pass: (milliseconds: number) => void) {
    this.#random = random;
    this.#tally = tally;
    this.#trace = trace;
    this.#pass = pass;
  }

  /** The database stops answering: all of it, or the primary only. */
  begin(): void {
    if (this.#holds) return;
    this.#holds = this.#random() < 0.5 ? "all" : "primary";
    count(this.#tally, "stall of the database");
    this.#trace(`the database stalls: ${this.#holds}`);
  }

  /** Whether a call hangs now. */
  holds(target: Call["target"]): boolean {
    return this.#holds === "all" || this.#holds === target;
  }

  /** A call that is not answered for now. */
  hang<Result>(invocation: Invocation, name: string, execute: () => Result): Promise<Result> {
    const fate = FATES[Math.floor(this.#random() * FATES.length)] ?? FATES[0];
    count(this.#tally, "call hung");
    this.#trace(`  it hangs, and ${fate}: ${name}`);
    return new Promise((resolve, reject) => {
      const tell = (outcome: () => void) => {
        if (invocation.alive) outcome();
      };
      const run = (): (() => void) => {
        try {
          const result = execute();
          return () => resolve(result);
        } catch (error) {
          return () => reject(error);
        }
      };
      const lose = () => reject(new Error("D1_ERROR: Network connection lost."));
      if (fate === "takes effect before it hangs") {
        const outcome = run();
        this.#hanging.push({ invocation, answer: () => tell(outcome), waits: true });
      } else if (fate === "takes effect when the stall ends") {
        this.#hanging.push({ invocation, answer: () => tell(run()), waits: true });
      } else if (fate === "fails when the stall ends") {
        this.#hanging.push({ invocation, answer: () => tell(lose), waits: true });
      } else {
        this.#hanging.push({ invocation, answer: undefined, waits: true });
      }
    });
  }

  /** The database answers again. What nobody has waited for takes effect, too. */
  end(): void {
    if (!this.#holds) return;
    this.#holds = undefined;
    this.#trace("the stall ends");
    const answers = this.#hanging.flatMap(({ answer }) => answer ?? []);
    this.#hanging = this.#hanging.filter(({ answer }) => answer === undefined);
    for (const answer of answers) answer();
  }

  /** Sets an alarm; it goes off only while its invocation hangs. */
  timer(invocation: Invocation, milliseconds: number, expire: () => void): () => void {
    const alarm = { invocation, due: invocation.waited + milliseconds, expire };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  }

  /**
   * Time passes: the stall ends, or a deadline is missed.
   *
   * @returns false if nobody waits
   */
  passTime(): boolean {
    const hanging = new Set(this.#hanging.filter(({ waits }) => waits).map(({ invocation }) => invocation));
    const alarms = this.#alarms.filter(({ invocation }) => invocation.alive && hanging.has(invocation));
    const alarm = alarms[Math.floor(this.#random() * alarms.length)];
    if (this.#holds && (!alarm || this.#random() < 0.5)) {
      this.end();
      return true;
    }
    if (!alarm) return false;
    const { invocation, due, expire } = alarm;
    this.#trace(`${invocation.name}: misses a deadline`);
    count(this.#tally, "deadline missed");
    this.#pass(due - invocation.waited);
    invocation.waited = due;
    for (const call of this.#hanging) if (call.invocation === invocation) call.waits = false;
    this.#alarms = this.#alarms.filter((one) => one !== alarm);
    expire();
    return true;
  }
}
