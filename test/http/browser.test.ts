import { describe, expect, test } from "vitest";
import { RESPONSE_HEADERS } from "../../src/http/contract/headers.ts";
import { REQUEST_HEADERS } from "../../src/http/contract/parameters.ts";
import { KEY, service } from "../service.ts";
import { caller, root } from "./callers.ts";
import { refused } from "./problem.ts";

const DESK = "https://desk.example.com";

/** What a browser asks before a request that a page of another origin wants to make. */
const preflight = (origin: string) => ({
  method: "OPTIONS",
  headers: {
    Origin: origin,
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match,consistency-token",
  },
});

/** What a page may read: every header of the contract, but those that browsers show anyway or keep for themselves. */
const exposed = Object.keys(RESPONSE_HEADERS)
  .map((name) => name.toLowerCase())
  .filter((name) => !["cache-control", "access-control-allow-origin"].includes(name))
  // Of addresses and methods that the contract does not have.
  .concat("allow");

const corsOf = ({ headers }: Response) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));

describe("without an allowed origin", () => {
  test("there is no CORS", async () => {
    const desk = service();
    const ask = await desk.fetch("/tickets", preflight(DESK));
    expect([ask.status, corsOf(ask)]).toEqual([401, []]);
    const answer = await root(desk).get("/tickets", { Origin: DESK });
    expect([answer.status, corsOf(answer), answer.headers.get("Vary")]).toEqual([200, [], null]);
  });
});

describe("a page of an allowed origin", () => {
  const desk = service({ access: { origins: ["https://other.example.com", DESK] } });

  test("may ask, without a key, what it may do", async () => {
    const answer = await desk.fetch(`/tickets`, preflight(DESK));
    expect(answer.status).toBe(204);
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(DESK);
    expect(answer.headers.get("Access-Control-Allow-Methods")?.split(",").toSorted()).toEqual([
      "DELETE",
      "GET",
      "POST",
    ]);
    const allowed = answer.headers.get("Access-Control-Allow-Headers")?.toLowerCase().split(",") ?? [];
    const asked = ["authorization", "content-type", ...Object.keys(REQUEST_HEADERS).map((name) => name.toLowerCase())];
    expect(allowed.toSorted()).toEqual(asked.toSorted());
    // A key in a header is no credential in the sense of CORS; cookies there are none.
    expect(answer.headers.get("Access-Control-Allow-Credentials")).toBeNull();
    expect(answer.headers.get("Vary")).toContain("Origin");
  });

  test("reads answers and their headers, refusals too", async () => {
    for (const answer of [
      await root(desk).get("/tickets", { Origin: DESK }),
      await root(desk).get("/nowhere", { Origin: DESK }),
      await caller(desk, "wrong").get("/tickets", { Origin: DESK }),
    ]) {
      expect(answer.headers.get("Access-Control-Allow-Origin")).toBe(DESK);
      const shown = answer.headers.get("Access-Control-Expose-Headers")?.toLowerCase().split(",") ?? [];
      expect(shown.toSorted()).toEqual(exposed.toSorted());
      expect(answer.headers.get("Vary")).toContain("Origin");
    }
  });

  test.each(["https://desk.example.com.evil.test", "http://desk.example.com", "https://evil.test", "null", "*"])(
    "is not one of %s",
    async (origin) => {
      const answer = await root(desk).get("/tickets", { Origin: origin });
      expect([corsOf(answer), answer.headers.get("Vary")]).toEqual([[], "Origin"]);
      expect(corsOf(await desk.fetch("/tickets", preflight(origin)))).toEqual([]);
    },
  );

  test("is any page where all are allowed", async () => {
    const open = service({ access: { origins: ["*"] } });
    const answer = await root(open).get("/tickets", { Origin: "https://anywhere.test" });
    expect(answer.headers.get("Access-Control-Allow-Origin")).toBe("https://anywhere.test");
  });
});

describe("every answer", () => {
  const desk = service();

  test("tells browsers to do nothing with it but read it", async () => {
    const { id } = await desk.create();
    for (const answer of [
      await root(desk).get("/tickets"),
      await root(desk).get(`/tickets/${id}`),
      await root(desk).get("/metrics"),
      await root(desk).get("/nowhere"),
      await desk.fetch("/health"),
      await desk.fetch("/tickets"),
      await root(desk).post("/tickets", "{"),
    ]) {
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "strict-transport-security": expect.stringMatching(/^max-age=\d{8,}/),
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
      });
      expect(answer.headers.get("Set-Cookie")).toBeNull();
      expect(answer.headers.get("Server")).toBeNull();
    }
  });

  test("is kept by nobody, but what has a tag by who asked, who then asks again", async () => {
    const { id } = await desk.create();
    const ticket = await root(desk).get(`/tickets/${id}`);
    const tag = ticket.headers.get("ETag") ?? "";
    const unchanged = await root(desk).get(`/tickets/${id}`, { "If-None-Match": tag });
    expect(unchanged.status).toBe(304);
    for (const answer of [ticket, unchanged]) expect(answer.headers.get("Cache-Control")).toBe("private, no-cache");
    const note = await root(desk).post(`/tickets/${id}/notes`, { note: "n" });
    const key = await root(desk).post("/keys", { name: "a", role: "agent" });
    const { response } = await refused(root(desk).get("/nowhere"), 404, "route-not-found");
    for (const answer of [note, key, response, await root(desk).get("/projections")]) {
      expect(answer.headers.get("Cache-Control")).toBe("no-store");
    }
  });
});

test("nothing is fetched from elsewhere", async () => {
  const outbound = globalThis.fetch;
  let fetched = 0;
  globalThis.fetch = async (...parameters) => {
    fetched += 1;
    return await outbound(...parameters);
  };
  try {
    const desk = service();
    const { id } = await desk.create();
    await desk.command(id, "notes", { note: "https://evil.test/hook" });
    await desk.deliverSent();
    await desk.sweep();
    await desk.list();
    await caller(desk, KEY).get(`/tickets/${id}`);
  } finally {
    globalThis.fetch = outbound;
  }
  expect(fetched).toBe(0);
});
