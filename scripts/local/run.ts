import { constants } from "node:os";
import { stripVTControlCharacters, styleText } from "node:util";
import { endGroups, killGroups } from "./process-groups.ts";

/** Something that the person at the terminal can mend: shown as one line, without a stack. */
export class Failure extends Error {}

/** One Ctrl-C can arrive twice: from the terminal to all of its processes, and once more from npm, which passes it on. */
const SAME_KEYSTROKE_MS = 500;

let stopping = false;

/**
 * Runs a script's main function. A `Failure` becomes one line on stderr and exit code 1; a signal ends every process that the
 * script started, and then the script itself.
 *
 * @param codeOfInterrupt the exit code after Ctrl-C: 0 for a server, where that is the usual end; 130 for a job cut short.
 */
export async function run(main: () => Promise<void>, codeOfInterrupt = 130): Promise<void> {
  // When the terminal has gone away there is nobody to write to, and that must not stop the clean-up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  endOnSignal("SIGINT", codeOfInterrupt);
  endOnSignal("SIGTERM", 128 + constants.signals.SIGTERM);
  endOnSignal("SIGHUP", 128 + constants.signals.SIGHUP);
  endWithNpm();
  try {
    await main();
  } catch (error) {
    // What breaks because everything is being ended is no news.
    if (stopping) return;
    stopping = true;
    sayFailure(error);
    await endGroups();
    process.exit(1);
  }
}

function endOnSignal(signal: "SIGINT" | "SIGTERM" | "SIGHUP", code: number): void {
  let firstAt: number | undefined;
  process.on(signal, () => {
    const now = performance.now();
    firstAt ??= now;
    if (now - firstAt > SAME_KEYSTROKE_MS) {
      killGroups();
      process.exit(130);
    }
    stop(code);
  });
}

/**
 * npm passes SIGTERM on to its shell only, and some shells (dash) die of it without a word to us; nobody passes on a SIGKILL.
 * Either way we get a new parent.
 */
function endWithNpm(): void {
  const { npm_lifecycle_event: startedByNpm } = process.env;
  const parent = process.ppid;
  if (startedByNpm === undefined) return;
  setInterval(() => {
    if (process.ppid !== parent) stop(128 + constants.signals.SIGHUP);
  }, 500).unref();
}

function stop(code: number): void {
  if (stopping) return;
  stopping = true;
  console.log(styleText("dim", "\nStopping …"));
  endGroups().then(() => process.exit(code));
}

function sayFailure(error: unknown): void {
  const mark = styleText("red", "✘", { stream: process.stderr });
  if (error instanceof Failure) console.error(`${mark} ${oneLine(error.message)}`);
  else console.error(mark, error);
}

/** The text without colours and line breaks: reasons of other programs come with both. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/gu, " ").trim();
}
