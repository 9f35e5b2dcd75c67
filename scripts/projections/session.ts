import type { Interruption } from "../interruption.ts";
import type { Target } from "../service/target.ts";
import type { OperationsClient } from "./client.ts";
import type { Reporter } from "./reporter.ts";

/** The parameters of every command. */
export interface Session {
  readonly client: OperationsClient;
  readonly target: Target;
  readonly reporter: Reporter;
  readonly interruption: Interruption;
  /** Give up on a job that does not move for so long, in milliseconds. */
  readonly stallMs: number;
}

/** The width of stdout in columns. Output to a file or a pipe is not cut. */
export function columns(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}
