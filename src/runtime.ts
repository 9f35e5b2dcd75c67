import { v7 } from "uuid";
import type { Runtime } from "./http/api.ts";
import type { Barred } from "./keys/access.ts";
import type { KnownKeys } from "./keys/key-ring.ts";
import { databases } from "./platform/databases.ts";
import { PASS, type Patience } from "./platform/deadline.ts";
import { logLine } from "./platform/log.ts";
import { type KnownSeal, sealOf } from "./platform/sealing-key.ts";
import { maxCallsOf, Usage } from "./platform/usage.ts";
import { readModels } from "./projection/read-models/index.ts";

/** Tickets in one slice of a walk. A row may have a few KB, and one statement parameter holds 2 MB. */
const SLICE_TICKETS = 250;

/** API keys, cached per isolate. */
const knownKeys: KnownKeys = new Map();

/** The sealing key, cached per isolate. */
const sealing: KnownSeal = {};

/** Barred addresses, per isolate. */
const barred: Barred = new Map();

/**
 * Wires the service to Cloudflare for one event.
 *
 * @param patience time limits of the event's database calls
 */
export function createRuntime(
  env: Cloudflare.Env,
  context: Pick<ExecutionContext, "waitUntil">,
  patience: Patience = PASS,
): Runtime {
  const usage = new Usage(maxCallsOf(env.MAX_D1_CALLS));
  const { keyDatabase, ...workspaces } = databases(env, usage, patience, (work) => context.waitUntil(work));
  return {
    ...workspaces,
    usage,
    queue: env.PROJECTION_QUEUE,
    projection: readModels.ticketList,
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
