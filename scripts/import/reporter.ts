import { SingleBar } from "cli-progress";
import { counted, duration, figure, sayNote } from "../console.ts";
import type { Refusal } from "./chunks.ts";
import type { Projections } from "./client.ts";
import { Pace } from "./pace.ts";
import type { Tally } from "./tally.ts";

/** Between two lines; the same one again only after the longer time. */
const QUIET_MS = 3_000;
const SAME_AGAIN_MS = 30_000;
const SHOWN_REFUSALS = 5;

/** Tells somebody how the import goes. */
export interface Reporter {
  /** @param fraction how much of the file is done, 0 to 1; undefined if its size is not known. */
  progress(tally: Tally, fraction: number | undefined): void;
  refused(refusals: readonly Refusal[]): void;
  retry(reason: string, pauseMs: number): void;
  note(text: string): void;
  /** The file is done; the lists are so far behind. */
  waiting(behind: Projections): void;
  /** Nothing more comes before the summary. */
  end(): void;
}

/** Chooses a bar for a terminal, and lines for everything else. */
export function createReporter(bytes: number): Reporter {
  return process.stderr.isTTY && bytes > 0 ? new BarReporter() : new LineReporter();
}

/** Lines on stderr, a few seconds apart. */
class LineReporter implements Reporter {
  protected readonly pace = new Pace(performance.now());
  #said = { text: "", at: performance.now() };
  #refusals = 0;

  progress(tally: Tally, fraction: number | undefined): void {
    this.pace.note(performance.now(), tally.line, fraction ?? 0);
    const share = fraction === undefined ? "" : ` (${Math.floor(fraction * 100)}%)`;
    this.sometimes(`${counted(tally.line, "line")}${share}, ${figure(this.pace.rate)} a second${this.left(", ")}`);
  }

  refused(refusals: readonly Refusal[]): void {
    for (const { line, errors } of refusals) {
      this.#refusals += 1;
      const reasons = errors.map(({ detail, pointer }) => (pointer ? `${pointer}: ${detail}` : detail)).join("; ");
      if (this.#refusals <= SHOWN_REFUSALS) this.note(`line ${line} is refused: ${reasons}`);
      if (this.#refusals === SHOWN_REFUSALS + 1) this.note("more lines are refused; the file has them all");
    }
  }

  retry(reason: string, pauseMs: number): void {
    this.note(`${reason}; trying again in ${duration(pauseMs)}`);
  }

  note(text: string): void {
    sayNote(text);
  }

  waiting({ backlog }: Projections): void {
    this.sometimes(`waiting for the lists: ${counted(backlog.count, "ticket")} to go`);
  }

  end(): void {}

  protected left(before: string): string {
    return this.pace.left === undefined ? "" : `${before}${duration(this.pace.left)} left`;
  }

  protected sometimes(text: string): void {
    const quiet = text === this.#said.text ? SAME_AGAIN_MS : QUIET_MS;
    if (performance.now() - this.#said.at < quiet) return;
    this.#said = { text, at: performance.now() };
    console.error(text);
  }
}

/** A bar on a terminal's last line; notes go above it. */
class BarReporter extends LineReporter {
  #bar: SingleBar | undefined;
  #stage: "sending" | "waiting" = "sending";
  #shown = { total: 0, value: 0, text: "" };

  override progress(tally: Tally, fraction = 0): void {
    this.pace.note(performance.now(), tally.line, fraction);
    const text = `${counted(tally.line, "line")} | ${figure(this.pace.rate)}/s${this.left(" | ")}`;
    this.#show("sending", 1_000, fraction * 1_000, text);
  }

  override waiting({ backlog }: Projections): void {
    const total = this.#stage === "waiting" ? Math.max(this.#shown.total, backlog.count) : backlog.count;
    this.#show(
      "waiting",
      total,
      total - backlog.count,
      `waiting for the lists: ${counted(backlog.count, "ticket")} to go`,
    );
  }

  override note(text: string): void {
    const { total, value, text: shown } = this.#shown;
    const had = this.#bar !== undefined;
    this.end();
    super.note(text);
    if (had) this.#show(this.#stage, total, value, shown);
  }

  override end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #show(stage: "sending" | "waiting", total: number, value: number, text: string): void {
    if (stage !== this.#stage) this.end();
    this.#stage = stage;
    this.#shown = { total, value, text };
    if (this.#bar === undefined) {
      const format = " {bar} {percentage}% | {text}";
      this.#bar = new SingleBar({
        format,
        barCompleteChar: "█",
        barIncompleteChar: "░",
        barsize: 24,
        hideCursor: true,
        clearOnComplete: true,
      });
      this.#bar.start(total, value, { text });
    } else {
      this.#bar.setTotal(total);
      this.#bar.update(value, { text });
    }
  }
}
