import { beforeEach, describe, expect, test } from "vitest";
import { app } from "../../src/http/app.ts";
import { serverTiming } from "../../src/http/headers/server-timing.ts";
import { Usage } from "../../src/platform/usage.ts";
import { EMPTY_TOKEN, formatToken } from "../../src/projection/consistency/token.ts";
import { SEAL } from "../access.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { NOBODY } from "./problem.ts";

const desk = service();
const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

beforeEach(async () => {
  await emptyTables();
});

interface Metric {
  readonly name: string;
  readonly dur: number;
  readonly desc?: string;
}

// https://www.w3.org/TR/server-timing/#the-server-timing-header-field, with tokens and quoted strings of RFC 9110, section 5.6.
const PARAMETER = String.raw`[ \t]*;[ \t]*([!#$%&'*+.^\x60|~\w-]+)=(?:([!#$%&'*+.^\x60|~\w-]+)|"((?:[^"\\]|\\.)*)")`;
const METRIC = new RegExp(String.raw`^([!#$%&'*+.^\x60|~\w-]+)((?:${PARAMETER})*)$`);

/** The metrics of an answer, read as strictly as the grammar. */
function metricsOf(response: Response): Metric[] {
  const header = response.headers.get("Server-Timing") ?? "";
  return header.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/).map((metric) => {
    const [, name = "", parameters] = METRIC.exec(metric.trim()) ?? [];
    expect(name, header).not.toBe("");
    const given = [...(parameters ?? "").matchAll(new RegExp(PARAMETER, "g"))].map(
      ([, key = "", token, quoted]) => [key, token ?? quoted ?? ""] as const,
    );
    const { dur, desc } = Object.fromEntries<string | undefined>(given);
    expect(Number(dur), header).toBeGreaterThanOrEqual(0);
    return { name, dur: Number(dur), ...(desc !== undefined && { desc }) };
  });
}

/** What the database did for an answer, in words. */
const workOf = (response: Response) => metricsOf(response).find(({ name }) => name === "db")?.desc;

/** The log's line about the latest request. */
const lineOf = ({ log }: Pick<typeof desk, "log">) => log.findLast(({ event }) => event === "request")?.fields ?? {};

/** Makes a key, and what calls with it. */
async function caller(role: "admin" | "agent", workspace_id: string, at = desk) {
  const made = await at.post("/keys", { name: "A key", role, workspace_id });
  const { key, id } = await answered<{ key: string; id: string }>(made, 201);
  return {
    id,
    fetch: (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
      at.fetch(path, {
        method,
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json", ...headers },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
  };
}

describe("the log's line about a request", () => {
  test("says what it cost, as D1 counted it", async () => {
    await desk.create();
    await desk.deliverSent();
    const { id } = await desk.create();
    for (const [method, path, body] of [
      ["GET", "/tickets?limit=1"],
      ["POST", "/tickets", TICKET],
      ["POST", `/tickets/${id}/notes`, { note: "Look" }],
      ["GET", `/tickets/${id}`],
      ["GET", "/health"],
    ] as const) {
      desk.calls.length = 0;
      const response = await (method === "GET" ? desk.get(path) : desk.post(path, body));
      expect(response.ok).toBe(true);
      const sum = (pick: (call: (typeof desk.calls)[number]) => number) =>
        desk.calls.map(pick).reduce((a, b) => a + b, 0);
      const [rows_read, rows_written] = [sum((call) => call.rows_read), sum((call) => call.rows_written)];
      expect(lineOf(desk)).toEqual({
        request_id: response.headers.get("X-Request-Id"),
        method,
        route: path.replace(id, ":id").split("?")[0],
        status: response.status,
        ms: 0,
        d1_calls: desk.calls.length,
        rows_read,
        rows_written,
        region: null,
        key_id: null,
      });
      if (path !== "/health") expect(rows_read + rows_written).toBeGreaterThan(0);
    }
  });

  test("counts the look at a key that is not known yet, and names the key, not its text", async () => {
    const { id, fetch } = await caller("agent", "one");
    await fetch("GET", "/tickets");
    expect(lineOf(desk)).toMatchObject({ d1_calls: 2, key_id: id });
    await fetch("GET", "/tickets");
    expect(lineOf(desk)).toMatchObject({ d1_calls: 1, key_id: id });
  });

  test("counts calls that failed", async () => {
    const at = service();
    at.hooks.before = () => Promise.reject(new Error("D1_ERROR: Network connection lost."));
    expect((await at.get("/tickets")).status).toBe(503);
    expect(lineOf(at)).toMatchObject({ status: 503, d1_calls: 1, rows_read: 0 });
  });

  test("one request's figures hold nothing of another's", async () => {
    const [one, other] = await Promise.all([desk.get("/tickets"), desk.get("/tickets")]);
    expect(workOf(one)).toBe(workOf(other));
  });
});

describe("Server-Timing", () => {
  test("is on every answer, in the words of its grammar", async () => {
    const { id } = await desk.create();
    const { fetch } = await caller("agent", "default");
    const answers = [
      [await desk.get("/tickets"), 200],
      [await desk.post("/tickets", TICKET), 201],
      [
        await desk.fetch(`/tickets/${id}`, { headers: { Authorization: `Bearer ${KEY}`, "If-None-Match": '"v1"' } }),
        304,
      ],
      [await desk.get("/tickets?limit=0"), 400],
      [await fetch("GET", "/keys"), 403],
      [await desk.get(`/tickets/${NOBODY}`), 404],
      [await desk.get("/nowhere"), 404],
      [await fetch("PUT", "/tickets"), 405],
      [await desk.post("/tickets", "x", "text/plain"), 415],
      [await desk.post("/tickets", {}), 422],
    ] as const;
    for (const [response, status] of answers) {
      expect(response.status).toBe(status);
      expect(metricsOf(response).map(({ name }) => name)).toEqual(["total", "db"]);
      expect(workOf(response)).toMatch(/^\d+ calls?, \d+ rows? read, \d+ written$/);
    }
  });

  test("tells nothing of the database to who has no key", async () => {
    const { fetch } = await caller("agent", "default");
    for (const response of [
      await desk.fetch("/tickets"),
      await fetch("GET", "/tickets", undefined, { Authorization: "Bearer wrong" }),
      await desk.fetch("/health"),
      await desk.fetch("/health/ready"),
      await service({ access: { rootKey: undefined } }).get("/tickets"),
    ]) {
      expect(metricsOf(response).map(({ name }) => name)).toEqual(["total"]);
    }
  });

  test("of an erasure has no figures of the database: its work includes search tables and letters of all workspaces", async () => {
    const { fetch } = await caller("admin", "default");
    await desk.create();
    for (const customer of ["cus-1", "nobody"]) {
      const response = await fetch("DELETE", `/customers/${customer}`);
      expect(response.status).toBe(200);
      expect(metricsOf(response).map(({ name }) => name)).toEqual(["total"]);
    }
    expect(lineOf(desk)).toMatchObject({ status: 200, rows_read: expect.any(Number) });
  });

  test("names the regions that answered, where D1 says", () => {
    const usage = new Usage();
    const meta = {
      duration: 9,
      size_after: 0,
      rows_read: 3,
      rows_written: 0,
      last_row_id: 0,
      changed_db: false,
      changes: 0,
    };
    usage.begin();
    usage.end([
      { meta: { ...meta, served_by_region: "WEUR", served_by_primary: false, timings: { sql_duration_ms: 0.25 } } },
    ]);
    expect(serverTiming(12, usage)).toBe(
      'total;dur=12, db;dur=0.25;desc="1 call, 3 rows read, 0 written, WEUR replica"',
    );
    usage.begin();
    usage.end([
      { meta: { ...meta, served_by_region: "ENAM", served_by_primary: true, rows_written: 2 } },
      { meta: { ...meta, served_by_region: "ENAM", served_by_primary: true } },
    ]);
    expect(serverTiming(12, usage)).toBe(
      'total;dur=12, db;dur=18.25;desc="2 calls, 9 rows read, 2 written, WEUR replica, ENAM primary"',
    );
  });
});

describe("the figures of a foreign id are those of an unknown one", () => {
  const routes = [
    ...new Set(
      app.routes
        .filter(({ method, path }) => method !== "ALL" && path.includes("/:id"))
        .map(({ method, path }) => `${method} ${path}`),
    ),
  ];
  const BODIES: Record<string, unknown> = {
    status: { new_status: "closed" },
    notes: { note: "n" },
    messages: { body: "m", from: "agent" },
  };

  test.each(routes)("%s", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    const own = await caller("admin", "own");
    const foreign = await caller("admin", "foreign");
    const made = await answered<{ id: string }>(await foreign.fetch("POST", "/tickets", TICKET), 201);
    await desk.deliverSent();
    const id = path.startsWith("/keys") ? foreign.id : made.id;
    const ask = (one: string) => own.fetch(method, path.replace(":id", one), BODIES[path.split("/").at(-1) ?? ""]);
    // The first look at the key is a call more.
    await ask(NOBODY);
    const [theirs, nobodys] = [await ask(id), await ask(NOBODY)];
    expect(workOf(theirs)).toBeDefined();
    expect([theirs.status, workOf(theirs)]).toEqual([nobodys.status, workOf(nobodys)]);
  });

  test("in a token, and as the ticket that another one follows", async () => {
    const own = await caller("admin", "own");
    const foreign = await caller("admin", "foreign");
    const { id } = await answered<{ id: string }>(await foreign.fetch("POST", "/tickets", TICKET), 201);
    const withToken = (one: string) =>
      own.fetch("GET", "/tickets", undefined, {
        "Consistency-Token": formatToken(SEAL, { ...EMPTY_TOKEN, versions: new Map([[one, 1]]) }, 0),
      });
    const following = (one: string) => own.fetch("POST", "/tickets", { ...TICKET, follow_up_of: one });
    for (const ask of [withToken, following]) {
      await ask(NOBODY);
      const [theirs, nobodys] = [await ask(id), await ask(NOBODY)];
      expect([theirs.status, workOf(theirs)]).toEqual([nobodys.status, workOf(nobodys)]);
    }
  });
});
