import { env } from "cloudflare:workers";
import parsePrometheus from "parse-prometheus-text-format";
import { beforeEach, describe, expect, test } from "vitest";
import { LAG_BUCKETS_MS } from "../../src/projection/core/figures.ts";
import type { Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { DRIFT_KINDS } from "../../src/projection/walks/drift.ts";
import { byHand, filled, operatorOf } from "../projection/operator.ts";
import { poisoned } from "../projection/poison.ts";
import { answered, emptyTables, KEY, service } from "../service.ts";
import { refused } from "./problem.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

/** A minute of the cron, and all messages delivered. */
async function minute(desk: Desk, minutes = 1): Promise<void> {
  for (let past = 0; past < minutes; past++) {
    desk.time.now += 60_000;
    await desk.sweep();
    await desk.deliverSent();
  }
}

const codes = async (desk: Desk) => (await operatorOf(desk).ready()).reasons.map(({ code }) => code);

describe("GET /health/ready", () => {
  test("is ok, 200, where the cron runs and nothing waits, also after hours without a write", async () => {
    const desk = service();
    await filled(desk, 3);
    await minute(desk);
    expect(await operatorOf(desk).ready()).toEqual({ status: "ok", reasons: [] });
    await minute(desk, 120);
    expect(await codes(desk)).toEqual([]);
    const response = await desk.get("/health/ready");
    expect(response.status).toBe(200);
  });

  test("needs a key, and the plain one asks no database", async () => {
    const desk = service();
    expect((await desk.fetch("/health/ready")).status).toBe(401);
    desk.calls.length = 0;
    expect((await desk.fetch("/health")).status).toBe(200);
    expect(desk.calls).toEqual([]);
  });

  test("is degraded, 503, where no cron has run for three minutes, or never", async () => {
    const desk = service();
    expect(await codes(desk)).toEqual(["cron-silent"]);
    await minute(desk);
    desk.time.now += 179_000;
    expect(await codes(desk)).toEqual([]);
    desk.time.now += 2_000;
    const response = await desk.get("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "degraded",
      reasons: [{ code: "cron-silent", detail: "The cron has given no sign of life for 181 seconds" }],
    });
  });

  test("is degraded where the consumer has stopped, though nothing is written", async () => {
    const desk = service();
    for (let minutes = 0; minutes < 16; minutes++) {
      desk.time.now += 60_000;
      await desk.sweep();
      // The queue takes messages, and delivers none.
      desk.sent.length = 0;
    }
    expect(await codes(desk)).toEqual([]);
    desk.time.now += 60_000;
    await desk.sweep();
    expect(await codes(desk)).toEqual(["consumer-silent"]);
    await desk.deliverSent();
    expect(await codes(desk)).toEqual([]);
  });

  test("does not call a deployment silent that was put back in the place of a newer one, and is idle", async () => {
    const { projector } = ticketList;
    const desk = service({ projection: { ...(ticketList as Projection), projector: projector - 1 } });
    await minute(desk, 20);
    expect(await codes(desk)).toEqual([]);
  });

  test("an idle service sends itself one message in five minutes", async () => {
    const desk = service();
    await minute(desk);
    let messages = 0;
    for (let minutes = 0; minutes < 60; minutes++) {
      desk.time.now += 60_000;
      await desk.sweep();
      messages += desk.sent.length;
      await desk.deliverSent();
    }
    expect(messages).toBeGreaterThan(0);
    expect(messages).toBeLessThanOrEqual(12);
  });

  test("is degraded where a change has waited for over a minute", async () => {
    const desk = service();
    await minute(desk);
    await desk.create();
    desk.sent.length = 0;
    desk.time.now += 60_000;
    expect(await codes(desk)).toEqual([]);
    desk.time.now += 1_000;
    expect(await codes(desk)).toEqual(["projection-late"]);
    await minute(desk);
    expect(await codes(desk)).toEqual([]);
  });

  test("is degraded where something is parked, and says nothing else of it", async () => {
    const { desk, state } = poisoned();
    const { id } = await desk.create({ subject: "bad 1" });
    const messages = desk.sent.splice(0);
    for (let attempts = 0; attempts < 5; attempts++) await desk.deliver(messages);
    await minute(desk, 5);
    expect(await codes(desk)).toEqual(["parked"]);
    state.healed = true;
    await desk.post(`/projections/parked/${id}/retry`, {});
    expect(await codes(desk)).toEqual([]);
  });

  test("is degraded for a day after drift was found, healed or not", async () => {
    const desk = service();
    await filled(desk, 3);
    await byHand("UPDATE read_tickets SET note_count = 77 WHERE id = (SELECT max(id) FROM read_tickets)");
    await minute(desk);
    await minute(desk);
    expect(await operatorOf(desk).ready()).toEqual({
      status: "degraded",
      reasons: [{ code: "drift", detail: expect.stringContaining("changed") }],
    });
    desk.time.now += 24 * 3_600_000;
    await minute(desk, 3);
    expect(await codes(desk)).toEqual([]);
  });

  test("is degraded while rows are missing", async () => {
    const desk = service();
    await filled(desk, 3);
    await minute(desk);
    await byHand("DELETE FROM read_state");
    expect(await codes(desk)).toEqual(["lists-waiting"]);
  });

  test("is a problem, 503, where the database is away", async () => {
    const desk = service();
    desk.hooks.before = async () => {
      throw new Error("D1_ERROR: Network connection lost.");
    };
    const response = await desk.get("/health/ready");
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ type: "/problems/temporarily-unavailable" });
  });
});

describe("the figures", () => {
  test("count tickets, batches and the time from commit to visible, once for each change", async () => {
    const desk = service();
    const first = await desk.create();
    await desk.create();
    desk.time.now += 40;
    await desk.deliver(desk.sent);
    // A replay shows nothing new.
    await desk.deliver(desk.sent.splice(0));
    await desk.command(first.id, "notes", { note: "n" });
    desk.time.now += 7_000;
    await desk.deliverSent();
    expect(await operatorOf(desk).status()).toMatchObject({
      projected: {
        tickets: 3,
        batches: 2,
        failures: 0,
        lag_seconds: {
          count: 3,
          sum: 0.04 + 0.04 + 7,
          buckets: LAG_BUCKETS_MS.map((le) => ({ le: le / 1000, count: le < 40 ? 0 : le < 7_000 ? 2 : 3 })),
        },
      },
    });
  });

  test("a list that projects on the spot counts, too; a clock that is behind makes no negative time", async () => {
    const desk = service();
    await desk.create();
    desk.time.now -= 5_000;
    await desk.fetch("/tickets", { headers: { Authorization: `Bearer ${KEY}`, "Consistency-Token": "latest" } });
    expect(await operatorOf(desk).status()).toMatchObject({
      projected: { tickets: 1, batches: 1, lag_seconds: { count: 1, sum: 0 } },
      // It was no message.
      consumer: { last_at: null },
    });
  });

  test("count what fails, and what a sweep takes up", async () => {
    const { desk } = poisoned();
    await desk.create({ subject: "bad 1" });
    await desk.deliver(desk.sent.splice(0));
    expect(await operatorOf(desk).status()).toMatchObject({ projected: { failures: 1 } });
    await desk.create();
    await desk.create();
    desk.sent.length = 0;
    desk.time.now += 60_000;
    await desk.sweep();
    expect(await operatorOf(desk).status()).toMatchObject({ sweep: { passes: 1, tickets: 3 } });
  });

  test("cost one D1 call, and no more rows with more tickets", async () => {
    const rows: number[] = [];
    for (const tickets of [50, 500]) {
      const desk = service();
      await filled(desk, tickets, tickets);
      desk.calls.length = 0;
      const paths = ["/projections", "/metrics", "/health/ready", "/projections/rebuild", "/projections/audit"];
      for (const path of paths) await desk.get(path);
      expect(desk.calls).toHaveLength(paths.length);
      rows.push(desk.calls.reduce((sum, call) => sum + call.rows_read, 0));
    }
    expect(rows[1]).toBe(rows[0]);
  });
});

describe("GET /metrics", () => {
  test("is what Prometheus reads, and agrees with GET /projections", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 5);
    await byHand("UPDATE read_tickets SET note_count = 77 WHERE id = (SELECT max(id) FROM read_tickets)");
    await operator.audited();
    await minute(desk);
    await desk.create();
    const response = await desk.get("/metrics");
    expect(response.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const text = await response.text();
    const metrics = new Map(parsePrometheus(text).map((metric) => [metric.name, metric]));
    const value = (name: string) => Number(metrics.get(`edgedesk_${name}`)?.metrics[0]?.value);
    const status = await answered<Record<string, never>>(await desk.get("/projections"), 200);
    expect(status).toMatchObject({
      backlog: { count: value("backlog_tickets") },
      parked: value("parked_tickets"),
      projected: { tickets: value("projected_tickets_total"), batches: value("projected_batches_total") },
      sweep: { passes: value("sweeps_total") },
      tickets: value("source_tickets"),
    });
    expect(value("backlog_tickets")).toBe(1);
    expect(value("source_tickets")).toBe(6);
    expect(value("lists_served")).toBe(1);
    // The kinds that were never found are there, too: a counter that begins with 1 has not increased.
    expect(metrics.get("edgedesk_drift_found_total")?.metrics).toEqual(
      DRIFT_KINDS.map((kind) => ({ labels: { kind }, value: kind === "changed" ? "1" : "0" })),
    );
    const lag = metrics.get("edgedesk_commit_to_visible_seconds");
    expect(lag).toMatchObject({ type: "HISTOGRAM", metrics: [{ count: "5" }] });
    for (const { name, help, type } of metrics.values()) {
      expect(name).toMatch(/^edgedesk_[a-z_]+$/);
      expect(help).toMatch(/\.$/);
      expect(type === "COUNTER").toBe(name.endsWith("_total"));
    }
  });

  test("has a value for everything on an empty database, or leaves it out", async () => {
    const desk = service();
    await env.DB.prepare("SELECT 1").first();
    const text = await (await desk.get("/metrics")).text();
    expect(parsePrometheus(text).length).toBeGreaterThan(15);
    expect(text).not.toMatch(/null|undefined|NaN/);
  });
});

test.each(["rebuild", "audit"])("an older deployment says that it starts no %s", async (job) => {
  const desk = service();
  const newer = service({ projection: { ...(ticketList as Projection), projector: ticketList.projector + 1 } });
  await answered(await newer.post("/projections/rebuild", ""), 202);
  await newer.deliverSent();
  const before = await answered(await desk.get(`/projections/${job}`), 200);
  await refused(desk.post(`/projections/${job}`, ""), 409, "newer-deployment");
  expect(await answered(await desk.get(`/projections/${job}`), 200)).toEqual(before);
  expect((await newer.post(`/projections/${job}`, "")).status).toBe(202);
});
