import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { ImportResult } from "../../src/commands/import-tickets.ts";
import { answered, emptyTables, service } from "../service.ts";

/** Stands in each call that records events. */
const RECORDS = "INSERT INTO ticket_events";

const LOST = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: internal error; reference = 8m4kq0r2s1",
  "D1_ERROR: NOSENTRY database is locked: SQLITE_BUSY",
  "D1_ERROR: Replica disconnected from primary.",
  "D1_ERROR: Failed to parse body as JSON, got: error code: 1101",
];
const OVERLOADED = "D1_ERROR: D1 DB is overloaded. Requests queued for too long.";
const TIMED_OUT = "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.";
const MEMORY = "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.";
const CPU = "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.";
const EXPORT = "D1_ERROR: Currently processing a long-running export. (code: 7500)";
const FULL = "D1_ERROR: Exceeded maximum DB size.";
const QUOTA = "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan.";

const TICKET = { customer_id: "cus-1", subject: "A question", message: "How does it work?" };

type Desk = ReturnType<typeof service>;

/** Makes calls that record events fail, before or after they take effect, so often. */
function failing(desk: Desk, text: string, when: "before" | "after", times = Number.POSITIVE_INFINITY) {
  const seen = { calls: 0 };
  const fail = async (statements: readonly string[]) => {
    if (!statements.some((sql) => sql.includes(RECORDS))) return;
    if (++seen.calls <= times) throw new Error(text);
  };
  desk.hooks[when] = fail;
  return seen;
}

const events = async () =>
  (await env.DB.prepare("SELECT count(*) AS n FROM ticket_events").first<{ n: number }>())?.n ?? 0;

beforeEach(emptyTables);

describe.each(["before", "after"] as const)("a database that fails once %s a command takes effect", (when) => {
  test.each([...LOST, OVERLOADED, TIMED_OUT, MEMORY, CPU])("is asked again with the same batch: %s", async (text) => {
    const desk = service();
    failing(desk, text, when, 1);
    const response = await desk.post("/tickets", TICKET);
    expect(response.status).toBe(201);
    expect(await events()).toBe(1);
  });
});

describe("a database that goes on failing", () => {
  test.each([
    ["lost", LOST[0] ?? "", 4],
    ["overloaded, which is asked once more only", OVERLOADED, 2],
    ["timed out, which is asked once more only", TIMED_OUT, 2],
    ["too large, which is asked once more only", CPU, 2],
    ["being exported, which takes minutes", EXPORT, 1],
    ["used up for the day", QUOTA, 1],
  ])("is answered by 503 and when to come again: %s", async (_, text, calls) => {
    const desk = service();
    const seen = failing(desk, text, "before");
    const response = await desk.post("/tickets", TICKET);
    expect(response.status).toBe(503);
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThanOrEqual(1);
    expect(seen.calls).toBe(calls);
    expect(await events()).toBe(0);
  });

  test("is told of as what it is: what may have been written, and how to find out", async () => {
    const desk = service();
    const { id } = await desk.create();
    failing(desk, LOST[0] ?? "", "before");
    const response = await desk.post(`/tickets/${id}/notes`, { note: "A note" });
    const { detail } = await answered<{ detail: string }>(response, 503);
    expect(detail).toContain(`version 2 of ticket ${id} may have been written`);
    expect(detail).toContain("Idempotency-Key");
  });

  test("says nothing of that where it had not come to writing", async () => {
    const desk = service();
    const { id } = await desk.create();
    desk.hooks.before = async () => {
      throw new Error(LOST[0]);
    };
    const response = await desk.post(`/tickets/${id}/notes`, { note: "A note" });
    expect((await answered<{ detail: string }>(response, 503)).detail).toBe(
      "The database did not respond: retry the request",
    );
  });

  test("sends clients away for longer, and not all for the same time, if it is overloaded", async () => {
    const waits = await Promise.all(
      [0, 0.5, 0.99].map(async (random) => {
        const desk = service({ random: () => random });
        failing(desk, OVERLOADED, "before");
        return Number((await desk.post("/tickets", TICKET)).headers.get("Retry-After"));
      }),
    );
    expect(waits).toEqual([5, 8, 10]);
  });

  test("sends clients away until midnight UTC if its day is used up", async () => {
    const desk = service();
    desk.time.now = Date.UTC(2026, 10, 23, 22, 59, 30);
    failing(desk, QUOTA, "before");
    expect((await desk.post("/tickets", TICKET)).headers.get("Retry-After")).toBe("3630");
  });

  test("is full: 507, no repetition, and a line in the log", async () => {
    const desk = service();
    const seen = failing(desk, FULL, "before");
    const response = await desk.post("/tickets", TICKET);
    expect(response.status).toBe(507);
    expect(response.headers.get("Retry-After")).toBeNull();
    expect(await response.json()).toMatchObject({ type: "/problems/database-full" });
    expect(seen.calls).toBe(1);
    expect(desk.log.filter(({ level }) => level === "error").map(({ event }) => event)).toEqual(["database.full"]);
  });
});

describe("a bulk that may have been too large", () => {
  const bulk = async (desk: Desk, ids: readonly string[]) =>
    await desk.post("/tickets/bulk", { ids, command: { type: "AddAgentNote", note: "A note" } });

  test.each([TIMED_OUT, MEMORY, CPU])("is never sent whole again: %s", async (text) => {
    const desk = service();
    const ids = [(await desk.create()).id, (await desk.create()).id];
    const seen = failing(desk, text, "before");
    const response = await bulk(desk, ids);
    expect(response.status).toBe(503);
    expect(seen.calls).toBe(1);
    expect(await events()).toBe(2);
  });

  test.each([TIMED_OUT, MEMORY, CPU])("is answered as done where it took effect all the same: %s", async (text) => {
    const desk = service();
    const ids = [(await desk.create()).id, (await desk.create()).id];
    const seen = failing(desk, text, "after");
    const { results } = await answered<{ results: unknown[] }>(await bulk(desk, ids), 200);
    expect(results).toMatchObject(ids.map((id) => ({ id, version: 2 })));
    expect(seen.calls).toBe(1);
    expect(await events()).toBe(4);
  });
});

describe("an import that may have been too large", () => {
  const line = (external_id: string) =>
    JSON.stringify({ ...TICKET, external_id, created_at: Date.UTC(2026, 0, 1), messages: [] });
  const lines = (count: number) => Array.from({ length: count }, (_, index) => line(`crm-${index}`)).join("\n");
  const send = async (desk: Desk, count: number) =>
    await desk.post("/tickets/import", lines(count), "application/x-ndjson");

  /** How many events each call recorded that succeeded. */
  function recording(desk: Desk) {
    const sizes: number[] = [];
    let before = 0;
    desk.hooks.after = async (statements) => {
      if (!statements.some((sql) => sql.includes(RECORDS))) return;
      const now = await events();
      sizes.push(now - before);
      before = now;
    };
    return sizes;
  }

  test.each([
    ["in halves", CPU, [4, 4]],
    ["in halves", MEMORY, [4, 4]],
    ["one ticket first, then in halves", TIMED_OUT, [1, 4, 3]],
  ])("is recorded %s: %s", async (_, text, sizes) => {
    const desk = service();
    failing(desk, text, "before", 1);
    const recorded = recording(desk);
    const result = await answered<ImportResult>(await send(desk, 8), 200);
    expect(result).toMatchObject({ taken: 8, repeated: 0, refused: [] });
    expect(recorded).toEqual(sizes);
  });

  test("is given up where a single ticket times out, too: the database answers nobody", async () => {
    const desk = service();
    const seen = failing(desk, TIMED_OUT, "before");
    expect((await send(desk, 8)).status).toBe(503);
    // The batch, and then one ticket, twice.
    expect(seen.calls).toBe(3);
  });

  test("counts as taken what took effect late, after its batch was divided", async () => {
    const desk = service();
    let times = 0;
    // The batch takes effect, but nobody is told, nor can it be looked for.
    desk.hooks.after = async (statements) => {
      if (statements.some((sql) => sql.includes(RECORDS)) && ++times === 1) throw new Error(CPU);
    };
    desk.hooks.before = async (statements) => {
      if (times === 1 && statements.some((sql) => sql.startsWith("SELECT event_id FROM ticket_events"))) {
        times++;
        throw new Error(MEMORY);
      }
    };
    const result = await answered<ImportResult>(await send(desk, 4), 200);
    expect(result).toMatchObject({ taken: 4, repeated: 0, recorded_at: expect.any(String) });
    expect(await events()).toBe(4);
  });
});
