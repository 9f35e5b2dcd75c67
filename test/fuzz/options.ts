import { parseArgs } from "node:util";
import { ExitError } from "../../scripts/console.ts";
import { defaultJobs } from "../simulation/simulate/threads.ts";

/** What the caller asks for. */
export interface FuzzOptions {
  readonly inputs: number;
  readonly seed: number;
  readonly jobs: number;
  readonly json: boolean;
  /** A single input of the seed, as a failure names it. */
  readonly replay: string | undefined;
}

export const DEFAULTS = { inputs: 100_000, seed: 20_261_123 } as const;

const MOST_INPUTS = 100_000_000;
/** fast-check's seeds are 32 bits wide, one of them for the sign. */
const LAST_SEED = 2 ** 31 - 1;
const MOST_JOBS = 64;

/**
 * Reads the command line.
 *
 * @returns undefined if only help is wanted
 * @throws ExitError with exit code 2 if something is unknown or out of range
 */
export function readOptions(args: readonly string[]): FuzzOptions | undefined {
  const { help, json, replay, ...values } = parsed(args);
  if (help) return undefined;
  if (replay !== undefined && !/^\d+(:\d+)*$/.test(replay)) {
    throw usage(`--replay takes a path such as 17:2:0, not "${replay}"`);
  }
  if (replay !== undefined && values.inputs !== undefined) throw usage("--replay is one input: leave out --inputs");
  return {
    inputs: whole("--inputs", values.inputs ?? `${DEFAULTS.inputs}`, 1, MOST_INPUTS),
    seed: whole("--seed", values.seed ?? `${DEFAULTS.seed}`, 0, LAST_SEED),
    jobs: whole("--jobs", values.jobs ?? `${defaultJobs()}`, 1, MOST_JOBS),
    json,
    replay,
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}

function usage(message: string): ExitError {
  return new ExitError(`${message} (see npm run fuzz -- --help)`, 2);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        inputs: { type: "string" },
        seed: { type: "string" },
        jobs: { type: "string" },
        replay: { type: "string" },
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}
