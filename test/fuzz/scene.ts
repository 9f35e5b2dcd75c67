import { KEY } from "../access.ts";

/** Who calls. */
export const CALLERS = ["root", "admin", "agent", "nobody", "revoked", "expired"] as const;
export type Caller = (typeof CALLERS)[number];

/** A service that can be asked, and looked into. */
export interface Desk {
  readonly db: D1Database;
  /** Milliseconds since 1970; whoever sets the scene moves it on. */
  readonly time: { now: number };
  /** Answers a request, and waits for what goes on behind the answer. */
  readonly ask: (request: Request) => Promise<Response>;
  /** Delivers all that was sent to the queue. */
  readonly settle: () => Promise<void>;
  /** How often anything was written so far. */
  readonly writes: () => number;
  /** D1 calls so far. */
  readonly calls: () => number;
}

/** What there is before anything hostile comes: the callers' workspace, the root key's own, and one of others. */
export interface Scene {
  /** The key of each caller. */
  readonly keys: Readonly<Record<Caller, string | undefined>>;
  readonly keyIds: Readonly<Record<"spare" | "admin" | "foreign", string>>;
  readonly tickets: Readonly<Record<"root" | "own" | "closed" | "parked" | "foreign", string>>;
  readonly customers: Readonly<Record<"own" | "foreign", string>>;
  /** Of each kind of list; {@link LISTS} has their addresses. */
  readonly cursors: Readonly<Record<List, string>>;
  readonly tokens: readonly string[];
}

/** The workspace of the callers. */
export const OWN = "acme";

/** Who asks, there. */
const CUSTOMER = "cus-1";

/** Stands in everything that belongs to another workspace: only the root key may be shown any of it. */
export const FOREIGN_MARK = "belongs-to-others";

/** The lists that give cursors: who asks, and what. */
export const LISTS = {
  tickets: ["agent", "/tickets?limit=1"],
  filtered: ["agent", "/tickets?limit=1&customer_id=cus-1&status=open&status=closed&sort=created_at&direction=asc"],
  relevance: ["agent", "/tickets?limit=1&q=question&sort=relevance"],
  conversation: ["agent", "/tickets/{own}?limit=1"],
  history: ["agent", "/tickets/{own}/events?limit=1"],
  feed: ["agent", "/events?limit=1"],
  keys: ["admin", "/keys?limit=1"],
  allKeys: ["root", "/keys?limit=1"],
} as const satisfies Readonly<Record<string, readonly [caller: Caller, path: string]>>;
export type List = keyof typeof LISTS;

/** The address of a list; of a ticket's own, that ticket's. */
export function addressOf(list: List, { own }: Scene["tickets"]): string {
  return LISTS[list][1].replace("{own}", own);
}

/** An idempotency key that the callers have used. */
export const USED_KEY = "used-before";

const HOUR_MS = 3_600_000;

interface Body {
  readonly id: string;
  readonly key: string;
  readonly next_cursor?: string;
  readonly conversation?: { readonly next_cursor: string };
}

const PARK = `
INSERT INTO projection_backlog (workspace_id, ticket_id, version, first_seq, first_recorded_at, due_at, parked_at, error)
SELECT workspace_id, ticket_id, version, seq, recorded_at, ?1, ?1, 'poison' FROM ticket_events WHERE ticket_id = ?2
ON CONFLICT (workspace_id, ticket_id) DO UPDATE SET parked_at = excluded.parked_at, error = excluded.error`;

/** Sets the scene, through the API itself. */
export async function setScene(desk: Desk): Promise<Scene> {
  const ask = async (key: string, method: string, path: string, body?: unknown, headers?: Record<string, string>) => {
    const init = { method, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const all = { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers };
    const answer = await desk.ask(new Request(`https://edgedesk.test${path}`, { ...init, headers: all }));
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return { ...(JSON.parse(text || "{}") as Body), token: answer.headers.get("Consistency-Token") ?? "" };
  };
  const makeKey = (fields: Record<string, unknown> = {}) =>
    ask(KEY, "POST", "/keys", { name: "A key", role: "admin", workspace_id: OWN, ...fields });
  const create = async (key: string, fields?: Record<string, unknown>, headers?: Record<string, string>) => {
    const ticket = { customer_id: CUSTOMER, subject: "A question", message: "How?", ...fields };
    return (await ask(key, "POST", "/tickets", ticket, headers)).id;
  };

  const admin = await makeKey();
  const agent = await makeKey({ role: "agent", agent_id: "ada" });
  const spare = await makeKey();
  const foreign = await makeKey({ workspace_id: "others", name: FOREIGN_MARK, agent_id: FOREIGN_MARK });
  const revoked = await makeKey();
  await ask(KEY, "DELETE", `/keys/${revoked.id}`);
  const expired = await makeKey({ expires_at: new Date(desk.time.now + HOUR_MS).toISOString() });
  desk.time.now += HOUR_MS;

  const mark = { customer_id: FOREIGN_MARK, subject: FOREIGN_MARK, message: FOREIGN_MARK, tags: [FOREIGN_MARK] };
  const tickets = {
    root: await create(KEY),
    own: await create(
      agent.key,
      { external_id: "known", priority: "high", tags: ["billing"] },
      { "Idempotency-Key": USED_KEY },
    ),
    closed: await create(admin.key),
    foreign: await create(foreign.key, mark),
    parked: await create(KEY),
  };
  await ask(foreign.key, "POST", `/tickets/${tickets.foreign}/notes`, { note: FOREIGN_MARK });
  for (const [key, id] of [[KEY, tickets.root] as const, [agent.key, tickets.own] as const]) {
    await ask(key, "POST", `/tickets/${id}/notes`, { note: "Look at the log" });
    await ask(key, "POST", `/tickets/${id}/messages`, { body: "Like this", from: "agent" });
    await ask(key, "POST", `/tickets/${id}/assignee`, { assignee_id: "ada" });
  }
  const closed = await ask(admin.key, "POST", `/tickets/${tickets.closed}/status`, { new_status: "closed" });
  await desk.settle();
  await desk.db.prepare(PARK).bind(desk.time.now, tickets.parked).run();

  const keys = {
    root: KEY,
    admin: admin.key,
    agent: agent.key,
    nobody: undefined,
    revoked: revoked.key,
    expired: expired.key,
  };
  const tokens = [closed.token];
  const cursors: Record<string, string> = {};
  for (const [list, [caller]] of Object.entries(LISTS)) {
    const page = await ask(keys[caller], "GET", addressOf(list as List, tickets));
    const cursor = page.next_cursor ?? page.conversation?.next_cursor;
    if (!cursor) throw new Error(`the list of ${list} has one page`);
    cursors[list] = cursor;
    if (page.token !== "") tokens.push(page.token);
  }
  return {
    keys,
    keyIds: { spare: spare.id, admin: admin.id, foreign: foreign.id },
    tickets,
    customers: { own: CUSTOMER, foreign: FOREIGN_MARK },
    cursors: cursors as Scene["cursors"],
    tokens,
  };
}
