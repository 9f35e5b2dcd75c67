import { constants } from "node:os";
import { stripVTControlCharacters, styleText } from "node:util";
import { endGroups, killGroups } from "./process-groups.ts";

/** An error that the user can fix: printed as one line, without a stack. */
export class Failure extends Error {}

/** One Ctrl-C can arrive twice: the terminal sends it to all processes, and npm passes it on. */
const SAME_KEYSTROKE_MS = 500;

let stopping = false;

/**
 * Runs a script's main function. A `Failure` becomes one line on stderr and exit code 1; a signal ends every process that the
 * script started, then the script.
 *
 * @param codeOfInterrupt the exit code after Ctrl-C: 0 for a server, whose usual end it is; 130 for an interrupted job.
 */
export async function run(main: () => Promise<void>, codeOfInterrupt = 130): Promise<void> {
  // A closed terminal must not stop the clean-up.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  endOnSignal("SIGINT", codeOfInterrupt);
  endOnSignal("SIGTERM", 128 + constants.signals.SIGTERM);
  endOnSignal("SIGHUP", 128 + constants.signals.SIGHUP);
  endWithNpm();
  try {
    await main();
  } catch (error) {
    // Errors during the shutdown are expected.
    if (stopping) return;
    stopping = true;
    printError(error);
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
 * npm passes SIGTERM on to its shell only, and some shells (dash) end without passing it on; nobody passes on a SIGKILL. In both
 * cases the parent process changes.
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

function printError(error: unknown): void {
  const mark = styleText("red", "✘", { stream: process.stderr });
  if (error instanceof Failure) console.error(`${mark} ${oneLine(error.message)}`);
  else console.error(mark, error);
}

/** Removes colours and line breaks, which messages of other programs have. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(/\s+/gu, " ").trim();
}
