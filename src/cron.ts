import { purgeIdempotencyRecords } from "./commands/idempotency.ts";
import type { Deps } from "./deps.ts";
import { continueErasures } from "./erasure.ts";
import { sweep, trySuspects } from "./projection/sweep.ts";
import { tend } from "./projection/tend.ts";

/** One pass of the cron: each part catches what goes wrong in it. What may end the worker comes last, and is only one ticket. */
export async function runCron(deps: Deps): Promise<void> {
  await sweep(deps);
  await continueErasures(deps);
  await purgeIdempotencyRecords(deps);
  await tend(deps);
  await trySuspects(deps);
}
