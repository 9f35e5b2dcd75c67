import { parseArgs } from "node:util";
import { ExitError } from "../../../scripts/console.ts";
import { defaultJobs } from "./threads.ts";

/** What the caller asks for. */
export interface SimulateOptions {
  readonly histories: number;
  /** Of the first history; each further one has the next. */
  readonly seed: number;
  /** What happens in one history before its faults end. */
  readonly steps: number;
  /** Histories at once. */
  readonly jobs: number;
  readonly json: boolean;
  /** Whether a single history is shown step by step even if it keeps all promises. */
  readonly trace: boolean;
  readonly stopAtFirst: boolean;
}

export const DEFAULTS = { histories: 500, seed: 1, steps: 50 } as const;

/** Seeds are 32 bits wide: one beyond them would repeat a history. */
const SEEDS = 2 ** 32;
const MOST_STEPS = 10_000;
const MOST_JOBS = 64;

/**
 * Reads the command line.
 *
 * @returns undefined if only help is wanted
 * @throws ExitError with exit code 2 if something is unknown or out of range
 */
export function readOptions(args: readonly string[]): SimulateOptions | undefined {
  const { help, json, trace, ...values } = parsed(args);
  if (help) return undefined;
  const histories = whole("--histories", values.histories ?? `${DEFAULTS.histories}`, 1, SEEDS);
  const seed = whole("--seed", values.seed ?? `${DEFAULTS.seed}`, 0, SEEDS - 1);
  if (seed + histories > SEEDS) throw usage(`the seeds end at ${SEEDS - 1}: ask for fewer histories`);
  if (trace && histories > 1) throw usage("--trace shows one history: add --histories 1");
  if (trace && json) throw usage("--trace and --json exclude each other");
  return {
    histories,
    seed,
    steps: whole("--steps", values.steps ?? `${DEFAULTS.steps}`, 1, MOST_STEPS),
    jobs: whole("--jobs", values.jobs ?? `${defaultJobs()}`, 1, MOST_JOBS),
    json,
    trace,
    stopAtFirst: values["stop-at-first"],
  };
}

function whole(option: string, text: string, least: number, most: number): number {
  const value = /^\d{1,10}$/u.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage(`${option} takes a whole number from ${least} to ${most}, not "${text}"`);
}

function usage(message: string): ExitError {
  return new ExitError(`${message} (see npm run simulate -- --help)`, 2);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        histories: { type: "string" },
        seed: { type: "string" },
        steps: { type: "string" },
        jobs: { type: "string" },
        json: { type: "boolean", default: false },
        trace: { type: "boolean", default: false },
        "stop-at-first": { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}
