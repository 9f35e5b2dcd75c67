import type { Database } from "./database.ts";
import type { Log } from "./log.ts";
import type { QueueMessage } from "./queue-messages.ts";
import type { Seal } from "./sealed.ts";
import type { Usage } from "./usage.ts";

/**
 * What every room takes from outside: databases, queue, time, chance and log. It is built once per event. Rooms add to it what only they
 * need, such as {@link Projecting} and {@link Guarded}. A test replaces any part.
 */
export interface Platform {
  /** The database of a workspace. */
  readonly databaseFor: (workspaceId: string) => Database;
  /** All databases, for the passes that serve every workspace. */
  readonly databases: () => readonly Database[];
  /** The D1 calls that this invocation has made, and how many more it may make. */
  readonly usage: Usage;
  readonly queue: Pick<Queue<QueueMessage>, "sendBatch">;
  /** Milliseconds since 1970. It may jump. The database's clock does not. */
  readonly clock: () => number;
  /** Makes a UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: Log;
  /** Continues work after the response. The promise handles its own failures. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** The key that seals cursors, tokens and tags. */
  readonly seal: () => Promise<Seal>;
}
