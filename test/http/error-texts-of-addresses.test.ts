import { describe, expect, test } from "vitest";
import { KEY, service } from "../service.ts";
import { leaveNoTrace, refused } from "./problem.ts";

// What clients read most often. Each row is a wrong request and its exact answer.

const desk = service();
const { id } = await desk.create();
await desk.deliverSent();
await leaveNoTrace(desk);

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };
const STATUSES = "must be one of open, pending, resolved, closed";
const A_TIME = "must be an RFC 3339 timestamp, such as 2026-11-23T08:00:00Z";
const UP_TO_100 = "must be an integer from 1 to 100";
const ORDERS = "must be one of updated_at, created_at, waiting_since, relevance";

const send = (method: string, path: string, headers: Record<string, string> = {}, body?: string) =>
  desk.fetch(path.replace("{id}", id), {
    method,
    headers: { Authorization: `Bearer ${KEY}`, ...headers },
    ...(body !== undefined && { body }),
  });

describe("the parameters of a query", () => {
  test.each<[query: string, parameter: string, detail: string]>([
    ["/tickets?limit=0", "limit", UP_TO_100],
    ["/tickets?limit=abc", "limit", UP_TO_100],
    ["/tickets?limit=", "limit", UP_TO_100],
    ["/events?limit=101", "limit", UP_TO_100],
    ["/tickets?skip=10001", "skip", "must be an integer from 0 to 10000"],
    ["/tickets?limit=5&limit=5", "limit", "must be given only once"],
    ["/tickets?has_note=yes", "has_note", "must be true or false"],
    ["/tickets?waiting=1", "waiting", "must be true or false"],
    ["/tickets?status=new", "status", STATUSES],
    ["/tickets?status=open&status=new", "status", STATUSES],
    ["/tickets?status=open,pending", "status", "repeat the parameter for several values: status=open&status=pending"],
    [
      "/tickets?priority=high,urgent,low",
      "priority",
      "repeat the parameter for several values: priority=high&priority=urgent",
    ],
    ["/tickets?status=open,new", "status", STATUSES],
    [
      "/events?types=ticket.created,note.added",
      "types",
      "repeat the parameter for several values: types=ticket.created&types=note.added",
    ],
    [`/tickets?${"status=open&".repeat(21)}`, "status", "must not be given more than 20 times"],
    [`/tickets?${"tag=a&".repeat(21)}`, "tag", "must not be given more than 20 times"],
    ["/tickets?tag=", "tag", "must not be blank"],
    ["/tickets?tag=a&tag=%20", "tag", "must not be blank"],
    ["/tickets?customer_id=", "customer_id", "must not be blank"],
    ["/tickets?created_after=yesterday", "created_after", A_TIME],
    ["/tickets?sort=subject", "sort", ORDERS],
    ["/tickets?sort=-updated_at", "sort", "must be updated_at: use direction=desc"],
    ["/tickets?sort=%2Bcreated_at", "sort", "must be created_at: use direction=asc"],
    ["/tickets?sort=updated_at:DESC", "sort", "must be updated_at: use direction=desc"],
    ["/tickets?sort=waiting_since,asc", "sort", "must be waiting_since: use direction=asc"],
    ["/tickets?sort=UPDATED_AT", "sort", ORDERS],
    ["/tickets?sort=relevance", "sort", "cannot be relevance without q"],
    ["/tickets?direction=descending", "direction", "must be asc or desc"],
    ["/tickets?state=open", "state", "unknown parameter (did you mean status?)"],
    ["/tickets?page=2", "page", "unknown parameter"],
    ["/tickets?stauts=open", "stauts", "unknown parameter (did you mean status?)"],
    ["/tickets?status[]=open", "status[]", "unknown parameter (did you mean status?)"],
    ["/tickets?customerId=cus-1", "customerId", "unknown parameter (did you mean customer_id?)"],
    ["/tickets?assignee_id=ada", "assignee_id", "unknown parameter (did you mean assignee?)"],
    ["/tickets?a/b~c=1", "a/b~c", "unknown parameter"],
    [`/tickets?${"z".repeat(100)}=1`, `${"z".repeat(64)}…`, "unknown parameter"],
    [`/tickets?${"z".repeat(100)}=%ff`, `${"z".repeat(64)}…`, "is not valid percent-encoded UTF-8"],
    ["/tickets/{id}?expand=all", "expand", "unknown parameter"],
    ["/stats?page=5", "page", "unknown parameter"],
  ])("%s", async (query, parameter, detail) => {
    const { problem } = await refused(send("GET", query), 400, "invalid-query");
    expect(problem.errors).toEqual([{ detail, parameter }]);
    expect(problem.detail).toBe(`${parameter}: ${detail}`);
  });
});

describe("a method that an address does not take", () => {
  test.each([
    ["PATCH", "/tickets/{id}", "GET, HEAD"],
    ["PUT", "/tickets/{id}/status", "POST"],
    ["DELETE", "/tickets", "POST, GET, HEAD"],
    ["GET", "/tickets/import", "POST"],
    ["GET", "/tickets/bulk", "POST"],
    ["POST", "/health", "GET, HEAD"],
    ["POST", "/customers/cus-1", "DELETE"],
    ["POST", "/projections/parked", "GET, HEAD"],
  ])("%s %s", async (method, path, supported) => {
    const { problem, response } = await refused(send(method, path), 405, "method-not-allowed");
    expect(problem.detail).toBe(`${method} is not allowed on this path; allowed: ${supported}`);
    expect(response.headers.get("Allow")).toBe(supported);
  });
});

describe("an address that is none", () => {
  test.each([
    ["/tickets/", "/tickets"],
    ["//tickets", "/tickets"],
    ["/ticket", "/tickets"],
    ["/TICKETS", "/tickets"],
    ["/v1/tickets", "/tickets"],
    ["/api/v2/tickets/{id}", "/tickets/{id}"],
    ["/ticket/{id}", "/tickets/{id}"],
    ["/tickets/{id}/", "/tickets/{id}"],
    ["/tickets/{id}/note", "/tickets/{id}/notes"],
    ["/tickets/{id}/event/", "/tickets/{id}/events"],
    ["/tickets/{id}/assign", "/tickets/{id}/assignee"],
    ["/tickets/{id}/statuses", "/tickets/{id}/status"],
    ["/ticket/import", "/tickets/import"],
    ["/tickets%2Fimport", "/tickets/import"],
    ["/event", "/events"],
    ["/key", "/keys"],
    ["/stat", "/stats"],
    ["/metric", "/metrics"],
    ["/openapi.json/", "/openapi.json"],
    ["/projection/park", "/projections/parked"],
  ])("%s", async (path, meant) => {
    const { problem } = await refused(send("GET", path), 404, "route-not-found");
    expect(problem.detail).toBe(`There is no resource at this path (did you mean ${meant}?)`);
  });

  test.each(["/", "/nowhere", "/tickets/{id}/likes", `/${"x".repeat(100)}`, `/tickets${"/x".repeat(10)}`, "/api"])(
    "%s, like no other",
    async (path) => {
      const { problem } = await refused(send("GET", path), 404, "route-not-found");
      expect(problem.detail).toBe("There is no resource at this path: GET /openapi.json lists all paths");
    },
  );
});

describe("a key", () => {
  test.each([
    [{}, "Send the key as `Authorization: Bearer <key>`"],
    [{ Authorization: KEY }, "Send the key as `Authorization: Bearer <key>`"],
    [{ Authorization: "Bearer sk_live_4711" }, "This is not a valid key: keys start with edk_"],
    [{ Authorization: "Bearer EDK_4711" }, "This is not a valid key: keys start with edk_"],
    [{ Authorization: "Bearer edk_4711" }, "The key is damaged: a character is missing or wrong"],
  ])("in %j", async (headers, detail) => {
    const { problem } = await refused(desk.fetch("/tickets", { headers }), 401, "unauthorized");
    expect(problem.detail).toBe(detail);
  });
});

test("no answer repeats what a request says, but names of fields and parameters, cut", async () => {
  const secret = `secret${"5ecret".repeat(100)}`;
  const json = { "Content-Type": "application/json" };
  const bodies = Object.keys(TICKET).map((field) => ({ ...TICKET, [field]: [secret] }));
  const wrong = [
    ...bodies,
    { ...TICKET, priority: secret },
    { ...TICKET, tags: secret },
    { ...TICKET, follow_up_of: secret },
    { ...TICKET, [secret]: secret },
    { ...TICKET, tags: [{ [secret]: secret }] },
    secret,
  ];
  const answers = [
    ...wrong.map((body) => send("POST", "/tickets", json, JSON.stringify(body))),
    send("POST", "/tickets", json, secret),
    send("POST", "/tickets", { "Content-Type": secret }, "{}"),
    send("POST", "/tickets", { ...json, "Content-Encoding": secret }, "{}"),
    send("POST", "/tickets", { ...json, "Idempotency-Key": `"${secret}` }, JSON.stringify(TICKET)),
    send("POST", "/tickets/{id}/notes", { ...json, "If-Match": secret }, '{"note": "n"}'),
    send("POST", "/tickets/import", { "Content-Type": "application/x-ndjson" }, `${secret}\n{"subject": "${secret}"}`),
    ...["limit", "status", "sort", "direction", "created_after", "has_note", "cursor", secret].map((name) =>
      send("GET", `/tickets?${name}=${secret}`),
    ),
    send("GET", "/tickets", { "Consistency-Token": secret }),
    send("GET", "/tickets", { Authorization: `Bearer ${secret}` }),
    send("GET", "/tickets", { Authorization: `Bearer edk_${secret}` }),
    send("GET", `/${secret}`),
    send("GET", `/tickets/${secret}`),
  ];
  for (const answer of answers) {
    const text = await (await answer).text();
    expect(text).not.toContain(secret.slice(0, 70));
    expect(text.length).toBeLessThan(1_000);
  }
});
