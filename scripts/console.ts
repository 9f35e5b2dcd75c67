import { styleText } from "node:util";
import { Failure, oneLine } from "./local/run.ts";

/** A failure with its own exit code: 2 for a usage error or bad input, 130 after Ctrl-C. A plain `Failure` exits with 1. */
export class ExitError extends Failure {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Prints a completed step on stdout. */
export function printDone(text: string): void {
  console.log(`${styleText("green", "✔")} ${text}`);
}

/** Prints one JSON object on a line of stdout, for programs. */
export function printEvent(event: string, data: Readonly<Record<string, unknown>>): void {
  process.stdout.write(`${JSON.stringify({ event, ...data })}\n`);
}

/** Prints a warning on stderr. */
export function printWarning(text: string): void {
  console.error(`${styleText("yellow", "!", { stream: process.stderr })} ${text}`);
}

/** Prints the error that ends the script on stderr. */
export function printError(text: string): void {
  console.error(`${styleText("red", "✘", { stream: process.stderr })} ${oneLine(text)}`);
}

/**
 * Runs a script's main function, which returns the exit code. A `Failure` becomes one line on stderr. Any other error is a bug of
 * the script, and is printed with its stack.
 */
export async function runScript(main: () => Promise<number>): Promise<void> {
  // A closed pipe (`| head`) must not stop the work.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  try {
    process.exitCode = await main();
  } catch (error) {
    process.exitCode = error instanceof ExitError ? error.exitCode : 1;
    if (error instanceof Failure) printError(error.message);
    else console.error(error);
  }
}

/** 12347 → "12,347". */
export function figure(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "1 line", "12,347 lines". */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${figure(value)} ${value === 1 ? noun : plural}`;
}

/** Formats milliseconds: "0.4 s", "38 s", "2 min 5 s", "1 h 12 min". */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Formats bytes in decimal units, like the limits of the platform: "136.2 KB". */
export function size(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${(bytes / 1_000).toFixed(1)} KB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
