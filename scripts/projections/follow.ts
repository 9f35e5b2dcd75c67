import { setTimeout as pause } from "node:timers/promises";
import { Failure } from "../local/run.ts";
import { Cancelled } from "../service/client.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 1_000;

/** A job on the server, and how to follow it. */
export interface Following<T> {
  readonly ask: () => Promise<T>;
  readonly show: (state: T) => void;
  readonly ended: (state: T) => boolean;
  /** Changes whenever the job moves. */
  readonly mark: (state: T) => string;
  /** Give up on a job that does not move for so long, in milliseconds. */
  readonly stallMs: number;
  /** The error message of a stalled job. */
  readonly stalled: (state: T) => string;
  readonly stopping: AbortSignal;
}

/**
 * Polls a job until it has ended.
 *
 * @returns the last state.
 * @throws Failure if the job does not move, or the server does not answer; Cancelled.
 */
export async function follow<T>(job: Following<T>): Promise<T> {
  let mark: string | undefined;
  // Only pauses between two answers count: an unavailable server, or a laptop that was asleep, is not a stalled job.
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
      throw new Cancelled();
    });
    still += interval;
  }
}
