import { parseArgs } from "node:util";
import { ExitError } from "../../scripts/console.ts";
import { AREAS, type Area } from "./sample.ts";

/** What the caller asks for. */
export interface MutateOptions {
  readonly areas: readonly Area[];
  readonly seed: number;
  /** Mutants of each area. */
  readonly sample: number;
  /** Only these of them, by their numbers; empty: all. */
  readonly mutants: readonly number[];
  readonly workers: number;
  /** Whether test files that take long run, too. */
  readonly slow: boolean;
  readonly json: string | undefined;
}

export const DEFAULTS = { seed: 1, sample: 50, workers: 2 } as const;

/**
 * Reads the command line.
 *
 * @returns undefined if only help is wanted
 * @throws ExitError with exit code 2 if something is unknown or out of range
 */
export function readOptions(args: readonly string[]): MutateOptions | undefined {
  const { help, only, mutants, json, slow, ...values } = parsed(args);
  if (help) return undefined;
  return {
    areas: only === undefined ? areaNames() : only.split(",").map(areaOf),
    seed: whole("--seed", values.seed ?? `${DEFAULTS.seed}`, 0, 2 ** 31 - 1),
    sample: whole("--sample", values.sample ?? `${DEFAULTS.sample}`, 1, 100_000),
    mutants: (mutants ?? "")
      .split(",")
      .filter((id) => id !== "")
      .map((id) => whole("--mutants", id, 1, 1_000_000)),
    workers: whole("--workers", values.workers ?? `${DEFAULTS.workers}`, 1, 16),
    slow,
    json,
  };
}

function areaNames(): Area[] {
  return Object.keys(AREAS) as Area[];
}

function areaOf(name: string): Area {
  const area = areaNames().find((known) => known === name);
  if (area) return area;
  throw usage(`--only takes ${areaNames().join(", ")}, not "${name}"`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", short: "h", default: false },
        only: { type: "string" },
        seed: { type: "string" },
        sample: { type: "string" },
        mutants: { type: "string" },
        workers: { type: "string" },
        slow: { type: "boolean", default: false },
        json: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}

function usage(message: string): ExitError {
  return new ExitError(`${message} (see npm run mutate -- --help)`, 2);
}
