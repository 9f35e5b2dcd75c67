import { styleText } from "node:util";
import { duration } from "../console.ts";
import { PeopleReporter } from "./reporter.ts";

// Escape sequences of the VT100 and xterm.
const OTHER_SCREEN = "\x1b[?1049h";
const FIRST_SCREEN = "\x1b[?1049l";
const NO_CURSOR_NO_WRAP = "\x1b[?25l\x1b[?7l";
const CURSOR_AND_WRAP = "\x1b[?25h\x1b[?7h";
const TOP = "\x1b[H";
const CLEAR_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/** Draws each result over the one before, on the alternate screen. The last result is printed when the screen is left. */
export class ScreenReporter extends PeopleReporter {
  #lines: readonly string[] | undefined;

  override tell(_event: string, _data: Readonly<Record<string, unknown>>, lines: readonly string[]): void {
    if (this.#lines === undefined) process.stdout.write(OTHER_SCREEN + NO_CURSOR_NO_WRAP);
    this.#draw(lines);
    this.#lines = lines;
  }

  override retry(reason: string, pauseMs: number): void {
    if (this.#lines === undefined) {
      super.retry(reason, pauseMs);
      return;
    }
    const note = `${reason}; retrying in ${duration(pauseMs)}`;
    this.#draw([styleText("yellow", `! ${note}. Below is the last status.`), "", ...this.#lines]);
  }

  override end(): void {
    super.end();
    if (this.#lines === undefined) return;
    process.stdout.write(`${CURSOR_AND_WRAP}${FIRST_SCREEN}${this.#lines.join("\n")}\n`);
    this.#lines = undefined;
  }

  #draw(lines: readonly string[]): void {
    const fitting = lines.slice(0, process.stdout.rows);
    process.stdout.write(`${TOP}${fitting.map((line) => line + CLEAR_LINE).join("\n")}${CLEAR_BELOW}`);
  }
}
