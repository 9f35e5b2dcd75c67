import { counted, duration, figure } from "../console.ts";
import { createDisplay, type Display } from "../progress-display.ts";
import type { Refusal } from "./chunks.ts";
import type { Projections } from "./client.ts";
import { Pace } from "./pace.ts";
import type { Tally } from "./tally.ts";

const SHOWN_REFUSALS = 5;
/** The bar counts whole steps. */
const STEPS = 1_000;

/** Reports the progress of an import. */
export interface Reporter {
  /** @param fraction the part of the file that is done, 0 to 1; undefined if the size is unknown. */
  progress(tally: Tally, fraction: number | undefined): void;
  refused(refusals: readonly Refusal[]): void;
  retry(reason: string, pauseMs: number): void;
  note(text: string): void;
  /** The file is sent; the lists are behind. */
  waiting(behind: Projections): void;
  /** Ends the progress display; the summary follows. */
  end(): void;
}

/** For people: with a bar, on a terminal and if the size of the file is known. */
export function createReporter(bytes: number): Reporter {
  return new DisplayReporter(createDisplay(bytes > 0));
}

class DisplayReporter implements Reporter {
  readonly #display: Display;
  readonly #pace = new Pace(performance.now());
  #refusals = 0;
  #mostWaiting = 0;

  constructor(display: Display) {
    this.#display = display;
  }

  progress(tally: Tally, fraction: number | undefined): void {
    this.#pace.note(performance.now(), tally.line, fraction ?? 0);
    const lines = counted(tally.line, "line");
    const rate = figure(this.#pace.rate);
    const left = this.#pace.left === undefined ? [] : [`${duration(this.#pace.left)} left`];
    const share = fraction === undefined ? "" : ` (${Math.floor(fraction * 100)}%)`;
    this.#display.show({
      stage: "sending",
      done: (fraction ?? 0) * STEPS,
      total: STEPS,
      beside: [lines, `${rate}/s`, ...left].join(" | "),
      line: [lines + share, `${rate} lines a second`, ...left].join(", "),
    });
  }

  refused(refusals: readonly Refusal[]): void {
    for (const { line, errors } of refusals) {
      this.#refusals += 1;
      const reasons = errors.map(({ detail, pointer }) => (pointer ? `${pointer}: ${detail}` : detail)).join("; ");
      if (this.#refusals <= SHOWN_REFUSALS) this.note(`line ${line} refused: ${reasons}`);
      if (this.#refusals === SHOWN_REFUSALS + 1) this.note("more lines are refused; see the file of refused lines");
    }
  }

  retry(reason: string, pauseMs: number): void {
    this.#display.retry(reason, pauseMs);
  }

  note(text: string): void {
    this.#display.note(text);
  }

  waiting({ backlog }: Projections): void {
    this.#mostWaiting = Math.max(this.#mostWaiting, backlog.count);
    const said = `waiting for the lists: ${counted(backlog.count, "ticket")} to go`;
    const done = this.#mostWaiting - backlog.count;
    this.#display.show({ stage: "waiting", done, total: this.#mostWaiting, beside: said, line: said });
  }

  end(): void {
    this.#display.end();
  }
}
