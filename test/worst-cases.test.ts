import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { caller } from "./http/callers.ts";
import type { Problem } from "./http/problem.ts";
import { ndjson } from "./oracle/lines.ts";
import { answered, emptyTables, KEY, type Overrides, service } from "./service.ts";

// Each entry point in its worst case: what it would do without a budget is more than the free plan's 50 D1 calls, or the paid plan's 1,000.
// The database of these tests refuses more, as the platform does. No work may be lost by that: it is done later.

const PLANS = [50, 1_000] as const;

/** The subject of a ticket whose row the database refuses. */
const BAD = "unwritable";

beforeEach(async () => {
  await emptyTables();
  await env.DB.batch([
    env.DB.prepare("DROP TRIGGER IF EXISTS refuse"),
    env.DB.prepare(
      `CREATE TRIGGER refuse BEFORE INSERT ON read_tickets WHEN new.subject = '${BAD}' BEGIN SELECT raise(ABORT, 'unwritable'); END`,
    ),
  ]);
  return async () => {
    await env.DB.prepare("DROP TRIGGER refuse").run();
  };
});

/** From now on, nothing is wrong with any row. */
async function healed(): Promise<void> {
  await env.DB.prepare("DROP TRIGGER refuse").run();
  await env.DB.prepare("CREATE TRIGGER refuse BEFORE INSERT ON read_tickets WHEN 0 BEGIN SELECT 1; END").run();
}

const refusing = { sendBatch: () => Promise.reject(new Error("Queue is overloaded")) };

/** A service on a plan, which asserts after each step that no invocation has made more calls than the plan allows. */
function onPlan(maxCalls: number, overrides: Overrides = {}) {
  const desk = service({ ...overrides, maxCalls });
  const within = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const before = desk.invocations.length;
    const result = await work();
    for (const { calls } of desk.invocations.slice(before)) expect(calls).toBeLessThanOrEqual(maxCalls);
    return result;
  };
  return { desk, within, hasSpent: () => desk.log.some(({ event }) => event === "budget.spent") };
}

async function imported(tickets: number, fields: Record<string, unknown> = {}): Promise<void> {
  const lines = linesOf(tickets, fields);
  await answered(await service().post("/tickets/import", ndjson(lines), "application/x-ndjson"), 200);
}

function linesOf(tickets: number, fields: Record<string, unknown> = {}) {
  return Array.from({ length: tickets }, (_, index) => ({
    ...{
      external_id: `${fields["subject"]}-${index}`,
      customer_id: "cus",
      subject: "s",
      message: "m",
      created_at: index,
    },
    ...fields,
  }));
}

async function count(sql: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${sql}`).first<number>("n")) ?? 0;
}

/** The messages of all tickets. */
async function messages() {
  const { results } = await env.DB.prepare(
    "SELECT workspace_id, id AS ticket_id, version FROM tickets ORDER BY id",
  ).all();
  return results;
}

describe.each(PLANS)("with %i D1 calls", (plan) => {
  test("a batch of messages whose rows are refused: all others are projected, and these are parked, one by one", async () => {
    await imported(40, { subject: BAD });
    await imported(20);
    const { desk, within, hasSpent } = onPlan(plan);
    let bodies = await messages();
    for (let rounds = 0; rounds < 60 && bodies.length > 0; rounds++) {
      const { outcome, explicitAcks, retryMessages } = await within(() => desk.deliver(bodies));
      expect(outcome).toBe("ok");
      expect(explicitAcks.length + retryMessages.length).toBe(bodies.length);
      // In whatever order: a queue has none.
      bodies = retryMessages.map(({ msgId }) => bodies[Number(msgId.split("-")[1])] ?? {}).toReversed();
      desk.time.now += 600_000;
    }
    expect(hasSpent()).toBe(plan === 50);
    expect(await count("read_tickets")).toBe(20);
    expect(await count("projection_backlog WHERE parked_at IS NOT NULL")).toBe(40);
  });

  test("dead letters: what is not tried comes again", async () => {
    await imported(30, { subject: BAD });
    const { desk, within } = onPlan(plan);
    let bodies: unknown[] = [...(await messages()), "unreadable"];
    for (let rounds = 0; rounds < 3; rounds++) {
      const { retryMessages } = await within(() => desk.deliver(bodies, "ticket-projections-dead"));
      bodies = retryMessages.map(({ msgId }) => bodies[Number(msgId.split("-")[1])]);
    }
    expect(bodies).toEqual([]);
    expect(await count("projection_backlog WHERE parked_at IS NOT NULL")).toBe(30);
    expect(await count("dead_letters")).toBe(1);
  });

  test("the slice of a rebuild whose rows are refused: the backlog takes them, and the walk goes on", async () => {
    await imported(60, { subject: BAD });
    const { desk, within } = onPlan(plan, { sliceTickets: 60 });
    await answered(await desk.post("/projections/rebuild", {}), 202);
    await env.DB.prepare("DELETE FROM projection_backlog").run();
    const [start] = desk.sent.splice(0);
    const { explicitAcks } = await within(() => desk.deliver([start]));
    expect(explicitAcks).toHaveLength(1);
    expect(await count("projection_backlog")).toBe(60);
    expect(
      await env.DB.prepare("SELECT slice, done, failed FROM projection_jobs WHERE name = 'rebuild'").first(),
    ).toMatchObject({
      done: 60,
      failed: 60,
    });
  });

  test("a minute of the cron with everything to do at once: every part gets its turn, and nothing is lost", async () => {
    await imported(300, { subject: BAD });
    await imported(300, { subject: "erased", customer_id: "gone" });
    await env.DB.prepare(
      `INSERT INTO erasures (workspace_id, customer_id, agent_id, up_to_seq, requested_at, erased) VALUES ('default', 'gone', NULL, 1000000, 1, 0)`,
    ).run();
    await env.DB.prepare(
      "INSERT INTO idempotency_records (workspace_id, key, fingerprint, answer, created_at) VALUES ('default', 'old', 'f', '{}', 1)",
    ).run();
    const { desk, within, hasSpent } = onPlan(plan, { queue: refusing });
    desk.time.now += 120_000;
    await within(() => desk.sweep());
    expect(hasSpent()).toBe(true);
    // The sweep alone could use all calls; these come after it.
    expect(await count("tickets WHERE erased_at IS NOT NULL")).toBeGreaterThanOrEqual(250);
    expect(await count("idempotency_records")).toBe(0);
    expect(await env.DB.prepare("SELECT state, done FROM projection_jobs WHERE name = 'audit'").first()).toMatchObject({
      state: "running",
    });
    await healed();
    for (
      let minutes = 0;
      minutes < 60 && (await count("projection_backlog")) + (await count("search_purges")) > 0;
      minutes++
    ) {
      desk.time.now += 3_600_000;
      await within(() => desk.sweep());
    }
    expect(await count("projection_backlog")).toBe(0);
    expect(await count("erasures")).toBe(0);
    expect(await count("search_purges")).toBe(0);
    expect(await count("read_tickets")).toBe(600);
  });

  test("a list that waits for a ticket that cannot be projected: 503 after the whole wait", async () => {
    const { desk, within } = onPlan(plan);
    const created = await desk.fetch("/tickets", {
      method: "POST",
      headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" },
      body: JSON.stringify({ customer_id: "c", subject: BAD, message: "m" }),
    });
    const token = created.headers.get("Consistency-Token") ?? "";
    const headers = { Authorization: `Bearer ${KEY}`, "Consistency-Token": token, Prefer: "wait=25" };
    for (const path of ["/tickets", "/stats"]) {
      const start = desk.time.now;
      const answer = await within(() => desk.fetch(path, { headers }));
      expect(answer.headers.get("Retry-After")).toBe("1");
      expect(await answered<Problem>(answer, 503)).toMatchObject({ type: "/problems/not-yet-consistent" });
      expect(desk.time.now - start).toBeGreaterThan(20_000);
    }
  });

  test("an import over a connection that breaks again and again tells where to continue", async () => {
    const lines = linesOf(3_000);
    // A refused line, and a blank one: the numbers are those of the request.
    const text = lines
      .map((line, index) => (index === 10 ? "{}" : JSON.stringify(line)))
      .join("\n")
      .replace("\n", "\n\n");
    const rest = text.split("\n");
    const { desk, within, hasSpent } = onPlan(plan);
    let failures = 0;
    desk.hooks.before = async ([first = ""]) => {
      if (first.startsWith("UPDATE db_clock") && failures++ % 4 < 3)
        throw new Error("D1_ERROR: Network connection lost.");
    };
    const answers: { taken: number; refused: { line: number }[]; next_line: number | null }[] = [];
    for (let requests = 0; rest.length > 0; requests++) {
      const send = () =>
        desk.fetch("/tickets/import", {
          method: "POST",
          headers: {
            Authorization: `Bearer ${KEY}`,
            "Content-Type": "application/x-ndjson",
            "Idempotency-Key": `part-${requests}`,
          },
          body: rest.join("\n"),
        });
      const answer = await answered<(typeof answers)[number]>(await within(send), 200);
      // The answer is stored with the last calls.
      expect(await (await send()).json()).toEqual(answer);
      answers.push(answer);
      rest.splice(0, (answer.next_line ?? rest.length + 1) - 1);
      expect(requests).toBeLessThan(10);
    }
    expect(hasSpent()).toBe(plan === 50);
    expect(answers.length > 1).toBe(plan === 50);
    expect(answers.flatMap(({ refused }) => refused.map(({ line }) => line))).toEqual([12]);
    expect(answers.reduce((sum, { taken }) => sum + taken, 0)).toBe(2_999);
    expect(await count("tickets")).toBe(2_999);
  });

  test.each(["bulk", "command"])(
    "a %s that rivals overtake each time, over a connection that breaks: refused, and nothing done",
    async (kind) => {
      const { desk, within } = onPlan(plan);
      const ids = await Promise.all(Array.from({ length: 3 }, async () => (await desk.create()).id));
      let calls = 0;
      desk.hooks.before = async (statements) => {
        if (!statements.some((sql) => sql.includes("INSERT INTO ticket_events"))) return;
        const error =
          calls++ % 4 < 3 ? "Network connection lost." : "UNIQUE constraint failed: ticket_events.workspace_id";
        throw new Error(`D1_ERROR: ${error}`);
      };
      const answer = await within(() =>
        kind === "bulk"
          ? desk.post("/tickets/bulk", { ids, command: { type: "AddAgentNote", note: "n" } })
          : desk.post(`/tickets/${ids[0]}/notes`, { note: "n" }),
      );
      expect([409, 503]).toContain(answer.status);
      if (answer.status === 503) expect(answer.headers.get("Retry-After")).toBe("1");
      expect(await count("ticket_events WHERE version > 1")).toBe(0);
    },
  );

  test("an erasure over a connection that breaks: 202, and the cron ends it", async () => {
    await imported(1_500, { subject: "erased", customer_id: "gone" });
    const { desk, within } = onPlan(plan);
    let failures = 0;
    desk.hooks.before = async (statements) => {
      const isSlice = statements.some((sql) => sql.includes("INSERT INTO ticket_events"));
      if (!isSlice || failures++ % 8 === 7) return;
      const error =
        failures % 8 === 4 ? "UNIQUE constraint failed: ticket_events.workspace_id" : "Network connection lost.";
      throw new Error(`D1_ERROR: ${error}`);
    };
    const answer = await within(() => caller(desk, KEY).delete("/customers/gone"));
    // Each slice that loses a race is one of the eight of a request.
    expect(answer.status).toBe(202);
    for (let minutes = 0; minutes < 40 && (await count("erasures")) + (await count("search_purges")) > 0; minutes++) {
      desk.time.now += 60_000;
      await within(() => desk.sweep());
    }
    expect(await count("tickets WHERE erased_at IS NULL")).toBe(0);
    expect(await count("erasures")).toBe(0);
    expect(await count("search_purges")).toBe(0);
  });
});
