import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { Database } from "../../src/platform/database.ts";
import { answered, KEY, service } from "../service.ts";
import { NOBODY, problemOf, refused } from "./problem.ts";

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const ONE = `/tickets/${NOBODY}`;

/** Every route that there is, so that none can be forgotten: "GET /tickets". */
const ROUTES = [
  ...new Set(app.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => `${method} ${path}`)),
];

const desk = service();

/** Asks as "GET /tickets" says, of a ticket that is not there. */
function ask(route: string, headers: Record<string, string> = { Authorization: `Bearer ${KEY}` }, at = desk) {
  const [method = "", path = ""] = route.replace(":id", NOBODY).split(" ");
  return at.fetch(path, { method, headers });
}

test("there are routes to look at", () => {
  expect(ROUTES).toEqual(expect.arrayContaining(["GET /health", "POST /tickets/import", "POST /tickets/:id/notes"]));
});

describe("without the key, 401 is the answer to", () => {
  const open = ["GET /health", "GET /openapi.json"];
  const locked = ROUTES.filter((route) => !open.includes(route));
  const wrong = ["Bearer", "Bearer wrong", `Bearer ${KEY}x`, `Bearer ${KEY} x`, `Bearer ${KEY}, Bearer ${KEY}`];
  const other = ["", KEY, `Basic ${btoa(`:${KEY}`)}`, `Token ${KEY}`];

  test.each([...locked, "GET /nowhere", "DELETE /tickets", "OPTIONS /tickets", "POST /health"])("%s", async (route) => {
    for (const headers of [{}, ...[...wrong, ...other].map((Authorization) => ({ Authorization }))]) {
      const { response } = await refused(ask(route, headers), 401, "unauthorized");
      expect(response.headers.get("WWW-Authenticate")).toMatch(/^Bearer /);
    }
  });
});

test("everyone may ask whether the service is up", async () => {
  expect(await answered(await ask("GET /health", {}), 200)).toEqual({ status: "ok" });
});

test("the scheme before the key may be spelled in any way", async () => {
  expect((await ask("GET /tickets", { Authorization: `bearer  ${KEY}` })).status).toBe(200);
});

describe("with no key of its own, the service refuses", () => {
  test.each([...ROUTES, "GET /nowhere"])("%s", async (route) => {
    for (const rootKey of [undefined, ""]) {
      const closed = service({ access: { rootKey } });
      const answer = ask(route, { Authorization: `Bearer ${rootKey ?? KEY}` }, closed);
      const { response } = await refused(answer, 503, "not-configured");
      expect(response.headers.get("Retry-After")).toMatch(/^[0-9]+$/);
      const fields = { reason: expect.stringContaining("ROOT_KEY") };
      expect(closed.log).toContainEqual({ level: "error", event: "not_configured", fields });
    }
  });
});

test.each([
  ["/tickets", ["GET", "HEAD", "POST"]],
  ["/tickets/import", ["POST"]],
  [ONE, ["GET", "HEAD"]],
  [`${ONE}/events`, ["GET", "HEAD"]],
  [`${ONE}/notes`, ["POST"]],
  ["/projections", ["GET", "HEAD"]],
  ["/health", ["GET", "HEAD"]],
])("%s says which methods it takes", async (path, allowed) => {
  for (const method of ["PUT", "PATCH", "DELETE", "OPTIONS"]) {
    const { response } = await refused(ask(`${method} ${path}`), 405, "method-not-allowed");
    expect(response.headers.get("Allow")?.split(", ").toSorted()).toEqual(allowed);
  }
});

test.each(["/", "/nowhere", "/tickets/", `${ONE}/`, `${ONE}/likes`, "/TICKETS", "//tickets", "/tickets%2Fimport"])(
  "there is nothing at %s",
  async (path) => {
    await refused(ask(`GET ${path}`), 404, "route-not-found");
  },
);

describe("HEAD is answered as GET is, without the body", () => {
  const paths = ROUTES.filter((route) => route.startsWith("GET ")).map((route) => route.replace("GET ", ""));
  const readers: Record<string, string>[] = [
    { Authorization: `Bearer ${KEY}` },
    { Authorization: `Bearer ${KEY}`, "If-None-Match": "*", Prefer: "wait=1", "Consistency-Token": "latest" },
    { Authorization: `Bearer ${KEY}`, Origin: "https://app.example" },
    {},
  ];

  test.each([...paths, "/tickets/:id", "/nowhere", "/tickets?limit=0", "/tickets?limit=1"])("%s", async (path) => {
    const at = service({ access: { origins: ["https://app.example"] } });
    const { id } = await at.create();
    await at.create();
    await at.deliverSent();
    for (const headers of readers) {
      const address = path.replace("/tickets/:id", `/tickets/${id}`);
      const [head, get] = [await ask(`HEAD ${address}`, headers, at), await ask(`GET ${address}`, headers, at)];
      expect([head.status, await head.text()]).toEqual([get.status, ""]);
      expect(headersOf(head)).toEqual(headersOf(get));
    }
  });
});

/** The headers, without what depends on the moment: ids, durations, and the bookmark in a token. */
function headersOf({ headers }: Response) {
  const {
    "x-request-id": id,
    "server-timing": timing,
    "consistency-token": token,
    ...others
  } = Object.fromEntries(headers);
  expect(id).toBeDefined();
  return { ...others, work: timing?.replaceAll(/dur=[\d.]+/g, ""), hasToken: token !== undefined };
}

test("every request has an id, which the log has with its route, and with nothing of what was sent", async () => {
  const { id } = await desk.create();
  for (const [method, path, route, status] of [
    ["GET", "/health", "/health", 200],
    ["HEAD", `/tickets/${id}`, "/tickets/:id", 200],
    ["GET", `/tickets/${id}/events?limit=0`, "/tickets/:id/events", 400],
    ["GET", "/nowhere", "/*", 404],
  ] as const) {
    const response = await ask(`${method} ${path}`);
    expect(response.status).toBe(status);
    const request_id = response.headers.get("X-Request-Id");
    expect(request_id).toMatch(/^[0-9a-f-]{36}$/);
    const fields = expect.objectContaining({ request_id, method, route, status, ms: 0 });
    expect(desk.log.at(-1)).toEqual({ level: "info", event: "request", fields });
  }
  const log = JSON.stringify(desk.log);
  for (const secret of [KEY, id, ...Object.values(TICKET)]) expect(log).not.toContain(secret);
});

describe.each([
  ["GET", "/tickets"],
  ["GET", ONE],
  ["GET", `${ONE}/events`],
  ["GET", "/projections"],
  ["GET", "/projections/parked"],
  ["GET", "/projections/dead-letters"],
  ["POST", "/tickets", TICKET],
  ["POST", `${ONE}/status`, { new_status: "closed" }],
  ["POST", `${ONE}/notes`, { note: "Look at the log" }],
  ["POST", `${ONE}/messages`, { body: "It works like this", from: "agent" }],
  ["POST", `${ONE}/assignee`, { assignee_id: "ada" }],
  ["POST", `${ONE}/priority`, { priority: "high" }],
  ["POST", `${ONE}/tags`, { tags: ["billing"] }],
  ["POST", "/tickets/import", { external_id: "crm-1", created_at: 0, ...TICKET }],
])("when the database fails, %s %s", (method, path, body?: unknown) => {
  function failing(error: Error) {
    const session = { prepare: (sql: string) => env.DB.prepare(sql), batch: () => Promise.reject(error) };
    const broken = new Proxy(env.DB, {
      get: (target, property) => (property === "withSession" ? () => session : Reflect.get(target, property)),
    });
    const { get, post, log } = service({ databaseFor: () => new Database(broken) });
    const type = path.endsWith("import") ? "application/x-ndjson" : "application/json";
    return { answer: method === "GET" ? get(path) : post(path, body, type), log };
  }

  test("asks for another try where that helps", async () => {
    const { answer, log } = failing(new Error("D1_ERROR: Network connection lost"));
    const { response } = await refused(answer, 503, "temporarily-unavailable");
    expect(response.headers.get("Retry-After")).toMatch(/^[0-9]+$/);
    const request_id = response.headers.get("X-Request-Id");
    const fields = expect.objectContaining({ request_id, reason: expect.stringContaining("Network connection lost") });
    expect(log).toContainEqual({ level: "error", event: expect.any(String), fields });
  });

  test("shows nothing of the inside", async () => {
    const { answer, log } = failing(new TypeError("D1_ERROR: no such column: secret at offset 7: SQLITE_ERROR"));
    const response = await answer;
    const shown = JSON.stringify([await response.clone().text(), [...response.headers]]);
    expect(shown).not.toMatch(/secret|sqlite|d1_|\.ts|TypeError|\bat /i);
    expect(await problemOf(response)).toMatchObject({ status: 500, type: "/problems/internal-error" });
    const request_id = response.headers.get("X-Request-Id");
    const fields = expect.objectContaining({ request_id, reason: expect.stringContaining("secret") });
    expect(log).toContainEqual({ level: "error", event: expect.any(String), fields });
  });
});
