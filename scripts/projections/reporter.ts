import { printDone, printEvent, printWarning } from "../console.ts";
import { createDisplay, type Display, type Moment } from "../progress-display.ts";

type Data = Readonly<Record<string, unknown>>;

/** Reports results and progress: data to a program, text to a person. */
export interface Reporter {
  /** A result. */
  tell(event: string, data: Data, lines: readonly string[]): void;
  progress(moment: Moment, data: Data): void;
  retry(reason: string, pauseMs: number): void;
  /**
   * The final result.
   *
   * @returns the exit code: 0 if all is well, 1 if not.
   */
  done(ok: boolean, data: Data, text: string): number;
  /** The final event of a run that did not finish: `stopped` or `failed`. For people, the script prints the reason on stderr. */
  brokeOff(event: string, reason: string): void;
  /** Ends the progress display. */
  end(): void;
}

/** For programs: one JSON object a line on stdout, and nothing else. */
export class ProgramReporter implements Reporter {
  #progress = "";

  tell(event: string, data: Data): void {
    printEvent(event, data);
  }

  progress({ stage }: Moment, data: Data): void {
    const state = JSON.stringify([stage, data]);
    if (state !== this.#progress) printEvent("progress", { stage, ...data });
    this.#progress = state;
  }

  retry(reason: string, pauseMs: number): void {
    printEvent("retry", { reason, pause_ms: Math.round(pauseMs) });
  }

  done(ok: boolean, data: Data): number {
    printEvent("done", { ok, ...data });
    return ok ? 0 : 1;
  }

  brokeOff(event: string, reason: string): void {
    printEvent(event, { ok: false, reason });
  }

  end(): void {}
}

/** For people: results on stdout, progress on stderr. */
export class PeopleReporter implements Reporter {
  readonly #display: Display = createDisplay();

  tell(_event: string, _data: Data, lines: readonly string[]): void {
    this.end();
    for (const line of lines) console.log(line);
  }

  progress(moment: Moment): void {
    this.#display.show(moment);
  }

  retry(reason: string, pauseMs: number): void {
    this.#display.retry(reason, pauseMs);
  }

  done(ok: boolean, _data: Data, text: string): number {
    this.end();
    if (ok) printDone(text);
    else printWarning(text);
    return ok ? 0 : 1;
  }

  brokeOff(): void {}

  end(): void {
    this.#display.end();
  }
}
