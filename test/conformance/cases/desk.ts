import { runCron } from "../../../src/cron.ts";
import type { Runtime } from "../../../src/http/api.ts";
import { app } from "../../../src/http/app.ts";
import { Database } from "../../../src/platform/database.ts";
import type { QueueMessage } from "../../../src/platform/queue-messages.ts";
import { Usage } from "../../../src/platform/usage.ts";
import { consume } from "../../../src/projection/delivery/consumer.ts";
import { ticketList } from "../../../src/projection/read-models/ticket-list/ticket-list.ts";
import type { TicketListItem } from "../../../src/queries/read-model/list.ts";
import { accessTo, KEY, SEAL } from "../../access.ts";

/** A page of the ticket list. */
export interface ListPage {
  readonly items: TicketListItem[];
  readonly next_cursor: string | null;
}

/** The service over a database, with everything else in the test's hands; of no runtime in particular. */
export function desk(d1: D1Database) {
  const usage = new Usage();
  const database = new Database(d1, usage);
  const sent: QueueMessage[] = [];
  const poison = new Set<string>();
  const time = { now: Date.UTC(2026, 10, 23), step: 1 };
  let ids = 0;
  const pending: Promise<unknown>[] = [];
  const deps: Runtime = {
    databaseFor: () => database,
    databases: () => [database],
    usage,
    queue: {
      sendBatch: async (messages) => {
        for (const { body } of messages) sent.push(body);
        return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
      },
    },
    projection: {
      ...ticketList,
      project: (source) => {
        if (poison.has(source.id)) throw new Error("poison");
        return ticketList.project(source as Parameters<typeof ticketList.project>[0]);
      },
    },
    sliceTickets: 2,
    clock: () => {
      const { now, step } = time;
      time.now += step;
      return now;
    },
    newId: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
    random: () => 0.5,
    sleep: async () => {},
    log: () => {},
    waitUntil: (work) => void pending.push(work),
    access: accessTo(database),
    seal: async () => SEAL,
  };

  const fetch = async (path: string, status: number, init: RequestInit, headers: Record<string, string>) => {
    const all = { Authorization: `Bearer ${KEY}`, ...headers };
    const response = await app.fetch(new Request(`https://desk.test${path}`, { ...init, headers: all }), deps);
    await Promise.all(pending.splice(0));
    if (response.status !== status)
      throw new Error(`${response.status} instead of ${status}: ${await response.text()}`);
    return await response.json<unknown>();
  };

  return {
    sent,
    poison,
    /** The clock, and how far each look at it moves it on, in milliseconds. */
    time,
    get: async <Body = unknown>(path: string, headers: Record<string, string> = {}) =>
      (await fetch(path, 200, {}, headers)) as Body,
    post: async <Body = { id: string }>(
      path: string,
      status: number,
      body?: unknown,
      headers: Record<string, string> = {},
    ) => {
      const text = typeof body === "string" ? body : JSON.stringify(body);
      const init = { method: "POST", ...(body !== undefined && { body: text }) };
      return (await fetch(path, status, init, { "Content-Type": "application/json", ...headers })) as Body;
    },
    /** Gives the consumer one batch of messages. */
    deliver: async (bodies: readonly unknown[]) => {
      const messages = bodies.map((body, index) => ({
        id: `message-${index}`,
        timestamp: new Date(time.now),
        attempts: 1,
        body,
        ack: () => {},
        retry: () => {},
      }));
      const batch = { queue: "ticket-projections", messages, metadata: {}, ackAll: () => {}, retryAll: () => {} };
      await consume(deps, batch as unknown as MessageBatch);
    },
    /** One minute of the cron. */
    sweep: () => runCron(deps),
  };
}
