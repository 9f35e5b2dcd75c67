import { join } from "node:path";
import { count, type Tally } from "../faults.ts";
import type { Outcome } from "../history.ts";
import { inThreads } from "./threads.ts";

/** Which histories to run, and how. */
export interface RunRequest {
  readonly histories: number;
  readonly seed: number;
  readonly steps: number;
  readonly jobs: number;
  /** Ends the run at the failing history with the lowest seed. */
  readonly stopAtFirst?: boolean;
  /** Ends the run early; what is done by then counts. */
  readonly stopping?: AbortSignal;
  /** Called after each history. */
  readonly onProgress?: (done: number, failed: number) => void;
}

/** What the histories amount to: the same whatever the number of jobs, but for the time. */
export interface RunResult {
  readonly histories: number;
  readonly steps: number;
  readonly seconds: number;
  /** What was done and what went wrong, by kind. */
  readonly tally: Tally;
  /** By seed. */
  readonly failed: readonly Pick<Outcome, "seed" | "violations">[];
}

/** Runs histories, several at once, each in a thread of its own. */
export async function runHistories(request: RunRequest): Promise<RunResult> {
  const begun = performance.now();
  const run = new Run(request);
  await inThreads<number, Outcome>({
    script: join(import.meta.dirname, "worker.ts"),
    workerData: { steps: request.steps },
    jobs: Math.min(request.jobs, request.histories),
    next: () => run.next(),
    take: (outcome) => run.take(outcome),
    stopping: request.stopping,
  });
  return { ...run.result(), seconds: (performance.now() - begun) / 1_000 };
}

/** The state of a run. Outcomes come in any order, and are counted in that of the seeds. */
class Run {
  readonly #request: RunRequest;
  readonly #tally: Tally = {};
  readonly #failed: Pick<Outcome, "seed" | "violations">[] = [];
  readonly #early = new Map<number, Outcome>();
  #given = 0;
  #counted = 0;
  #done = 0;
  #stopped = false;

  constructor(request: RunRequest) {
    this.#request = request;
  }

  /** The seed of a history that nobody runs yet; undefined where no further one is to begin. */
  next(): number | undefined {
    const { seed, histories } = this.#request;
    if (this.#stopped || this.#given >= histories) return undefined;
    return seed + this.#given++;
  }

  take(outcome: Outcome): void {
    const { seed, stopAtFirst, onProgress } = this.#request;
    this.#done++;
    // Those with a lower seed are on their way, and may fail, too.
    if (stopAtFirst && outcome.violations.length > 0) this.#stopped = true;
    this.#early.set(outcome.seed, outcome);
    for (;;) {
      const next = this.#early.get(seed + this.#counted);
      if (!next || (stopAtFirst && this.#failed.length > 0)) break;
      this.#early.delete(next.seed);
      this.#count(next);
    }
    onProgress?.(this.#done, this.#failed.length);
  }

  result(): Omit<RunResult, "seconds"> {
    const steps = this.#counted * this.#request.steps;
    return { histories: this.#counted, steps, tally: this.#tally, failed: this.#failed };
  }

  #count({ seed, tally, violations }: Outcome): void {
    this.#counted++;
    for (const [kind, times] of Object.entries(tally)) count(this.#tally, kind, times);
    if (violations.length > 0) this.#failed.push({ seed, violations });
  }
}
