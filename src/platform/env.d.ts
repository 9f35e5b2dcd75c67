import type { QueueMessage } from "../platform/queue-messages.ts";

declare global {
  namespace Cloudflare {
    /** The bindings of wrangler.toml, and the secret. */
    interface Env {
      readonly DB: D1Database;
      readonly PROJECTION_QUEUE: Queue<QueueMessage>;
      /** Bound only so that a deployment provisions the queue. */
      readonly DEAD_LETTER_QUEUE: Queue;
      /** The operator's key; without it the service refuses every request. */
      readonly ROOT_KEY?: string;
      /** Requests of one key. A deployment may take it out. */
      readonly REQUEST_LIMIT?: RateLimit;
      /** Looks at unknown keys from one address. A deployment may take it out. */
      readonly LOOKUP_LIMIT?: RateLimit;
      /** Origins whose pages may call from a browser, with blanks or commas between them. */
      readonly ALLOWED_ORIGINS?: string;
      /** D1 calls that one invocation may make, from 50 to 1,000. */
      readonly MAX_D1_CALLS?: string;
    }
  }
}
