import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { Failure } from "../../scripts/local/run.ts";
import type { Kind } from "../data/fill-worker.ts";
import type { Bench } from "../figures.ts";
import { buildWorker, COMPUTE_ON_READ_ENTRY } from "../runtime/build.ts";
import { type Service, type ServiceOptions, startService } from "../runtime/service.ts";

/** The Workers that the write side is measured on. */
const ENTRIES: Readonly<Record<Kind, string>> = {
  edgedesk: "bench/inline/worker.ts",
  "compute-on-read": COMPUTE_ON_READ_ENTRY,
};

const POLL_MS = 20;
/** The longest that a backlog may stand still, in milliseconds. */
const STANDSTILL_MS = 60_000;

const cost = z.object({
  calls: z.number(),
  statements: z.number(),
  rows_read: z.number(),
  rows_written: z.number(),
  sql_ms: z.number(),
});

/** What an answer cost the database. */
export type Cost = z.infer<typeof cost>;

/** A ticket at a version. */
export const accepted = z.object({ id: z.string(), version: z.number() });
export type Accepted = z.infer<typeof accepted>;

const listed = z.object({
  id: z.string(),
  status: z.string(),
  priority: z.string(),
  assignee_id: z.string().nullable(),
  version: z.number(),
});

/** A ticket as a list shows it, as far as commands need it. */
export type Listed = z.infer<typeof listed>;

const list = z.object({ items: z.array(listed) });

/** What the projection says of itself. */
const projections = z.object({
  tickets: z.number(),
  backlog: z.object({ count: z.number() }),
  projected: z.object({ tickets: z.number(), batches: z.number() }),
  audit: z.object({ state: z.string(), found: z.number() }),
  rebuild: z.object({ state: z.string() }),
});

/** An answer, and what it cost. */
export interface Answer {
  readonly json: unknown;
  readonly headers: Headers;
  /** Undefined where the answer does not say. */
  readonly cost: Cost | undefined;
}

/** A service that a suite sends commands to. */
export class Desk {
  readonly service: Service;

  constructor(service: Service) {
    this.service = service;
  }

  async get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return await this.#answer(path, { headers });
  }

  async post(path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const [type, text] =
      typeof body === "string" ? ["application/x-ndjson", body] : ["application/json", JSON.stringify(body)];
    return await this.#answer(path, { method: "POST", body: text, headers: { "Content-Type": type, ...headers } });
  }

  /** Tickets of a list. */
  async tickets(query: string): Promise<Listed[]> {
    return list.parse((await this.get(`/tickets?${query}`)).json).items;
  }

  async projections() {
    return projections.parse((await this.get("/projections")).json);
  }

  /** Projects tickets as a batch of the queue, and tells what that cost. */
  async project(tickets: readonly Accepted[]): Promise<Cost> {
    const { cost } = await this.post(
      "/bench/project",
      tickets.map(({ id, version }) => ({ ticket_id: id, version })),
    );
    if (!cost) throw new Failure("The Worker does not tell what a projection cost");
    return cost;
  }

  /** Keeps all messages from the queue. */
  async holdQueue(): Promise<void> {
    await this.post("/bench/queue/hold", {});
  }

  /** Lets the queue have them. */
  async releaseQueue(): Promise<void> {
    await this.post("/bench/queue/release", {});
  }

  /** Waits until everything is projected. */
  async settled(stopping: AbortSignal, told: (left: number) => void = () => {}, poll = POLL_MS): Promise<void> {
    let least = Number.POSITIVE_INFINITY;
    for (let since = performance.now(); ; ) {
      const { backlog } = await this.projections();
      told(backlog.count);
      if (backlog.count === 0) return;
      if (backlog.count < least) since = performance.now();
      least = Math.min(least, backlog.count);
      if (performance.now() - since > STANDSTILL_MS) throw new Failure(`${backlog.count} tickets are not projected`);
      await pause(poll, undefined, { signal: stopping });
    }
  }

  async #answer(path: string, init: RequestInit): Promise<Answer> {
    const response = await this.service.fetch(path, init);
    const text = await response.text();
    if (!response.ok) throw new Failure(`${path} answered ${response.status}: ${text.slice(0, 300)}`);
    const told = response.headers.get("Bench-Cost");
    return {
      json: text === "" ? undefined : JSON.parse(text),
      headers: response.headers,
      cost: told === null ? undefined : cost.parse(JSON.parse(told)),
    };
  }
}

const built = new Map<Kind, ReturnType<typeof buildWorker>>();

/** Runs work on a service of its own, with a copy of the filled database; the service ends with it. */
export async function withDesk<Result>(
  bench: Bench,
  tickets: number,
  work: (desk: Desk) => Promise<Result>,
  { kind = "edgedesk", ...options }: Pick<ServiceOptions, "maxBatchTimeout"> & { readonly kind?: Kind } = {},
): Promise<Result> {
  const build = built.get(kind) ?? buildWorker(ENTRIES[kind], `${bench.folder}/write-${kind}`);
  built.set(kind, build);
  const { script } = await build;
  const database = bench.database(kind, tickets);
  const service = await startService({ script, database, placing: "copy", folder: bench.folder, ...options });
  try {
    return await work(new Desk(service));
  } finally {
    await service.stop();
  }
}
