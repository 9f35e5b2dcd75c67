import { createExecutionContext, createMessageBatch, getQueueResult, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { Runtime } from "../src/http/api.ts";
import type { Access } from "../src/keys/access.ts";
import { Database } from "../src/platform/database.ts";
import type { ProjectionMessage, QueueMessage } from "../src/platform/queue-messages.ts";
import { ticketList } from "../src/projection/read-models/ticket-list/ticket-list.ts";
import type { TicketListItem } from "../src/queries/read-model/list.ts";
import { createRuntime } from "../src/runtime.ts";
import { createWorker } from "../src/worker.ts";
import { accessTo, KEY, SEAL } from "./access.ts";
import { breachesOf } from "./contract.ts";
import { type Invocation, MAX_CALLS, ofOneInvocation, refusedDelay, refusedMessages } from "./platform-limits.ts";
import { recordCalls, violations } from "./recorder.ts";
import { oversizedRow } from "./stored-rows.ts";

export { KEY } from "./access.ts";

/** Stands in the first statement of each call that writes rows of the ticket list, and in no other. */
export const WRITES_ROWS = "UPDATE read_tickets SET projector";

/** A page of the ticket list as a client sees it. */
export interface Page {
  readonly items: TicketListItem[];
  readonly next_cursor: string | null;
  readonly as_of: string;
}

/** What a command answered. */
export interface Accepted {
  readonly id: string;
  readonly version: number;
}

/** What a test replaces. */
export interface Overrides extends Partial<Omit<Runtime, "access">> {
  readonly access?: Partial<Access>;
  /** D1 calls that the plan allows one invocation, and the service is configured for. */
  readonly maxCalls?: number;
}

/**
 * The service with its three doors (HTTP, queue, cron), the real database, and a queue and a clock in the test's hands:
 * what is sent waits in `sent` until the test delivers it.
 */
export function service({ access, maxCalls = MAX_CALLS, ...overrides }: Overrides = {}) {
  const { database, calls, hooks } = recordCalls(env.DB);
  const door = accessTo(new Database(database), access);
  const sent: QueueMessage[] = [];
  const log: { level: string; event: string; fields: Record<string, unknown> | undefined }[] = [];
  const time = { now: Date.UTC(2026, 10, 23, 8) };
  const invocations: Invocation[] = [];
  const worker = createWorker((bindings, context) => {
    const one = ofOneInvocation(database, maxCalls);
    invocations.push(one.invocation);
    const real = createRuntime({ ...bindings, DB: one.database, MAX_D1_CALLS: String(maxCalls) }, context);
    return {
      ...real,
      queue: {
        sendBatch: async (messages) => {
          refuse(refusedMessages([...messages]));
          for (const { body } of messages) sent.push(body);
          return { metadata: { metrics: { backlogCount: sent.length, backlogBytes: 0 } } };
        },
      },
      clock: () => time.now,
      sleep: async (milliseconds) => {
        time.now += milliseconds;
      },
      log: (level, event, fields) => void log.push({ level, event, fields }),
      // What keys cost is counted with the rest.
      access: {
        ...door,
        keyRing: { ...door.keyRing, database: access?.keyRing?.database ?? real.access.keyRing.database },
      },
      seal: async () => SEAL,
      ...overrides,
    };
  });

  const run = async <Result>(work: (context: ExecutionContext) => Promise<Result>): Promise<Result> => {
    const context = createExecutionContext();
    const result = await work(context);
    await waitOnExecutionContext(context);
    return result;
  };

  /** Sends a request as it is, and holds the answer to the contract. */
  const fetch = async (path: string, init: RequestInit<IncomingRequestCfProperties> = {}) => {
    const request = new Request(`https://edgedesk.test${path}`, init);
    const response = await run(async (context) => await worker.fetch(request, env, context));
    const breaches = await breachesOf(request.method, path, response);
    if (breaches.length > 0) throw new Error(`${request.method} ${path} breaks the contract: ${breaches.join("; ")}`);
    return response;
  };

  const get = (path: string) => fetch(path, { headers: { Authorization: `Bearer ${KEY}` } });

  const post = (path: string, body: unknown, type = "application/json") =>
    fetch(path, {
      method: "POST",
      headers: { Authorization: `Bearer ${KEY}`, "Content-Type": type },
      body: typeof body === "string" ? body : JSON.stringify(body),
    });

  /** Delivers messages to the consumer as one batch, and tells what became of each. */
  const deliver = (bodies: readonly unknown[], queue = "ticket-projections") =>
    run(async (context) => {
      const messages = bodies.map((body, index) => ({
        id: `message-${index}`,
        timestamp: new Date(time.now),
        attempts: 1,
        body,
      }));
      const batch = createMessageBatch(queue, messages);
      // The result does not tell delays.
      const delays = new Map<string, number | undefined>();
      const watched = batch.messages.map((message) => ({
        ...{ id: message.id, timestamp: message.timestamp, body: message.body, attempts: message.attempts },
        ack: () => message.ack(),
        retry: (options?: QueueRetryOptions) => {
          refuse(refusedDelay(options?.delaySeconds));
          delays.set(message.id, options?.delaySeconds);
          message.retry(options);
        },
      }));
      const { metadata } = batch;
      const all = { ackAll: () => batch.ackAll(), retryAll: () => batch.retryAll() };
      await worker.queue({ queue, messages: watched, metadata, ...all }, env, context);
      const result = await getQueueResult(batch, context);
      return {
        ...result,
        retryMessages: result.retryMessages.map(({ msgId }) => ({ msgId, delaySeconds: delays.get(msgId) })),
      };
    });

  return {
    time,
    calls,
    invocations,
    hooks,
    sent,
    log,
    fetch,
    get,
    post,
    deliver,
    /** Delivers all that was sent, in batches as the queue makes them. */
    deliverSent: async () => {
      while (sent.length > 0) await deliver(sent.splice(0, 100));
    },
    /** One minute of the cron. */
    sweep: () =>
      run(async (context) => {
        const controller = { scheduledTime: time.now, cron: "* * * * *", noRetry: () => {} };
        await worker.scheduled(controller, env, context);
      }),
    create: async (fields: Record<string, unknown> = {}): Promise<Accepted> => {
      const ticket = { customer_id: "cus-1", subject: "A question", message: "How does it work?", ...fields };
      return await answered(await post("/tickets", ticket), 201);
    },
    command: async (id: string, path: string, body: unknown): Promise<Accepted> =>
      await answered(await post(`/tickets/${id}/${path}`, body), 200),
    list: async (query = ""): Promise<Page> => await answered(await get(`/tickets${query}`), 200),
  };
}

/** Those of the messages that are about tickets, not the engine's own. */
export function aboutTickets(sent: readonly QueueMessage[]): ProjectionMessage[] {
  return sent.filter((message) => "ticket_id" in message);
}

/** The body of an answer that must have this status. */
export async function answered<Body>(response: Response, status: number): Promise<Body> {
  if (response.status !== status) throw new Error(`${response.status} instead of ${status}: ${await response.text()}`);
  return await response.json<Body>();
}

const TABLES = [
  "tickets",
  "ticket_events",
  "projection_backlog",
  "read_tickets",
  "read_tallies",
  "read_revisions",
  "dead_letters",
  "idempotency_records",
  "api_keys",
  "projection_drift",
  "projection_drift_counts",
  "erasures",
  "search_purges",
];

/** Tables whose rows the migrations made, and what these are in the beginning, after the first minute of the cron. */
const RESETS = [
  "DELETE FROM sqlite_sequence",
  "UPDATE db_clock SET at = 0, seq = 0, tickets = 0, read_rows = 0, least_revision = 0",
  "INSERT INTO read_state (id, complete) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET complete = 1",
  `UPDATE projection_jobs SET run = 0, state = 'idle', pace = iif(name = 'audit', 'cron', 'queue'), slice = 0,
     projector = ${ticketList.projector}, workspace_id = '', ticket_id = '', done = 0, failed = 0, found = 0, attempts = 0, due_at = 0, started_at = NULL,
     updated_at = NULL, finished_at = NULL`,
  "DELETE FROM projection_figures",
  "INSERT INTO projection_figures (id) VALUES (1)",
  // A deleted entry stays in its index until a merge. What an index holds decides when FTS5 merges.
  ...ticketList.search.map(({ name }) => `INSERT INTO ${name} (${name}) VALUES ('delete-all')`),
];

function refuse(refusal: string | undefined): void {
  if (refusal === undefined) return;
  violations.push(refusal);
  throw new Error(refusal);
}

/** Makes the database as it is after the migrations. What was in it must have been small enough for production. */
export async function emptyTables(): Promise<void> {
  refuse(await oversizedRow(env.DB));
  await env.DB.batch([
    ...TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    ...RESETS.map((sql) => env.DB.prepare(sql)),
  ]);
}

/** How many rows each table has: what a refused request must leave as it was. */
export async function tableSizes(): Promise<Record<string, number>> {
  const counts = TABLES.map((table) => `(SELECT count(*) FROM ${table}) AS ${table}`);
  return (await env.DB.prepare(`SELECT ${counts.join(", ")}`).first<Record<string, number>>()) ?? {};
}
