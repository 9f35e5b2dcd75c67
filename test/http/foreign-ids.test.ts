import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { generateLines, ndjson, random } from "../oracle/lines.ts";
import { answered, emptyTables, service } from "../service.ts";
import { caller, root } from "./callers.ts";

const TICKETS = 100;
const PAIRS = 1_000;

const desk = service();
const WORKSPACES = ["acme", "bolt", "core", "default"] as const;

/** What a workspace has: an admin's key, and the ids of its tickets and keys. */
interface Home {
  readonly key: string;
  readonly tickets: readonly string[];
  readonly keys: readonly string[];
}

const homes = new Map<string, Home>();

beforeAll(async () => {
  await emptyTables();
  for (const [index, workspace_id] of WORKSPACES.entries()) {
    const { key } = await root(desk).makeKey({ workspace_id, role: "admin" });
    const admin = caller(desk, key);
    const lines = ndjson(generateLines(TICKETS, 50 + index));
    await answered(await admin.ask("POST", "/tickets/import", lines, { "Content-Type": "application/x-ndjson" }), 200);
    const keys: string[] = [];
    for (let made = 0; made < 10; made++) keys.push((await admin.makeKey()).id);
    await desk.deliverSent();
    const { items } = await answered<{ items: { id: string }[] }>(await admin.get(`/tickets?limit=${TICKETS}`), 200);
    homes.set(workspace_id, { key, tickets: items.map(({ id }) => id), keys });
  }
});

/** Everything that is kept, but what the log of requests would be. */
async function everything(): Promise<string> {
  const tables = ["tickets", "ticket_events", "projection_backlog", "read_tickets", "read_tallies", "api_keys"];
  const results = await env.DB.batch(tables.map((table) => env.DB.prepare(`SELECT * FROM ${table}`)));
  return JSON.stringify(results.map(({ results: rows }) => rows));
}

/** An answer without what belongs to this one request only. */
async function seen(response: Response) {
  const body = (await response.text()).replaceAll(response.headers.get("X-Request-Id") ?? "?", "");
  const headers = [...response.headers].filter(([name]) => name !== "x-request-id");
  return { status: response.status, headers: headers.map(([name, value]) => `${name}: ${timeless(value)}`), body };
}

function timeless(value: string): string {
  return value.replaceAll(/dur=[\d.]+/g, "dur=0");
}

/** All that can be asked about one ticket or key. */
const ON_TICKET = [
  { method: "GET", rest: "" },
  { method: "GET", rest: "/events" },
  { method: "POST", rest: "/status", body: { new_status: "closed" } },
  { method: "POST", rest: "/notes", body: { note: "n" } },
  { method: "POST", rest: "/messages", body: { body: "m", from: "customer" } },
  { method: "POST", rest: "/assignee", body: { assignee_id: "ada" } },
  { method: "POST", rest: "/priority", body: { priority: "urgent" } },
  { method: "POST", rest: "/tags", body: { tags: ["mine"] } },
];

test(`of ${PAIRS} pairs of a caller and a foreign id, none sees and none changes anything`, {}, async () => {
  const below = random(5);
  const pick = <Value>(values: readonly Value[]): Value => {
    const [value] = values.slice(Math.floor(below() * values.length));
    if (value === undefined) throw new Error("there is nothing to pick from");
    return value;
  };
  const before = await everything();
  desk.sent.length = 0;
  const outcomes = new Map<string, number>();
  for (let pair = 0; pair < PAIRS; pair++) {
    const [mine, theirs] = [pick(WORKSPACES), pick(WORKSPACES)];
    if (mine === theirs) {
      pair -= 1;
      continue;
    }
    const [me, them] = [homes.get(mine), homes.get(theirs)];
    if (!me || !them) throw new Error("a workspace is missing");
    const isKey = below() < 0.15;
    const { method, rest, body } = isKey ? { method: "DELETE", rest: "", body: undefined } : pick(ON_TICKET);
    const at = (id: string) => caller(desk, me.key).ask(method, `/${isKey ? "keys" : "tickets"}/${id}${rest}`, body);
    const foreign = pick(isKey ? them.keys : them.tickets);
    // Of no workspace, but as old as the other.
    const unknown = foreign.replace(/.{4}$/, "ffff");
    const [seenForeign, seenUnknown] = [await seen(await at(foreign)), await seen(await at(unknown))];
    expect(seenForeign.status).toBe(404);
    expect(seenForeign).toEqual(seenUnknown);
    expect(seenForeign.body).not.toContain(foreign);
    outcomes.set(`${method} ${rest}`, (outcomes.get(`${method} ${rest}`) ?? 0) + 1);
  }
  expect(outcomes.size).toBe(ON_TICKET.length + 1);
  expect(await everything()).toBe(before);
  expect(desk.sent).toEqual([]);
});

test("a bulk over foreign tickets changes none, and tells none from an unknown one", async () => {
  const [mine, theirs] = [homes.get("acme"), homes.get("bolt")];
  const before = await everything();
  for (const foreign of theirs?.tickets.slice(0, 20) ?? []) {
    const ask = async (id: string) => {
      const body = { ids: [id], command: { type: "AddAgentNote", note: "n" } };
      const {
        status,
        headers,
        body: text,
      } = await seen(await caller(desk, mine?.key ?? "").post("/tickets/bulk", body));
      // A token has the bookmark of its moment, and names no ticket that was refused.
      const others = headers.filter((header) => !header.startsWith("consistency-token"));
      return { status, others, text: text.replace(id, "the id") };
    };
    expect(await ask(foreign)).toEqual(await ask(foreign.replace(/.{4}$/, "ffff")));
  }
  expect(await everything()).toBe(before);
});

test("a foreign ticket cannot be followed up, nor be told from an unknown one by that", async () => {
  const [mine, theirs] = [homes.get("acme"), homes.get("bolt")];
  const wish = { customer_id: "cus-1", subject: "Again", message: "It is back" };
  const ask = (follow_up_of = "") => caller(desk, mine?.key ?? "").post("/tickets", { ...wish, follow_up_of });
  const foreign = theirs?.tickets[0] ?? "";
  const [one, other] = [await seen(await ask(foreign)), await seen(await ask(foreign.replace(/.{4}$/, "ffff")))];
  expect(one.status).toBe(422);
  expect(one).toEqual(other);
});

test("an external_id, an Idempotency-Key and a token of one workspace mean nothing in another", async () => {
  const wish = { customer_id: "cus-1", subject: "Mine", message: "Only mine", external_id: "the-same" };
  const headers = { "Idempotency-Key": "the-same" };
  const made: string[] = [];
  for (const { key } of homes.values()) {
    const response = await caller(desk, key).post("/tickets", wish, headers);
    expect(response.headers.get("Idempotent-Replayed")).toBeNull();
    made.push((await answered<{ id: string }>(response, 201)).id);
    const token = response.headers.get("Consistency-Token") ?? "";
    for (const other of homes.values()) {
      const list = await caller(desk, other.key).get("/tickets?limit=100", { "Consistency-Token": token });
      const text = JSON.stringify(await answered(list, 200));
      expect(text.includes(made.at(-1) ?? "?"), "in its own workspace only").toBe(other.key === key);
    }
  }
  expect(new Set(made).size).toBe(WORKSPACES.length);
});

test("a cursor of one workspace opens nothing in another", async () => {
  const walks = [
    ["/tickets?limit=5", "cursor"],
    ["/keys?limit=5", "cursor"],
    ["/events?limit=5", "after"],
  ];
  for (const [path, parameter] of walks) {
    const [mine, theirs] = [homes.get("acme"), homes.get("bolt")];
    const page = await answered<{ next_cursor: string }>(await caller(desk, theirs?.key ?? "").get(`${path}`), 200);
    const answer = await caller(desk, mine?.key ?? "").get(`${path}&${parameter}=${page.next_cursor}`);
    expect(answer.status).toBe(400);
  }
});
