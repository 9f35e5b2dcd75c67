import { readFileSync, rmSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type MiniflareOptions } from "miniflare";
import { Failure } from "../../scripts/local/run.ts";
import { PROJECT } from "./build.ts";
import { databaseIn, makeStore, type Placing, placeDatabase } from "./persistence.ts";
import { cpuSeconds, kill, runtimes } from "./process.ts";

/** The key of a service under measurement. */
export const ROOT_KEY = "bench-root-key";

/** Milliseconds that the runtime has to end by itself. */
const PATIENCE_MS = 5_000;

/** What is to be started. */
export interface ServiceOptions {
  /** The Worker's one module. */
  readonly script: string;
  /** A filled file. */
  readonly database: string;
  readonly placing: Placing;
  /** A folder for what the runtime keeps, on the disk of the filled file; what is made in it is removed at the end. */
  readonly folder: string;
  /** Seconds that the queue waits for more messages before it delivers those that it has; as in wrangler.toml where it is not given. */
  readonly maxBatchTimeout?: number;
}

/** A running service. */
export interface Service {
  /** Without a slash at its end. */
  readonly url: string;
  /** The process that runs the Worker and its database; undefined where there is no /proc. */
  readonly pid: number | undefined;
  /** Where the database is. */
  readonly database: string;
  /** Sends a request with the key. */
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  /** Seconds that the process has had of a core so far; undefined where nobody knows. */
  readonly cpuSeconds: () => number | undefined;
  /** Ends it, whatever it is doing. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a Worker with the bindings of wrangler.toml, in the runtime itself: no development server is in the way, and its log is thrown
 * away. There is no rate limit; the page at /docs is left out, because locally it would put two more Workers before each request.
 */
export async function startService({
  script,
  database,
  placing,
  folder,
  maxBatchTimeout,
}: ServiceOptions): Promise<Service> {
  const store = makeStore(folder);
  const removeStore = () => rmSync(store, { recursive: true, force: true });
  process.once("exit", removeStore);
  try {
    await makeDatabase(store);
    const place = databaseIn(store);
    placeDatabase(database, place, placing);
    const { url, pid, dispose } = await startRuntime(
      await optionsOf(readFileSync(script, "utf8"), store, maxBatchTimeout),
    );
    return {
      url,
      pid,
      database: place,
      fetch: (path, init = {}) => {
        const headers = new Headers(init.headers);
        headers.set("Authorization", `Bearer ${ROOT_KEY}`);
        return fetch(`${url}${path}`, { ...init, headers });
      },
      cpuSeconds: () => (pid === undefined ? undefined : cpuSeconds(pid)),
      stop: async () => {
        await dispose();
        removeStore();
        process.off("exit", removeStore);
      },
    };
  } catch (error) {
    removeStore();
    process.off("exit", removeStore);
    throw error;
  }
}

/** Has the runtime make an empty database, which tells where it looks for it. */
async function makeDatabase(store: string): Promise<void> {
  const script = "export default { fetch: async (_, env) => Response.json(await env.DB.prepare('SELECT 1').all()) }";
  const { url, dispose } = await startRuntime(await optionsOf(script, store));
  try {
    const { ok, status } = await fetch(url);
    if (!ok) throw new Failure(`The runtime's database does not work: status ${status}`);
  } finally {
    await dispose();
  }
}

/** The queue that tells of changed tickets. */
const QUEUE = "ticket-projections";

async function optionsOf(code: string, store: string, maxBatchTimeout?: number): Promise<MiniflareOptions> {
  // Otherwise wrangler says that it is missing, and which it takes.
  process.env["ROOT_KEY"] ??= ROOT_KEY;
  process.env["WRANGLER_LOG"] ??= "none";
  const { unstable_getMiniflareWorkerOptions } = await import("wrangler");
  const { workerOptions } = unstable_getMiniflareWorkerOptions(`${PROJECT}/wrangler.toml`);
  const { assets: _, ratelimits: __, modulesRules: ___, bindings, queueConsumers, ...configured } = workerOptions;
  const consumers = Object.entries(queueConsumers ?? {}).map(([queue, consumer]) => [
    queue,
    { ...consumer, ...(queue === QUEUE && maxBatchTimeout !== undefined && { maxBatchTimeout }) },
  ]);
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    log: new Log(LogLevel.NONE),
    logRequests: false,
    handleStructuredLogs: () => {},
    resourcePersistencePath: store,
    workers: [
      {
        ...configured,
        name: "edgedesk",
        queueConsumers: Object.fromEntries(consumers),
        modules: [{ type: "ESModule", path: "index.js", contents: code }],
        // Past the runtime's own Worker that stands before all others locally.
        unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        bindings: Object.fromEntries([...Object.entries(bindings ?? {}), ["ROOT_KEY", ROOT_KEY]]),
      },
    ],
  });
}

async function startRuntime(options: MiniflareOptions) {
  const before = new Set(runtimes());
  const miniflare = new Miniflare(options);
  await miniflare.ready;
  const url = (await miniflare.unsafeGetDirectURL()).href.replace(/\/$/u, "");
  const pid = runtimes().find((one) => !before.has(one));
  const atLast = () => {
    if (pid !== undefined) kill(pid);
  };
  process.once("exit", atLast);
  const dispose = async () => {
    await Promise.race([miniflare.dispose(), pause(PATIENCE_MS, undefined, { ref: false })]);
    atLast();
    process.off("exit", atLast);
  };
  return { url, pid, dispose };
}
