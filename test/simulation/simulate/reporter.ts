import { SingleBar } from "cli-progress";
import { counted, duration, figure } from "../../../scripts/console.ts";
import { Pace } from "../../../scripts/import/pace.ts";

/** Between two lines. */
const QUIET_MS = 3_000;

/** What is done one by one, and how many there are. */
export interface Amount {
  readonly total: number;
  readonly noun: string;
  readonly plural: string;
}

/** Tells somebody how far it is. */
export interface Reporter {
  progress(done: number, failed: number): void;
  end(): void;
}

/** Chooses a bar for a terminal, lines for a person elsewhere, and nothing for a program. */
export function createReporter(amount: Amount, forPrograms: boolean): Reporter {
  if (process.stderr.isTTY) return new BarReporter(amount);
  return forPrograms ? { progress: () => {}, end: () => {} } : new LineReporter(amount);
}

/** Lines on stderr, a few seconds apart. */
class LineReporter implements Reporter {
  protected readonly amount: Amount;
  readonly #pace = new Pace(performance.now());
  #saidAt = performance.now();

  constructor(amount: Amount) {
    this.amount = amount;
  }

  progress(done: number, failed: number): void {
    this.#pace.note(performance.now(), done, done / this.amount.total);
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
    const { total, noun, plural } = this.amount;
    return [
      `${figure(done)} of ${counted(total, noun, plural)}`,
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

  constructor(amount: Amount) {
    super(amount);
    this.#bar.start(amount.total, 0, { text: this.words(0, 0) });
  }

  override end(): void {
    this.#bar.stop();
  }

  protected override show(done: number, text: string): void {
    this.#bar.update(done, { text });
  }
}
