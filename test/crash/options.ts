import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { ExitError } from "../../scripts/console.ts";

/** What the caller asks for. */
export interface CrashOptions {
  /** How often the service is killed and started again. */
  readonly cycles: number;
  /** Decides what the clients do, and when the service is killed. */
  readonly seed: number;
  readonly json: boolean;
}

export const DEFAULT_CYCLES = 20;

const MOST_CYCLES = 10_000;

/** Seeds are 32 bits wide. */
const SEEDS = 2 ** 32;

/**
 * Reads the command line.
 *
 * @returns undefined if only help is wanted
 * @throws ExitError with exit code 2 if something is unknown or out of range
 */
export function readOptions(args: readonly string[]): CrashOptions | undefined {
  const { help, json, cycles, seed } = parsed(args);
  if (help) return undefined;
  return {
    cycles: whole("--cycles", cycles ?? `${DEFAULT_CYCLES}`, 1, MOST_CYCLES),
    seed: whole("--seed", seed ?? `${randomInt(SEEDS)}`, 0, SEEDS - 1),
    json,
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}

function usage(message: string): ExitError {
  return new ExitError(`${message} (see npm run test:crash -- --help)`, 2);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        cycles: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}
