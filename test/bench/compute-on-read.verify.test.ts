import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { fill } from "../../bench/data/fill.ts";
import { BENCH_ENTRY, buildWorker, COMPUTE_ON_READ_ENTRY } from "../../bench/runtime/build.ts";
import { type Service, startService } from "../../bench/runtime/service.ts";

const TICKETS = 1_000;
const folder = mkdtempSync(join(tmpdir(), "edgedesk-compute-on-read-"));
const services: Service[] = [];

beforeAll(async () => {
  const files = await fill({ sizes: [TICKETS], folder });
  for (const [index, entry] of [BENCH_ENTRY, COMPUTE_ON_READ_ENTRY].entries()) {
    const { script } = await buildWorker(entry, join(folder, `worker-${index}`));
    services.push(await startService({ script, database: files[index]?.path ?? "", placing: "link", folder }));
  }
});

afterAll(async () => {
  for (const service of services) await service.stop();
  rmSync(folder, { recursive: true });
});

const page = z.object({ items: z.array(z.looseObject({ id: z.string() })), next_cursor: z.string().nullable() });

/** The pages of a list, up to three. */
async function pages(service: Service | undefined, path: string) {
  const items: z.infer<typeof page>["items"] = [];
  let cursor: string | null = "";
  for (let count = 0; count < 3 && cursor !== null; count++) {
    const response: Response | undefined = await service?.fetch(
      `${path}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    expect(response?.status, `${path}: ${await response?.clone().text()}`).toBe(200);
    const answer: z.infer<typeof page> = page.parse(await response?.json());
    items.push(...answer.items);
    cursor = path.includes("skip") ? null : answer.next_cursor;
  }
  return { items, hasMore: cursor !== null };
}

const VIEWS = [
  "",
  "direction=asc",
  "status=open",
  "status=open&status=pending",
  "status=open&status=pending&direction=asc",
  "priority=urgent",
  "priority=high&priority=urgent",
  "tag=topic-1",
  "tag=topic-7",
  "tag=language-0&tag=topic-1",
  "assignee=agent-0",
  "assignee=none",
  "customer_id=customer-0",
  "external_id=mail-500",
  "has_note=true",
  "has_note=false",
  "waiting=true",
  "waiting=false",
  "unreplied=true",
  "unreplied=false",
  "created_after=2024-01-01T06:00:00Z&created_before=2024-01-01T18:00:00Z",
  "updated_after=2024-01-01T06:00:00Z&updated_before=2024-01-03T18:00:00Z",
  "updated_after=2024-01-01T06:00:00Z&status=closed&direction=asc",
  "created_after=2024-01-01T12:00:00Z",
  "created_before=2024-01-01T12:00:00Z&priority=high",
  "created_after=2024-01-01T06:00:00Z&tag=topic-1&direction=asc",
  "sort=created_at",
  "sort=created_at&direction=asc",
  "sort=created_at&status=open&status=pending",
  "sort=created_at&assignee=agent-0",
  "sort=created_at&tag=topic-7",
  "sort=created_at&updated_after=2024-01-02T06:00:00Z&updated_before=2024-01-03T18:00:00Z",
  "sort=waiting_since",
  "sort=waiting_since&direction=desc",
  "sort=waiting_since&priority=urgent&tag=topic-0",
  "status=open&priority=urgent",
  "assignee=agent-0&status=open&status=pending",
  "waiting=true&priority=high",
  "waiting=true&status=closed",
  "status=open&assignee=none&tag=topic-0",
  "q=ker",
  "q=ker%20zaku",
  `q=${encodeURIComponent('"ta ker"')}`,
  "q=ker&sort=relevance",
  "q=ker&sort=created_at&direction=asc",
  "q=ker&status=open&tag=topic-0",
  "q=!!",
  "skip=15",
];

test.each(VIEWS)("the pages of %j are those of Edgedesk", async (view) => {
  const [edgedesk, other] = services;
  const path = `/tickets?limit=${view.startsWith("skip") ? 50 : 20}&${view}`;
  const expected = await pages(edgedesk, path);
  expect(await pages(other, path)).toEqual(expected);
  if (!view.includes("!!") && view !== "waiting=true&status=closed") expect(expected.items).not.toEqual([]);
});

test("the numbers are those of Edgedesk", async () => {
  const [expected, given] = await Promise.all(
    services.map(async (service) => z.looseObject({}).parse(await (await service.fetch("/stats")).json())),
  );
  expect({ ...given, as_of: expected?.["as_of"] }).toEqual(expected);
});

test.each(["q=%E4%B8%80", "q_notes=ker"])("what it cannot serve, it says: %s", async (view) => {
  const [edgedesk, other] = services;
  expect((await edgedesk?.fetch(`/tickets?${view}`))?.status).toBe(200);
  expect((await other?.fetch(`/tickets?${view}`))?.status).toBe(501);
});

test("only who has the key is answered", async () => {
  expect((await fetch(`${services[1]?.url}/tickets`)).status).toBe(401);
});

test("the time of the database is told more exactly on request, and the page is the same", async () => {
  for (const service of services) {
    const once = await service.fetch("/tickets?limit=3");
    const often = await service.fetch("/tickets?limit=3", { headers: { "Bench-Repeat": "10" } });
    expect(once.headers.has("Bench-Sql-Ms")).toBe(false);
    expect(Number(often.headers.get("Bench-Sql-Ms"))).toBeGreaterThanOrEqual(0);
    expect(page.parse(await often.json())).toEqual(page.parse(await once.json()));
  }
});

// From here on, it writes.

interface Given {
  readonly path: string;
  readonly body: object;
  readonly status?: number;
}

/** What a ticket lives through, and what its rules refuse. */
const GIVEN: readonly Given[] = [
  { path: "notes", body: { note: "a note" } },
  { path: "assignee", body: { assignee_id: "agent-x" } },
  { path: "assignee", body: { assignee_id: "agent-x" } },
  { path: "priority", body: { priority: "urgent" } },
  { path: "priority", body: { priority: "urgent" } },
  { path: "tags", body: { tags: ["b", "ä", "a"] } },
  { path: "tags", body: { tags: ["b", "ä", "a"] } },
  { path: "messages", body: { from: "agent", body: "wordofagent" } },
  { path: "status", body: { new_status: "pending" } },
  { path: "messages", body: { from: "customer", body: "wordofcustomer" } },
  { path: "status", body: { new_status: "resolved" } },
  { path: "status", body: { new_status: "pending" }, status: 409 },
  { path: "messages", body: { from: "customer", body: "again" } },
  { path: "status", body: { new_status: "resolved" } },
  { path: "status", body: { new_status: "open" } },
  { path: "tags", body: { tags: [] } },
  { path: "status", body: { new_status: "resolved" } },
  { path: "status", body: { new_status: "closed" } },
  { path: "status", body: { new_status: "open" }, status: 409 },
  { path: "messages", body: { from: "agent", body: "too late" }, status: 409 },
  { path: "notes", body: { note: "another note" } },
];

const JSON_HEADERS = { "Content-Type": "application/json" };

async function give(service: Service | undefined, path: string, body: object) {
  const response = await service?.fetch(path, { method: "POST", headers: JSON_HEADERS, body: JSON.stringify(body) });
  return { status: response?.status, json: z.looseObject({}).parse(await response?.json()) };
}

/** A list as both must show it: ids and times of what is written are their own. */
async function shown(service: Service | undefined, query: string) {
  const response = await service?.fetch(`/tickets?${query}`, { headers: { "Consistency-Token": "latest" } });
  const { items } = page.parse(await response?.json());
  return items.map((item) =>
    Object.fromEntries(
      Object.entries(item)
        .filter(([name]) => name !== "id")
        .map(([name, value]) => [name, /_(at|since)$/u.test(name) ? value !== null : value]),
    ),
  );
}

test("after the same commands, its lists are those of Edgedesk", async () => {
  const subject = "Something unheard-of";
  const ticket = {
    customer_id: "a writer",
    subject,
    message: "wordofquestion",
    tags: ["one", "two"],
    external_id: "w1",
  };
  const ids = await Promise.all(services.map(async (service) => (await give(service, "/tickets", ticket)).json["id"]));
  for (const query of ["customer_id=a%20writer", "q=wordofquestion", "tag=two&status=open"]) {
    const [edgedesk, other] = await Promise.all(services.map((service) => shown(service, query)));
    expect(edgedesk, query).not.toEqual([]);
    expect(other, query).toEqual(edgedesk);
  }
  for (const { path, body, status = 200 } of GIVEN) {
    const answers = await Promise.all(
      services.map((service, index) => give(service, `/tickets/${String(ids[index])}/${path}`, body)),
    );
    expect(
      answers.map((answer) => answer.status),
      `${path} ${JSON.stringify(body)}`,
    ).toEqual([status, status]);
    const [edgedesk, other] = answers.map(({ json }) => json["version"]);
    if (status === 200) expect(other).toBe(edgedesk);
    const [expected, given] = await Promise.all(services.map((service) => shown(service, "customer_id=a%20writer")));
    expect(expected).toHaveLength(1);
    expect(given, path).toEqual(expected);
  }
  for (const query of ["q=wordofagent", "q=wordofcustomer", "q=unheard"]) {
    const [edgedesk, other] = await Promise.all(services.map((service) => shown(service, query)));
    expect(edgedesk, query).toHaveLength(1);
    expect(other, query).toEqual(edgedesk);
  }
  const nobody = await give(services[1], "/tickets/01900000-0000-7000-8000-000000000000/notes", { note: "n" });
  expect(nobody.status).toBe(404);
});
