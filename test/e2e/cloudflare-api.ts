import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { DatabaseSync } from "node:sqlite";

/** What the API says of a request; `error` is Cloudflare's code and text. */
interface Answer {
  readonly result?: unknown;
  readonly error?: readonly [status: number, code: number, message: string];
}

interface Ask {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Buffer;
}

type Route = readonly [method: string, path: RegExp, answer: (ask: Ask, name: string) => Answer];

/** What a version must bring: all of its assets are there. */
const ALL_ASSETS = "all-assets";

const WORKER = "/accounts/abc/workers/scripts/edgedesk";
const NO_WORKER: Answer = { error: [404, 10007, "This Worker does not exist on your account."] };

/**
 * Stands in for Cloudflare's API, as far as wrangler 4.155 asks it for a deployment of Edgedesk: read from wrangler's code, so that
 * the real wrangler can be run without an account. Databases are real SQLite ones, in memory.
 */
export class CloudflareApi {
  readonly accounts = [{ id: "abc", name: "Acme" }];
  readonly databases = new Map<string, DatabaseSync>();
  readonly queues: string[] = [];
  /** The bindings of each version that was uploaded, by name. */
  readonly versions: Record<string, Record<string, unknown>>[] = [];
  readonly consumers: unknown[] = [];
  schedules: unknown;
  /** The paths of the assets that were uploaded, in the alphabet's order, and what the last version says of them. */
  readonly assets = { paths: [] as string[], config: undefined as unknown };
  /** The requests that change something, in their order. */
  readonly changes: string[] = [];
  /** Requests that nothing here answers. */
  readonly unknown: string[] = [];
  /** Where it answers, once it is open. */
  url = "";
  readonly #assetHashes = new Set<string>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer(async (request, response) => {
      const answer = this.#answer(await readAsk(request));
      const [status, code, message] = answer.error ?? [200];
      const errors = code === undefined ? [] : [{ code, message }];
      response.writeHead(status, { "content-type": "application/json" });
      const page = { page: 1, per_page: 100, count: 1, total_count: 1, total_pages: 1 };
      response.end(
        JSON.stringify({
          success: errors.length === 0,
          errors,
          messages: [],
          result: answer.result ?? null,
          result_info: page,
        }),
      );
    });
  }

  async open(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
    for (const database of this.databases.values()) database.close();
  }

  #answer(ask: Ask): Answer {
    for (const [method, path, answer] of this.#routes) {
      const name = path.exec(ask.path)?.[1] ?? "";
      if (ask.method !== method || !path.test(ask.path)) continue;
      if (method !== "GET" && !ask.path.endsWith("/query")) this.changes.push(`${method} ${ask.path}`);
      return answer(ask, name);
    }
    this.unknown.push(`${ask.method} ${ask.path}`);
    return { error: [404, 7003, "Could not route"] };
  }

  readonly #routes: readonly Route[] = [
    ["GET", /^\/user$/u, () => ({ result: { email: "a@example.com" } })],
    ["GET", /^\/user\/tokens\/verify$/u, () => ({ result: { status: "active" } })],
    ["GET", /^\/accounts$/u, () => ({ result: this.accounts })],
    ["GET", /^\/memberships$/u, () => ({ result: this.accounts.map((account) => ({ account })) })],
    ["GET", /\/d1\/database$/u, () => ({ result: [...this.databases.keys()].map(databaseNamed) })],
    ["POST", /\/d1\/database$/u, ({ body }) => this.#create(JSON.parse(body.toString()))],
    ["GET", /\/d1\/database\/([\w-]+)$/u, (_, name) => this.#find(name)],
    ["POST", /\/d1\/database\/([\w-]+)\/query$/u, ({ body }, name) => this.#query(name, JSON.parse(body.toString()))],
    ["GET", /\/queues$/u, ({ query }) => ({ result: this.#queuesNamed(query.getAll("name")) })],
    ["POST", /\/queues$/u, ({ body }) => ({ result: this.queues.push(JSON.parse(body.toString()).queue_name) })],
    [
      "POST",
      /\/queues\/([\w-]+)\/consumers/u,
      ({ body }) => ({ result: this.consumers.push(JSON.parse(body.toString())) }),
    ],
    ["PUT", /\/queues\/([\w-]+)\/consumers/u, () => ({ result: {} })],
    [
      "GET",
      /\/workers\/services\/edgedesk$/u,
      () => this.#ifDeployed(() => ({ default_environment: { script: { tag: "t" } } })),
    ],
    ["GET", /\/workers\/scripts\/edgedesk\/secrets$/u, () => this.#ifDeployed(() => this.#secrets())],
    ["GET", /\/workers\/scripts\/edgedesk\/settings$/u, () => this.#ifDeployed(() => ({ bindings: this.#bindings() }))],
    ["GET", /\/workers\/scripts\/edgedesk\/deployments$/u, () => this.#ifDeployed(() => ({ deployments: [] }))],
    ["GET", /\/workers\/subdomain$/u, () => ({ result: { subdomain: "acme" } })],
    [
      "GET",
      /\/workers\/workers\/edgedesk$/u,
      () => ({ result: { subdomain: { enabled: true, previews_enabled: false } } }),
    ],
    [
      "POST",
      new RegExp(`${WORKER}/assets-upload-session$`, "u"),
      ({ body }) => this.#compareAssets(JSON.parse(body.toString()).manifest),
    ],
    ["POST", /\/workers\/assets\/upload$/u, ({ body }) => this.#takeAssets(body)],
    ["PUT", new RegExp(`${WORKER}$`, "u"), (ask) => this.#upload(ask)],
    ["POST", new RegExp(`${WORKER}/versions$`, "u"), (ask) => this.#upload(ask)],
    ["POST", new RegExp(`${WORKER}/deployments$`, "u"), () => ({ result: { id: "d" } })],
    ["PATCH", new RegExp(`${WORKER}/(?:script-)?settings$`, "u"), () => ({ result: {} })],
    ["POST", new RegExp(`${WORKER}/subdomain$`, "u"), () => ({ result: { enabled: true, previews_enabled: false } })],
    ["PUT", new RegExp(`${WORKER}/schedules$`, "u"), ({ body }) => this.#schedule(JSON.parse(body.toString()))],
  ];

  #create({ name }: { name: string }): Answer {
    if (this.databases.has(name)) return { error: [400, 7502, "A database with that name already exists"] };
    this.databases.set(name, new DatabaseSync(":memory:"));
    return { result: databaseNamed(name) };
  }

  #find(nameOrId: string): Answer {
    const name = nameOrId.replace(/^id-of-/u, "");
    if (this.databases.has(name)) return { result: databaseNamed(name) };
    return { error: [404, 7404, "The database was not found"] };
  }

  #query(id: string, { sql }: { sql: string }): Answer {
    const database = this.databases.get(id.replace(/^id-of-/u, ""));
    if (database === undefined) return { error: [404, 7404, "The database was not found"] };
    const results = /^\s*SELECT/iu.test(sql) ? database.prepare(sql).all() : void database.exec(sql);
    return { result: [{ success: true, results: results ?? [], meta: { duration: 1 } }] };
  }

  #queuesNamed(names: readonly string[]) {
    const found = this.queues.filter((queue) => names.length === 0 || names.includes(queue));
    return found.map((queue) => ({ queue_name: queue, queue_id: queue, producers: [], consumers: [], created_on: "" }));
  }

  #schedule(crons: unknown): Answer {
    this.schedules = crons;
    return { result: crons };
  }

  #ifDeployed(result: () => unknown): Answer {
    return this.versions.length === 0 ? NO_WORKER : { result: result() };
  }

  #bindings(): Record<string, unknown>[] {
    return Object.values(this.versions.at(-1) ?? {});
  }

  #secrets() {
    return this.#bindings()
      .filter(({ type }) => type === "secret_text")
      .map(({ name, type }) => ({ name, type }));
  }

  /** Asks for the assets that it does not know yet; where it knows all, the token for the version comes at once. */
  #compareAssets(manifest: Record<string, { hash: string }>): Answer {
    const missing = Object.values(manifest).filter(({ hash }) => !this.#assetHashes.has(hash));
    this.assets.paths = Object.keys(manifest).toSorted();
    const bucket = missing.map(({ hash }) => hash);
    return { result: bucket.length === 0 ? { jwt: ALL_ASSETS, buckets: [] } : { jwt: "some", buckets: [bucket] } };
  }

  #takeAssets(body: Buffer): Answer {
    for (const [, hash = ""] of body.toString("latin1").matchAll(/ name="([0-9a-f]+)"/gu)) this.#assetHashes.add(hash);
    return { result: { jwt: ALL_ASSETS } };
  }

  /** A version keeps the secrets of the one before when it asks for that, as wrangler always does (`keep_bindings`). */
  #upload({ body }: Ask): Answer {
    const metadata = /name="metadata"\r\n(?:[^\r\n]*\r\n)*\r\n(?<json>\{.*\})\r\n/u.exec(body.toString("latin1"))
      ?.groups?.["json"];
    const { bindings, keep_bindings = [], assets } = JSON.parse(metadata ?? "{}");
    if (assets?.jwt !== ALL_ASSETS) return { error: [400, 10021, "The version lacks assets"] };
    this.assets.config = assets.config;
    const kept = this.#bindings().filter(({ type }) => keep_bindings.includes(type));
    const named = [...kept, ...bindings].map(
      (binding: Record<string, unknown>) => [String(binding["name"]), binding] as const,
    );
    this.versions.push(Object.fromEntries(named));
    return {
      result: { id: "v", etag: "e", deployment_id: "v", resources: { script: { etag: "e" } }, startup_time_ms: 9 },
    };
  }
}

function databaseNamed(name: string) {
  return { uuid: `id-of-${name}`, name };
}

async function readAsk(request: IncomingMessage): Promise<Ask> {
  const url = new URL(request.url ?? "", "http://127.0.0.1");
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  return {
    method: request.method ?? "",
    path: url.pathname,
    query: url.searchParams,
    body,
  };
}
