import { SingleBar } from "cli-progress";
import { duration, printWarning } from "./console.ts";

/** Between two lines; an unchanged line is repeated only after the longer time. */
const QUIET_MS = 3_000;
const SAME_AGAIN_MS = 30_000;

/** The progress of a job at one moment. */
export interface Moment {
  /** Each stage of the job has a bar of its own. */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** The text beside the bar. */
  readonly beside: string;
  /** The text to print on a plain line, without a bar. */
  readonly line: string;
}

/** Shows the progress of a job on stderr. */
export interface Display {
  show(moment: Moment): void;
  note(text: string): void;
  retry(reason: string, pauseMs: number): void;
  /** Removes the bar. */
  end(): void;
}

/** A bar on a terminal; lines elsewhere, and for a job of unknown size. */
export function createDisplay(sizeIsKnown = true): Display {
  return process.stderr.isTTY && sizeIsKnown ? new Bar() : new Lines();
}

/** Lines a few seconds apart. */
class Lines implements Display {
  #said = { text: "", at: performance.now() };

  show({ line }: Moment): void {
    const quiet = line === this.#said.text ? SAME_AGAIN_MS : QUIET_MS;
    if (performance.now() - this.#said.at < quiet) return;
    this.#said = { text: line, at: performance.now() };
    console.error(line);
  }

  note(text: string): void {
    printWarning(text);
  }

  retry(reason: string, pauseMs: number): void {
    this.note(`${reason}; retrying in ${duration(pauseMs)}`);
  }

  end(): void {}
}

/** A bar on the terminal's last line; notes go above it. */
class Bar extends Lines {
  #bar: SingleBar | undefined;
  #shown: Moment | undefined;

  override show(moment: Moment): void {
    if (moment.stage !== this.#shown?.stage) this.end();
    this.#shown = moment;
    const { total, done, beside } = moment;
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        format: " {bar} {percentage}% | {beside}",
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
      });
      this.#bar.start(total, done, { beside });
    } else {
      this.#bar.setTotal(total);
      this.#bar.update(done, { beside });
    }
  }

  override note(text: string): void {
    const shown = this.#bar === undefined ? undefined : this.#shown;
    this.end();
    super.note(text);
    if (shown !== undefined) this.show(shown);
  }

  override end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}
