import { setTimeout as pause } from "node:timers/promises";
import { counted, duration } from "../console.ts";
import { Failure } from "../local/run.ts";
import { CalledOff } from "../service/client.ts";
import type { ImportClient } from "./client.ts";
import type { Reporter } from "./reporter.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

/** What waiting for the lists needs. */
export interface CatchUp {
  readonly client: ImportClient;
  readonly reporter: Reporter;
  /** The lists are to show everything that was recorded up to this time (milliseconds since 1970, the server's clock). */
  readonly until: number;
  /** How long nothing may move before it is given up. */
  readonly stallMs: number;
  readonly stopping: AbortSignal;
  /** What to look at when nothing moves. */
  readonly hint: string;
}

/**
 * Waits until the lists show what was imported: when nothing is left to project, or when `as_of` has passed the last import, as
 * other people's changes may keep the backlog from ever being empty.
 *
 * @throws Failure if nothing moves any more; CalledOff.
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
        `the lists have not moved for ${duration(stallMs)}, with ${rest} to go: what was taken is safe, but something holds up its projection; ${hint}`,
      );
    }
    fewest = Math.min(fewest, behind.backlog.count);
    latest = Math.max(latest, asOf);
    reporter.waiting(behind);
    await pause(interval, undefined, { signal: stopping }).catch(() => {
      throw new CalledOff();
    });
  }
}
