import { setTimeout as pause } from "node:timers/promises";
import { counted, duration } from "../console.ts";
import { Failure } from "../local/run.ts";
import { Cancelled } from "../service/client.ts";
import type { ImportClient } from "./client.ts";
import type { Reporter } from "./reporter.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** Parameters of {@link waitForLists}. */
export interface CatchUp {
  readonly client: ImportClient;
  readonly reporter: Reporter;
  /** Wait until the lists show all that was recorded up to this time (milliseconds since 1970, the server's clock). */
  readonly until: number;
  /** Give up after so long without progress, in milliseconds. */
  readonly stallMs: number;
  readonly stopping: AbortSignal;
  /** Advice for the operator if there is no progress. */
  readonly hint: string;
}

/**
 * Waits until the lists show the imported tickets: the backlog is empty, or `as_of` is past the last import. Changes of other clients
 * may keep the backlog from ever being empty.
 *
 * @throws Failure if nothing moves; Cancelled.
 */
export async function waitForLists({ client, reporter, until, stallMs, stopping, hint }: CatchUp): Promise<void> {
  let fewest = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  let movedAt = performance.now();
  for (let interval = FIRST_PAUSE_MS; ; interval = Math.min(interval * 1.5, LONGEST_PAUSE_MS)) {
    const behind = await client.projections();
    const asOf = Date.parse(behind.as_of);
    // `as_of` is exclusive: every change before it is shown, and one at that very time may not be.
    if (behind.backlog.count === 0 || asOf > until) return;
    if (behind.backlog.count < fewest || asOf > latest) movedAt = performance.now();
    else if (performance.now() - movedAt >= stallMs) {
      const rest = counted(behind.backlog.count, "ticket");
      throw new Failure(
        `the lists have not changed for ${duration(stallMs)}, with ${rest} to go: the imported tickets are safe, but their projection is stuck; ${hint}`,
      );
    }
    fewest = Math.min(fewest, behind.backlog.count);
    latest = Math.max(latest, asOf);
    reporter.waiting(behind);
    await pause(interval, undefined, { signal: stopping }).catch(() => {
      throw new Cancelled();
    });
  }
}
