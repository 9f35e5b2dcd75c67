import { EdgedeskProblem, NoAnswer, UnexpectedAnswer } from "./errors.ts";

/** How long a client keeps trying. */
export interface Patience {
  /** Tries after the first one, at the most. */
  readonly retries: number;
  /** Milliseconds after which no further try begins. */
  readonly patienceMs: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;

/** Too many requests, and three ways to say that nobody is there at the moment. */
const PASSING: readonly number[] = [429, 502, 503, 504];

/**
 * Tries until it works, it is clear that it will not, or patience is at its end.
 *
 * @param attempt one try
 * @param signal ends a pause; a try has to see to it itself
 * @throws what the last try threw, or the reason of the signal
 */
export async function persist<Result>(
  attempt: () => Promise<Result>,
  { retries, patienceMs }: Patience,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const begun = performance.now();
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const pause = pauseAfter(error, tries);
      if (!mayPass(error) || tries >= retries || performance.now() - begun + pause > patienceMs) throw error;
      await sleep(pause, signal);
    }
  }
}

function mayPass(error: unknown): boolean {
  if (error instanceof EdgedeskProblem && error.type === "concurrent-change") return true;
  if (error instanceof EdgedeskProblem || error instanceof UnexpectedAnswer) return PASSING.includes(error.status);
  return error instanceof NoAnswer;
}

/** Never less than the service asks for. Half of the rest is random, so that not all come back at the same moment. */
function pauseAfter(error: unknown, tries: number): number {
  const asked = error instanceof EdgedeskProblem || error instanceof UnexpectedAnswer ? (error.retryAfter ?? 0) : 0;
  const backoff = Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS);
  return asked * 1000 + (backoff / 2) * (1 + Math.random());
}

function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
