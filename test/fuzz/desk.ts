import type { Runtime } from "../../src/http/api.ts";
import { app } from "../../src/http/app.ts";
import { Database } from "../../src/platform/database.ts";
import type { QueueMessage } from "../../src/platform/queue-messages.ts";
import { Usage } from "../../src/platform/usage.ts";
import { consume } from "../../src/projection/delivery/consumer.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { accessTo, SEAL } from "../access.ts";
import { SimulatedD1 } from "../simulation/d1.ts";
import type { Desk } from "./scene.ts";

/** Pages of this origin may call. */
export const ORIGIN = "https://app.example";

const START = Date.UTC(2026, 10, 23);

/** The service over an in-memory database. Nothing in it comes by chance: what a request is answered, it is answered again. */
export interface FuzzDesk extends Desk {
  /** Another desk in the same state. */
  copy(): FuzzDesk;
  close(): void;
}

/** Opens a desk with nothing on it, or as `state` says. */
export function openDesk(
  { d1, now, issued } = { d1: new SimulatedD1({ replicas: 0 }), now: START, issued: 0 },
): FuzzDesk {
  const usage = new Usage();
  const database = new Database(d1, usage);
  const sent: QueueMessage[] = [];
  const pending: Promise<unknown>[] = [];
  const time = { now };
  let ids = issued;
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
    projection: ticketList,
    sliceTickets: 2,
    clock: () => time.now++,
    newId: () => `00000000-0000-7000-8000-${String(++ids).padStart(12, "0")}`,
    random: () => 0.5,
    sleep: async (milliseconds) => {
      time.now += milliseconds;
    },
    log: () => {},
    waitUntil: (work) => void pending.push(work),
    access: accessTo(database, { randomBytes: (length) => new Uint8Array(length).fill(++ids), origins: [ORIGIN] }),
    seal: async () => SEAL,
  };

  const finish = async () => {
    await Promise.all(pending.splice(0));
  };
  return {
    db: d1,
    time,
    writes: () => d1.log.length,
    calls: () => usage.calls,
    ask: async (request) => {
      const answer = await app.fetch(request, deps);
      await finish();
      return answer;
    },
    settle: async () => {
      while (sent.length > 0) {
        await consume(deps, batchOf(sent.splice(0, 100), time.now));
        await finish();
      }
    },
    copy: () => openDesk({ d1: d1.copy(), now: time.now, issued: ids }),
    close: () => d1.close(),
  };
}

function batchOf(bodies: readonly QueueMessage[], now: number): MessageBatch {
  const messages = bodies.map((body, index) => ({
    ...{ id: `message-${index}`, timestamp: new Date(now), attempts: 1, body },
    ...{ ack: () => {}, retry: () => {} },
  }));
  const metadata = { metrics: { backlogCount: 0, backlogBytes: 0 } };
  return { queue: "ticket-projections", messages, metadata, ackAll: () => {}, retryAll: () => {} };
}
