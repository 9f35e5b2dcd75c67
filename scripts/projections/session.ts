import type { Interruption } from "../interruption.ts";
import type { Target } from "../service/target.ts";
import type { OperationsClient } from "./client.ts";
import type { Reporter } from "./reporter.ts";

/** What a command works with. */
export interface Session {
  readonly client: OperationsClient;
  readonly target: Target;
  readonly reporter: Reporter;
  readonly interruption: Interruption;
  /** How long a job may stand still before it is given up. */
  readonly stallMs: number;
}

/** How wide a line on stdout may be. What goes to a file or another program is not cut. */
export function columns(): number {
  return process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY;
}
