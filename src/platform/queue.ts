import type { Platform } from "../platform/platform.ts";
import type { QueueMessage } from "../platform/queue-messages.ts";
import { reasonOf } from "./errors.ts";

/** The queue's own limit on `sendBatch` (https://developers.cloudflare.com/queues/platform/limits/). */
const MESSAGES_A_CALL = 100;

/**
 * Tells the queue which tickets have changed. Never throws: the queue is only the fast path, and what does not get through
 * is in the backlog, where the sweep finds it.
 *
 * @returns whether the queue took all of them
 */
export async function announce(deps: Platform, messages: readonly QueueMessage[]): Promise<boolean> {
  let all = true;
  for (let start = 0; start < messages.length; start += MESSAGES_A_CALL) {
    const part = messages.slice(start, start + MESSAGES_A_CALL);
    try {
      await deps.queue.sendBatch(part.map((body) => ({ body })));
    } catch (error) {
      all = false;
      deps.log("error", "queue.send_failed", { messages: part.length, reason: reasonOf(error) });
    }
  }
  return all;
}
