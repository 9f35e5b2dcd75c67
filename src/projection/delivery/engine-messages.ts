import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault } from "../../platform/failures.ts";
import type { EngineMessage } from "../../platform/queue-messages.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { recordConsumerHeartbeat } from "../core/figures.ts";
import { audit } from "../walks/audit.ts";
import { rebuild } from "../walks/rebuild.ts";
import { runJob } from "../walks/walk.ts";
import { retryDelay } from "./retries.ts";

/** Minimum retry delay after a failed slice, in seconds. */
const RETRY_DELAY_S = 10;

const WALKS = { rebuild, audit };

/** A delivered engine message. */
export interface EngineDelivery {
  readonly message: Message;
  readonly body: EngineMessage;
}

/**
 * Handles engine messages: the next slices of a rebuild or audit, or a heartbeat. Each database numbers its own runs,
 * so a message from another database is a no-op, or at most one extra slice.
 */
export async function consumeEngineMessages(deps: Projecting, deliveries: readonly EngineDelivery[]): Promise<void> {
  for (const { message, body } of deliveries) {
    try {
      for (const database of deps.databases()) {
        if (body.job === "heartbeat")
          await database.session("first-primary").batch(recordConsumerHeartbeat(deps.clock()));
        else await runJob(deps, database, WALKS[body.job], body);
      }
      message.ack();
    } catch (error) {
      const isAway = isDatabaseAtFault(error);
      deps.log("error", isAway ? "projection.database_away" : "job.failed", {
        job: body.job,
        reason: reasonOf(error),
      });
      const delaySeconds = isAway ? Math.max(retryDelay(deps, error, message.attempts), RETRY_DELAY_S) : RETRY_DELAY_S;
      message.retry({ delaySeconds });
    }
  }
}
