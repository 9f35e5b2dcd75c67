import { constants } from "node:os";

/** One Ctrl-C can arrive twice: the terminal sends it to all processes, and npm passes it on. */
const SAME_KEYSTROKE_MS = 500;
/** The time a running request has after Ctrl-C to return its result, in milliseconds. */
const GRACE_MS = 3_000;

/** A request to stop the script: at first gracefully, then at once. */
export interface Interruption {
  /** Fires at the first SIGINT, SIGTERM or SIGHUP. */
  readonly asked: AbortSignal;
  /** Fires at the second signal. */
  readonly insisted: AbortSignal;
  /** 128 + the first signal's number: 130 for Ctrl-C. */
  exitCode(): number;
}

/** Handles the signals that would otherwise end the process in the middle of a request. */
export function listenForInterruption(): Interruption {
  const asked = new AbortController();
  const insisted = new AbortController();
  let code = 130;
  let firstAt: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const now = performance.now();
      if (firstAt === undefined) {
        firstAt = now;
        code = 128 + constants.signals[signal];
        asked.abort();
      } else if (now - firstAt > SAME_KEYSTROKE_MS) {
        insisted.abort();
      }
    });
  }
  return { asked: asked.signal, insisted: insisted.signal, exitCode: () => code };
}

/** Fires at the second Ctrl-C, or some seconds after the first: a running request is then aborted. */
export function abortAfter({ asked, insisted }: Interruption): AbortSignal {
  const late = new AbortController();
  asked.addEventListener("abort", () => setTimeout(() => late.abort(), GRACE_MS).unref());
  return AbortSignal.any([insisted, late.signal]);
}
