import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../local/run.ts";
import { CalledOff } from "../service/client.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;

/** A job on the server, and how it is watched. */
export interface Following<T> {
  readonly ask: () => Promise<T>;
  readonly show: (state: T) => void;
  readonly ended: (state: T) => boolean;
  /** Is another one whenever the job has moved. */
  readonly mark: (state: T) => string;
  /** How long nothing may move before it is given up. */
  readonly stallMs: number;
  /** What to say then. */
  readonly stalled: (state: T) => string;
  readonly stopping: AbortSignal;
}

/**
 * Asks again and again how a job goes, until it has ended.
 *
 * @returns how it ended.
 * @throws Failure if nothing moves any more, or nobody answers; CalledOff.
 */
export async function follow<T>(job: Following<T>): Promise<T> {
  let mark: string | undefined;
  // Only the pauses between two answers count: a server that was away for a while, or a laptop that was asleep, is no standstill.
  let still = 0;
  for (let interval = FIRST_PAUSE_MS; ; interval = Math.min(interval * 1.5, LONGEST_PAUSE_MS)) {
    const state = await job.ask();
    job.show(state);
    if (job.ended(state)) return state;
    const latest = job.mark(state);
    if (latest !== mark) still = 0;
    else if (still >= job.stallMs) throw new Failure(job.stalled(state));
    mark = latest;
    await pause(interval, undefined, { signal: job.stopping }).catch(() => {
      throw new CalledOff();
    });
    still += interval;
  }
}
