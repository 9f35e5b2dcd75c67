import { beforeAll, describe, expect, test } from "vitest";
import { formatKey } from "../../src/keys/key.ts";
import type { Role } from "../../src/keys/roles.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { caller, root } from "./callers.ts";
import { NOBODY, refused } from "./problem.ts";

const desk = service();

/** What a request of the matrix is made of: a ticket and a key of the caller's own workspace, or of another. */
interface Things {
  readonly ticket: string;
  readonly key: string;
}

interface Operation {
  /** The least role that may do it. */
  readonly role: Role | "anybody";
  readonly path?: (things: Things) => string;
  readonly body?: unknown;
  /** What it answers to whoever may do it. */
  readonly status: number;
  /** The problem that a path into another workspace gives: the same as for what is not there. */
  readonly foreign?: string;
}

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const LINE = { external_id: "crm-1", created_at: 1_763_802_000_000, ...TICKET };

const onTicket =
  (rest = "") =>
  ({ ticket }: Things) =>
    `/tickets/${ticket}${rest}`;
const command = (rest: string, body: unknown): Operation => ({
  ...{ role: "agent", path: onTicket(rest), body },
  ...{ status: 200, foreign: "ticket-not-found" },
});
const operated: Operation = { role: "root", status: 200 };

/** Every operation. One that the document has and this table has not, or the other way round, fails. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  "GET /health": { role: "anybody", status: 200 },
  "GET /openapi.json": { role: "anybody", status: 200 },
  "GET /tickets": { role: "agent", status: 200 },
  "GET /stats": { role: "agent", status: 200 },
  "POST /tickets": { role: "agent", body: TICKET, status: 201 },
  "GET /tickets/{id}": { role: "agent", path: onTicket(), status: 200, foreign: "ticket-not-found" },
  "GET /tickets/{id}/events": { role: "agent", path: onTicket("/events"), status: 200, foreign: "ticket-not-found" },
  "GET /events": { role: "agent", status: 200 },
  "POST /tickets/{id}/status": command("/status", { new_status: "pending" }),
  "POST /tickets/{id}/notes": command("/notes", { note: "n" }),
  "POST /tickets/{id}/messages": command("/messages", { body: "m", from: "agent" }),
  "POST /tickets/{id}/assignee": command("/assignee", { assignee_id: "ada" }),
  "POST /tickets/{id}/priority": command("/priority", { priority: "high" }),
  "POST /tickets/{id}/tags": command("/tags", { tags: ["billing"] }),
  "POST /tickets/bulk": {
    ...{ role: "agent", status: 200 },
    body: { ids: [NOBODY], command: { type: "SetPriority", priority: "high" } },
  },
  "POST /tickets/import": { role: "admin", body: JSON.stringify(LINE), status: 200 },
  "DELETE /customers/{customer_id}": { role: "admin", path: () => "/customers/cus-1", status: 200 },
  "POST /keys": { role: "admin", body: { name: "a test", role: "agent" }, status: 201 },
  "GET /keys": { role: "admin", status: 200 },
  "DELETE /keys/{id}": { role: "admin", path: ({ key }) => `/keys/${key}`, status: 204, foreign: "key-not-found" },
  "GET /projections": operated,
  "GET /metrics": operated,
  "GET /health/ready": operated,
  "GET /projections/parked": operated,
  // The ticket is not parked: only who may ask is told so.
  "POST /projections/parked/{ticket_id}/retry": {
    ...{ role: "root", status: 404 },
    path: ({ ticket }) => `/projections/parked/${ticket}/retry`,
  },
  "POST /projections/parked/retry": { role: "root", status: 202 },
  "GET /projections/dead-letters": operated,
  "GET /projections/rebuild": operated,
  "POST /projections/rebuild": { role: "root", status: 202 },
  "DELETE /projections/rebuild": operated,
  "GET /projections/audit": operated,
  "POST /projections/audit": { role: "root", status: 202 },
};

interface Document {
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { security?: readonly Record<string, string[]>[] }>>>
  >;
}

let document: Document;
const keys: Record<string, string> = {};

/** Callers whose key opens nothing, each with the header that it sends. */
const STRANGERS: Readonly<Record<string, () => string | undefined>> = {
  "no credential": () => undefined,
  "another scheme": () => `Basic ${btoa(`root:${KEY}`)}`,
  "a malformed key": () => "Bearer edk_hello",
  "a key with a bad checksum": () => `Bearer ${keys["admin"]?.replace(/.$/, (last) => (last === "0" ? "1" : "0"))}`,
  "an unknown key": () => `Bearer ${formatKey(NOBODY, new Uint8Array(32))}`,
  "a key with another secret": () => `Bearer ${formatKey(idIn(keys["admin"]), new Uint8Array(32))}`,
  "a revoked key": () => `Bearer ${keys["revoked"]}`,
  "an expired key": () => `Bearer ${keys["expired"]}`,
};

const RANK = ["anybody", "agent", "admin", "root"] as const;
const CALLERS = ["agent", "admin", "root"] as const;

beforeAll(async () => {
  await emptyTables();
  await desk.sweep();
  document = await answered(await desk.fetch("/openapi.json"), 200);
  const operator = root(desk);
  const make = async (workspace_id: string, role: string) => (await operator.makeKey({ workspace_id, role })).key;
  keys["agent"] = await make("acme", "agent");
  keys["admin"] = await make("acme", "admin");
  keys["foreign agent"] = await make("bolt", "agent");
  keys["foreign admin"] = await make("bolt", "admin");
  keys["root"] = KEY;
  const revoked = await operator.makeKey({ workspace_id: "acme", role: "admin" });
  await operator.delete(`/keys/${revoked.id}`);
  keys["revoked"] = revoked.key;
  const expires_at = new Date(desk.time.now + 1).toISOString();
  keys["expired"] = (await operator.makeKey({ workspace_id: "acme", role: "admin", expires_at })).key;
  desk.time.now += 1_000;
});

/** The id that a key names. */
function idIn(key = ""): string {
  return key.slice(4, 36).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** A ticket and a key to be acted on, in the workspace of a key. */
async function thingsOf(key: string): Promise<Things> {
  const [owner, operator] = [caller(desk, key), root(desk)];
  const ticket = await answered<{ id: string }>(await owner.post("/tickets", TICKET), 201);
  const workspace_id = key === KEY ? "default" : key === keys["agent"] || key === keys["admin"] ? "acme" : "bolt";
  return { ticket: ticket.id, key: (await operator.makeKey({ workspace_id })).id };
}

function send(name: string, { path, body }: Operation, things: Things, authorization: string | undefined) {
  const [method = "", template = ""] = name.split(" ");
  const type = name === "POST /tickets/import" ? "application/x-ndjson" : "application/json";
  return desk.fetch(path ? path(things) : template, {
    method,
    headers: {
      ...(authorization !== undefined && { Authorization: authorization }),
      ...(body !== undefined && { "Content-Type": type }),
    },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
}

test("the matrix has every operation of the document, each with the role that the document names", () => {
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security }]) => [
      `${method.toUpperCase()} ${path}`,
      security?.[0] ? security[0]["key"]?.[0] : "anybody",
    ]),
  );
  const listed = Object.entries(OPERATIONS).map(([name, { role }]) => [name, role]);
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(listed));
});

describe.each(Object.entries(OPERATIONS))("%s", (name, operation) => {
  const isOpen = operation.role === "anybody";

  test.each(Object.entries(STRANGERS))("%s", async (_, authorization) => {
    const things = await thingsOf(keys["admin"] ?? "");
    const answer = await send(name, operation, things, authorization());
    if (isOpen) expect(answer.status).toBe(operation.status);
    else {
      const { response } = await refused(answer, 401, "unauthorized");
      expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
    }
  });

  test.each(CALLERS)("%s", async (role) => {
    const key = keys[role] ?? "";
    const answer = await send(name, operation, await thingsOf(key), `Bearer ${key}`);
    const mayCall = RANK.indexOf(role) >= RANK.indexOf(operation.role);
    if (mayCall) expect(answer.status).toBe(operation.status);
    else await refused(answer, 403, "forbidden");
  });

  test.each(["agent", "admin"] as const)("%s of another workspace", async (role) => {
    const things = await thingsOf(keys["admin"] ?? "");
    const answer = await send(name, operation, things, `Bearer ${keys[`foreign ${role}`]}`);
    if (RANK.indexOf(role) < RANK.indexOf(operation.role)) await refused(answer, 403, "forbidden");
    else if (operation.foreign) await refused(answer, 404, operation.foreign);
    else {
      expect(answer.status).toBe(operation.status);
      const text = await answer.text();
      for (const id of [things.ticket, things.key, idIn(keys["admin"])]) expect(text).not.toContain(id);
    }
  });
});
