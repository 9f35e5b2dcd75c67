import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault } from "../../platform/failures.ts";
import type { EngineMessage } from "../../platform/queue-messages.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { recordConsumerHeartbeat } from "../core/figures.ts";
import { audit } from "../walks/audit.ts";
import { rebuild } from "../walks/rebuild.ts";
import { runJob } from "../walks/walk.ts";
import { retryDelay } from "./retries.ts";

/** Seconds until a message comes again whose slice failed. */
const RETRY_DELAY_S = 10;

const WALKS = { rebuild, audit };

/** A message of the engine to itself. */
export interface EngineDelivery {
  readonly message: Message;
  readonly body: EngineMessage;
}

/**
 * Does what the engine has told itself by the queue: the next slices of a rebuild or of an audit, or a sign of life. The runs
 * of a job are its database's own: a message that another database sent means nothing to this one, or just a slice more.
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
