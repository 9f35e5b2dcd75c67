import { continueErasures } from "./erasure/erase-customer.ts";
import { purgeIdempotencyRecords } from "./platform/idempotency.ts";
import type { Projecting } from "./projection/core/projecting.ts";
import { FIRST_SUSPECT_CALLS } from "./projection/delivery/parking.ts";
import { sweep, trySuspects } from "./projection/delivery/sweep.ts";
import { maintainReadModel } from "./projection/walks/maintenance.ts";

/**
 * The parts of a cron pass, most urgent first. A part that may end the worker comes last. `calls` reserves D1 calls for each part, enough
 * for one step, so that the parts before it cannot starve it.
 */
const PARTS = [
  { run: sweep, calls: 0 },
  { run: continueErasures, calls: 8 },
  { run: purgeIdempotencyRecords, calls: 1 },
  { run: maintainReadModel, calls: 8 },
  { run: trySuspects, calls: FIRST_SUSPECT_CALLS },
] as const;

/** Runs one cron pass. Each part catches its own errors. Work beyond the budget waits for the next minute. */
export async function runCron(deps: Projecting): Promise<void> {
  let reserved = PARTS.reduce((sum, { calls }) => sum + calls, 0);
  for (const { run, calls } of PARTS) {
    reserved -= calls;
    await deps.usage.reserve(reserved, () => run(deps));
  }
}
