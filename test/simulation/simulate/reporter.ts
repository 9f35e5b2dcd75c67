import { SingleBar } from "cli-progress";
import { counted, duration, figure } from "../../../scripts/console.ts";
import { Pace } from "../../../scripts/import/pace.ts";

/** Between two lines. */
const QUIET_MS = 3_000;

/** Tells somebody how far the histories are. */
export interface Reporter {
  progress(done: number, failed: number): void;
  end(): void;
}

/** Chooses a bar for a terminal, lines for a person elsewhere, and nothing for a program. */
export function createReporter(histories: number, forPrograms: boolean): Reporter {
  if (process.stderr.isTTY) return new BarReporter(histories);
  return forPrograms ? { progress: () => {}, end: () => {} } : new LineReporter(histories);
}

/** Lines on stderr, a few seconds apart. */
class LineReporter implements Reporter {
  protected readonly histories: number;
  readonly #pace = new Pace(performance.now());
  #saidAt = performance.now();

  constructor(histories: number) {
    this.histories = histories;
  }

  progress(done: number, failed: number): void {
    this.#pace.note(performance.now(), done, done / this.histories);
    this.show(done, this.words(done, failed));
  }

  end(): void {}

  protected show(_done: number, text: string): void {
    if (performance.now() - this.#saidAt < QUIET_MS) return;
    this.#saidAt = performance.now();
    console.error(text);
  }

  protected words(done: number, failed: number): string {
    const { rate, left } = this.#pace;
    return [
      `${figure(done)} of ${counted(this.histories, "history", "histories")}`,
      `${rate.toFixed(rate < 10 ? 1 : 0)} a second`,
      ...(left === undefined ? [] : [`${duration(left)} left`]),
      ...(failed > 0 ? [`${failed} failed`] : []),
    ].join(", ");
  }
}

/** A bar on a terminal's last line. */
class BarReporter extends LineReporter {
  readonly #bar = new SingleBar({
    format: " {bar} {percentage}% | {text}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });

  constructor(histories: number) {
    super(histories);
    this.#bar.start(histories, 0, { text: `0 of ${counted(histories, "history", "histories")}` });
  }

  override end(): void {
    this.#bar.stop();
  }

  protected override show(done: number, text: string): void {
    this.#bar.update(done, { text });
  }
}
