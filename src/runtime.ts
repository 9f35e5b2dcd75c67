import { v7 } from "uuid";
import type { KeyRing, KnownKeys } from "./keys/key-ring.ts";
import type { Database } from "./platform/database.ts";
import { databases } from "./platform/databases.ts";
import { PASS, type Patience } from "./platform/deadline.ts";
import type { Seal } from "./platform/sealed.ts";
import { type KnownSeal, sealOf } from "./platform/sealing-key.ts";
import { maxCallsOf, Usage } from "./platform/usage.ts";
import type { Projection } from "./projection/core/projection.ts";
import { ticketList } from "./projection/read-models/ticket-list/ticket-list.ts";

/** A message of the queue: which ticket has changed, never what. A ticket can exceed the queue's 128 KB. */
export interface ProjectionMessage {
  readonly workspace_id: string;
  readonly ticket_id: string;
  readonly version: number;
}

/** The next slice of a rebuild or an audit is due. One of another run, or of a slice that is done, means nothing. */
export interface JobMessage {
  readonly job: "rebuild" | "audit";
  readonly run: number;
  readonly slice: number;
}

/** What the projection tells itself. */
export type EngineMessage = JobMessage | { readonly job: "heartbeat" };

/** All that the queue carries. */
export type QueueMessage = ProjectionMessage | EngineMessage;

/** Writes one line of the log; `fields` never hold a body, a key or a name. */
export type Log = (level: "info" | "warn" | "error", event: string, fields?: Record<string, unknown>) => void;

/** Everything that the service takes from outside: built once per event, so that a test can break any part of it. */
export interface Deps {
  /** The database of a workspace. */
  readonly databaseFor: (workspaceId: string) => Database;
  /** All databases, for the passes that serve every workspace. */
  readonly databases: () => readonly Database[];
  /** What this invocation's calls to them have cost so far, and how many more it may make. */
  readonly usage: Usage;
  readonly queue: Pick<Queue<QueueMessage>, "sendBatch">;
  /** What lists are projected with. */
  readonly projection: Projection;
  /** Tickets in one slice of a rebuild or an audit. */
  readonly sliceTickets: number;
  /** Milliseconds since 1970. It may jump; the database's own clock does not. */
  readonly clock: () => number;
  /** A new UUIDv7 (RFC 9562). */
  readonly newId: () => string;
  /** A number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** Resolves after that many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<void>;
  readonly log: Log;
  /** Runs on after the answer; failures are the promise's own to handle. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly access: Access;
  /** What cursors, tokens and tags are sealed with. */
  readonly seal: () => Promise<Seal>;
}

/** Addresses that have guessed at the root key too often, each until a moment in milliseconds since 1970. */
export type Barred = Map<string, number>;

/** What decides who may come in at the HTTP door, and how often. */
export interface Access {
  /** The operator's own key; without it the service refuses every request. */
  readonly rootKey: string | undefined;
  readonly keyRing: KeyRing;
  /** That many bytes that nobody can guess. */
  readonly randomBytes: (length: number) => Uint8Array;
  /** Counts the requests of each key; undefined: there is no limit. */
  readonly requestLimit: RateLimit | undefined;
  /** Counts the look-ups of keys that are not known yet, and the guesses at the root key, by the caller's address. */
  readonly lookupLimit: RateLimit | undefined;
  readonly barred: Barred;
  /** The origins whose pages may call from a browser; `*` is all. */
  readonly origins: readonly string[];
}

/** A row may have a few KB, and one parameter of a statement holds 2 MB. */
const SLICE_TICKETS = 250;

/** What this isolate remembers of keys, from one request to the next. */
const knownKeys: KnownKeys = new Map();

/** The same of the sealing key. */
const sealing: KnownSeal = {};

/** The same of addresses that guess. */
const barred: Barred = new Map();

/**
 * The real thing.
 *
 * @param patience how long the event's calls to the database may take
 */
export function makeDeps(
  env: Cloudflare.Env,
  context: Pick<ExecutionContext, "waitUntil">,
  patience: Patience = PASS,
): Deps {
  const usage = new Usage(maxCallsOf(env.MAX_D1_CALLS));
  const { keyDatabase, ...workspaces } = databases(env, usage, patience, (work) => context.waitUntil(work));
  return {
    ...workspaces,
    usage,
    queue: env.PROJECTION_QUEUE,
    projection: ticketList,
    sliceTickets: SLICE_TICKETS,
    clock: Date.now,
    newId: () => v7(),
    random: Math.random,
    sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    log: logLine,
    waitUntil: (work) => context.waitUntil(work),
    access: {
      rootKey: env.ROOT_KEY,
      keyRing: { database: keyDatabase, known: knownKeys, sealing },
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
      requestLimit: env.REQUEST_LIMIT,
      lookupLimit: env.LOOKUP_LIMIT,
      barred,
      origins: (env.ALLOWED_ORIGINS ?? "").split(/[\s,]+/).filter((origin) => origin !== ""),
    },
    seal: () => sealOf(keyDatabase, sealing),
  };
}

const logLine: Log = (level, event, fields) => console[level](JSON.stringify({ level, event, ...fields }));
