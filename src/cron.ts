import { continueErasures } from "./erasure/erase-customer.ts";
import { purgeIdempotencyRecords } from "./platform/idempotency.ts";
import type { Projecting } from "./projection/core/projecting.ts";
import { FIRST_SUSPECT_CALLS } from "./projection/delivery/parking.ts";
import { sweep, trySuspects } from "./projection/delivery/sweep.ts";
import { maintainReadModel } from "./projection/walks/maintenance.ts";

/**
 * The parts of a pass in order of urgency. What may end the worker comes last. `calls` are the D1 calls that every part before it leaves
 * it, so that none waits for ever behind a more urgent one: enough for one step forward.
 */
const PARTS = [
  { run: sweep, calls: 0 },
  { run: continueErasures, calls: 8 },
  { run: purgeIdempotencyRecords, calls: 1 },
  { run: maintainReadModel, calls: 8 },
  { run: trySuspects, calls: FIRST_SUSPECT_CALLS },
] as const;

/** One pass of the cron: each part catches what goes wrong in it, and leaves to the next minute what the budget does not allow. */
export async function runCron(deps: Projecting): Promise<void> {
  let reserved = PARTS.reduce((sum, { calls }) => sum + calls, 0);
  for (const { run, calls } of PARTS) {
    reserved -= calls;
    await deps.usage.reserve(reserved, () => run(deps));
  }
}
