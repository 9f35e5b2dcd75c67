// It adds a method to zod's schemas, which modules need as they load: no test file may depend on another's having loaded it.
import "@hono/zod-openapi";
import { afterAll } from "vitest";
import { reportHits } from "../hits.ts";
import { freshDatabase } from "./cloudflare-workers.ts";

/** The migrations are in each new database. Each test file begins with this. */
export async function applyD1Migrations(): Promise<void> {
  freshDatabase();
  afterAll(reportHits);
}

export async function reset(): Promise<void> {
  freshDatabase();
}

const waiting = new WeakMap<object, Promise<unknown>[]>();

export function createExecutionContext(): Pick<ExecutionContext, "waitUntil" | "passThroughOnException"> {
  const promises: Promise<unknown>[] = [];
  const context = {
    waitUntil: (promise: Promise<unknown>) => void promises.push(promise),
    passThroughOnException: () => {},
  };
  waiting.set(context, promises);
  return context;
}

/** Waits for all that was handed to `waitUntil`, and for what that handed on. */
export async function waitOnExecutionContext(context: object): Promise<void> {
  const promises = waiting.get(context) ?? [];
  while (promises.length > 0) await Promise.all(promises.splice(0));
}

type Fate = { readonly acked: boolean; readonly retry: QueueRetryOptions | undefined };

const fates = new WeakMap<object, Map<string, Fate>>();

export function createMessageBatch<Body>(queue: string, bodies: readonly Omit<Message<Body>, "ack" | "retry">[]) {
  const known = new Map<string, Fate>();
  const messages = bodies.map((message) => ({
    ...message,
    ack: () => void known.set(message.id, { acked: true, retry: undefined }),
    retry: (options: QueueRetryOptions = {}) => void known.set(message.id, { acked: false, retry: options }),
  }));
  const batch = { queue, messages, ackAll: () => {}, retryAll: () => {}, metadata: { metrics: {} } };
  fates.set(batch, known);
  return batch;
}

export async function getQueueResult(batch: object) {
  const known = [...(fates.get(batch) ?? [])];
  return {
    outcome: "ok",
    ackAll: false,
    retryBatch: { retry: false },
    explicitAcks: known.flatMap(([id, { acked }]) => (acked ? [id] : [])),
    retryMessages: known.flatMap(([msgId, { retry }]) => (retry ? [{ msgId, ...retry }] : [])),
  };
}
