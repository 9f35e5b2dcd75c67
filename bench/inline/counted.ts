import { databases } from "../../src/db/databases.ts";
import { Usage } from "../../src/db/usage.ts";
import { type Deps, makeDeps } from "../../src/deps.ts";

/** What an event's D1 calls cost, to the statement. */
export interface Cost {
  readonly calls: number;
  readonly statements: number;
  readonly rows_read: number;
  readonly rows_written: number;
  readonly sql_ms: number;
}

/** The header that carries a {@link Cost}. */
export const COST = "Bench-Cost";

class Counted extends Usage {
  #statements = 0;

  override end(results: readonly Pick<D1Result, "meta">[]): void {
    this.#statements += results.length;
    super.end(results);
  }

  get cost(): Cost {
    const { calls, rowsRead, rowsWritten, sqlMs } = this;
    return { calls, statements: this.#statements, rows_read: rowsRead, rows_written: rowsWritten, sql_ms: sqlMs };
  }
}

/** Messages that the queue has not been told, while it is held back. */
let held: Parameters<Deps["queue"]["sendBatch"]>[0][] | undefined;

/** Keeps the messages of all that follows from the queue. */
export function holdQueue(): void {
  held ??= [];
}

/** Forgets what was held back: somebody has seen to it. */
export function dropHeld(): void {
  held &&= [];
}

/** Lets the queue have what was held back, as full batches, and all that follows. */
export async function releaseQueue(env: Cloudflare.Env): Promise<number> {
  const messages = (held ?? []).flatMap((batch) => [...batch]);
  held = undefined;
  for (let start = 0; start < messages.length; start += 100) {
    await env.PROJECTION_QUEUE.sendBatch(messages.slice(start, start + 100));
  }
  return messages.length;
}

/** The service's own dependencies, with a closer look at what they cost, and a queue that can be held back. */
export function countedDeps(
  env: Cloudflare.Env,
  context: Pick<ExecutionContext, "waitUntil">,
): Deps & { readonly usage: { readonly cost: Cost } } {
  const usage = new Counted();
  const { databaseFor, databases: all } = databases(env, usage);
  const deps = makeDeps(env, context);
  const sendBatch: Deps["queue"]["sendBatch"] = async (messages, options) => {
    if (!held) return await deps.queue.sendBatch(messages, options);
    held.push(messages);
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  };
  return { ...deps, databaseFor, databases: all, usage, queue: { sendBatch } };
}
