import { expect, test } from "vitest";
import { breachesOf } from "../contract.ts";
import { KEY, service } from "../service.ts";
import { NOBODY } from "./problem.ts";

// `service()` holds every answer of every test to the contract. Here it is shown that this can fail.

const desk = service();

interface Doctored {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | null>>;
  readonly body?: string | null | ((body: Record<string, unknown>) => unknown);
}

/** An answer that is as it must be, with something changed. */
async function doctored(response: Response, { status = response.status, headers = {}, body }: Doctored) {
  const all = new Headers(response.headers);
  for (const [name, value] of Object.entries(headers)) value === null ? all.delete(name) : all.set(name, value);
  const text = await response.text();
  const changed = typeof body === "function" ? JSON.stringify(body(JSON.parse(text))) : body;
  return new Response(changed === undefined ? text || null : changed, { status, headers: all });
}

const list = async (change: Doctored) => breachesOf("GET", "/tickets?limit=5", await doctored(await page(), change));
const page = () => desk.get("/tickets");

test("an answer as it is breaks nothing", async () => {
  await desk.create();
  await desk.deliverSent();
  expect(await list({})).toEqual([]);
  expect(await list({ headers: { "Access-Control-Allow-Origin": "*" } })).toEqual([]);
});

test.each<[string, Doctored, RegExp]>([
  ["a status", { status: 201 }, /201 is no documented answer/],
  ["a status of others", { status: 404 }, /404 is no documented answer/],
  ["a header that is missing", { headers: { "X-Request-Id": null } }, /X-Request-Id is missing/],
  ["a header that is no such thing", { headers: { "X-Request-Id": "17" } }, /X-Request-Id: /],
  ["a header that nobody knows", { headers: { "X-Powered-By": "luck" } }, /x-powered-by is not documented/],
  ["a content type", { headers: { "Content-Type": "text/html" } }, /content type text\/html/],
  ["a field that nobody knows", { body: (body) => ({ ...body, total: 1 }) }, /total/],
  ["a field that is missing", { body: ({ as_of: _, ...body }) => body }, /as_of/],
  ["a field of another type", { body: (body) => ({ ...body, next_cursor: 17 }) }, /next_cursor/],
  ["a field within", { body: (body) => ({ ...body, items: [{ id: NOBODY }] }) }, /subject/],
  ["a time without milliseconds", { body: (body) => ({ ...body, as_of: "2026-11-23 08:00" }) }, /as_of/],
])("%s is found", async (_, change, breach) => {
  expect((await list(change)).join("; ")).toMatch(breach);
});

test("a problem that the operation does not have is found", async () => {
  const refused = await desk.get("/tickets?limit=0");
  const other = await doctored(refused.clone(), { body: (body) => ({ ...body, type: "/problems/invalid-body" }) });
  expect((await breachesOf("GET", "/tickets?limit=0", other)).join("; ")).toContain("type");
  expect(await breachesOf("GET", "/tickets?limit=0", refused)).toEqual([]);
});

test("a body where there is none is found", async () => {
  const { id } = await desk.create();
  const headers = { Authorization: `Bearer ${KEY}`, "If-None-Match": "*" };
  const unchanged = await desk.fetch(`/tickets/${id}`, { headers });
  expect(unchanged.status).toBe(304);
  const answer = new Response("{}", { headers: unchanged.headers });
  const disguised = new Proxy(answer, {
    get: (target, name) => {
      const value = name === "status" ? 304 : Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  expect(await breachesOf("GET", `/tickets/${id}`, disguised)).toContain("a body is not documented");
});

test("where there is no operation, anything but a problem is found", async () => {
  const nowhere = await desk.get("/nowhere");
  expect(await breachesOf("GET", "/nowhere", nowhere)).toEqual([]);
  const page = new Response("<h1>404</h1>", { status: 404, headers: nowhere.headers });
  await expect(breachesOf("GET", "/nowhere", page)).rejects.toThrow(SyntaxError);
  expect(await breachesOf("GET", "/nowhere", Response.json({}))).toEqual(["200 is no documented answer"]);
  const put = await desk.fetch("/tickets", { method: "PUT", headers: { Authorization: `Bearer ${KEY}` } });
  expect((await breachesOf("PUT", "/tickets", await doctored(put, { headers: { Allow: null } }))).join()).toMatch(
    /Allow is missing/,
  );
});

test("and the service's tests fail where one is found", async () => {
  const { id } = await desk.create();
  const lost = service({ newId: () => "no id" });
  await expect(lost.get(`/tickets/${id}`)).rejects.toThrow("breaks the contract: the header X-Request-Id");
});
