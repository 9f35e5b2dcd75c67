import type { QueueMessage } from "./deps.ts";

declare global {
  namespace Cloudflare {
    /** The bindings of wrangler.toml, and the secret. */
    interface Env {
      readonly DB: D1Database;
      readonly PROJECTION_QUEUE: Queue<QueueMessage>;
      /** Bound only so that a deployment provisions the queue. */
      readonly DEAD_LETTER_QUEUE: Queue;
      /** The one credential; without it the service refuses every request. */
      readonly ROOT_KEY?: string;
    }
  }
}
