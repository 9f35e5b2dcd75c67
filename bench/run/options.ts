import { existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ExitError, figure } from "../../scripts/console.ts";

/** The sizes of a full run, and of a quick one. */
export const FULL_SIZES: readonly number[] = [10_000, 100_000, 1_000_000];
const QUICK_SIZES: readonly number[] = [1_000, 10_000];
/** More do not fit into a database. */
const MOST_TICKETS = 2_000_000;

/** What is to be done. */
export type Options =
  | { readonly task: "help" }
  /** The tables and plots are written again from the last full run. */
  | { readonly task: "report" }
  | {
      readonly task: "measure";
      /** The smallest first. */
      readonly sizes: readonly number[];
      readonly isQuick: boolean;
      /** The names of the suites that are wanted; none is all. */
      readonly only: readonly string[];
      /** Where the results go, too. */
      readonly json: string | undefined;
    };

/**
 * Reads the arguments.
 *
 * @throws ExitError with exit code 2 where they are wrong
 */
export function readOptions(args: readonly string[], suites: readonly string[]): Options {
  const { help, tickets, quick, json, only, "report-only": reportOnly } = parsed(args);
  if (help) return { task: "help" };
  if (reportOnly) {
    if (tickets !== undefined || quick || json !== undefined || only.length > 0)
      throw new ExitError("--report-only measures nothing, and takes no other option", 2);
    return { task: "report" };
  }
  const names = only.flatMap((name) => name.split(",")).map((name) => name.trim());
  for (const name of names) {
    if (!suites.includes(name)) throw new ExitError(`--only takes ${suites.join(", ")}; there is no "${name}"`, 2);
  }
  return {
    task: "measure",
    sizes: tickets === undefined ? (quick ? QUICK_SIZES : FULL_SIZES) : sizesOf(tickets),
    isQuick: quick,
    only: [...new Set(names)],
    json: json === undefined ? undefined : writable(json),
  };
}

/** Whether the figures may stand in the documents. */
export function isFull({ sizes, isQuick, only }: Options & { task: "measure" }): boolean {
  return !isQuick && only.length === 0 && FULL_SIZES.every((size) => sizes.includes(size));
}

function sizesOf(text: string): number[] {
  const sizes = text.split(",").map((part) => {
    const size = /^\d{1,7}$/u.test(part.trim()) ? Number(part) : Number.NaN;
    if (size >= 1 && size <= MOST_TICKETS) return size;
    throw new ExitError(`--tickets takes whole numbers from 1 to ${figure(MOST_TICKETS)}, not "${part}"`, 2);
  });
  return [...new Set(sizes)].toSorted((one, other) => one - other);
}

/** Found out before anything is measured: what took long is not to be lost at the end. */
function writable(json: string): string {
  const path = resolve(json);
  if (existsSync(path) && statSync(path).isDirectory())
    throw new ExitError(`--json takes a file; ${json} is a folder`, 2);
  if (!existsSync(dirname(path))) throw new ExitError(`There is no folder for ${json}`, 2);
  return path;
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        tickets: { type: "string" },
        quick: { type: "boolean", default: false },
        json: { type: "string" },
        only: { type: "string", multiple: true, default: [] },
        "report-only": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new ExitError(error instanceof Error ? error.message : String(error), 2);
  }
}
