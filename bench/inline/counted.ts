import type { Runtime } from "../../src/http/api.ts";
import { databases } from "../../src/platform/databases.ts";
import { PASS } from "../../src/platform/deadline.ts";
import { createRuntime } from "../../src/runtime.ts";
import { type Cost, Counted } from "../worker/cost.ts";

/** Messages that the queue has not been told, while it is held back. */
let held: Parameters<Runtime["queue"]["sendBatch"]>[0][] | undefined;

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
): Runtime & { readonly usage: { readonly cost: Cost } } {
  const usage = new Counted();
  const { databaseFor, databases: all } = databases(env, usage, PASS, (work) => context.waitUntil(work));
  const deps = createRuntime(env, context);
  const sendBatch: Runtime["queue"]["sendBatch"] = async (messages, options) => {
    if (!held) return await deps.queue.sendBatch(messages, options);
    held.push(messages);
    return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
  };
  return { ...deps, databaseFor, databases: all, usage, queue: { sendBatch } };
}
