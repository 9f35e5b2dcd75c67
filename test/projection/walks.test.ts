import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { EMPTY_ALL } from "../oracle/damage.ts";
import { emptyTables, service, tableSizes, WRITES_ROWS } from "../service.ts";
import { byHand, filled, operatorOf, readModel } from "./operator.ts";
import { mortal } from "./poison.ts";

beforeEach(emptyTables);

type Desk = ReturnType<typeof service>;

const LOST = "D1_ERROR: Network connection lost.";

const codes = async (desk: Desk) => (await operatorOf(desk).ready()).reasons.map(({ code }) => code);

/** A minute of the cron; its messages wait. */
async function minute(desk: Desk): Promise<void> {
  desk.time.now += 61_000;
  await desk.sweep();
}

describe("rows that are lost", () => {
  test("a few: an audit finds, mends and counts them within minutes, and lists are served", async () => {
    const desk = service();
    await filled(desk, 300);
    const before = await readModel();
    await byHand("DELETE FROM read_tickets WHERE id IN (SELECT id FROM read_tickets LIMIT 3)");
    await minute(desk);
    expect((await desk.get("/tickets")).status).toBe(200);
    await desk.deliverSent();
    expect(await readModel()).toBe(before);
    expect((await operatorOf(desk).audit()).kinds).toEqual([{ kind: "missing", found: 3, healed: 3 }]);
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "idle" });
    expect(await codes(desk)).toEqual(["drift"]);
  });

  test("a few, as a new projector comes: its rebuild brings them back", async () => {
    const before = service();
    await filled(before, 300);
    await byHand("DELETE FROM read_tickets WHERE id IN (SELECT id FROM read_tickets LIMIT 3)");
    const desk = service({ projection: { ...(ticketList as Projection), projector: ticketList.projector + 1 } });
    desk.time.now = before.time.now;
    await minute(desk);
    desk.sent.length = 0;
    for (let minutes = 0; minutes < 3; minutes++) {
      await minute(desk);
      await desk.deliverSent();
    }
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", done: 300 });
    expect(await tableSizes()).toMatchObject({ read_tickets: 300 });
  });

  test("all, while a rebuild runs: lists wait from the next minute on", async () => {
    const desk = service();
    await filled(desk, 600);
    await operatorOf(desk).startRebuild();
    desk.sent.length = 0;
    await byHand("DELETE FROM read_tickets");
    await minute(desk);
    expect((await desk.get("/tickets")).status).toBe(503);
    await desk.deliverSent();
    expect(await tableSizes()).toMatchObject({ read_tickets: 600 });
    expect((await desk.list("?limit=100")).items).toHaveLength(100);
  });

  test("all, long after a rebuild was cancelled: another one starts by itself", async () => {
    for (const damage of [EMPTY_ALL, ["DELETE FROM read_tickets"]]) {
      const desk = service();
      await emptyTables();
      await filled(desk, 600);
      await operatorOf(desk).startRebuild();
      expect(await operatorOf(desk).cancelRebuild()).toMatchObject({ state: "cancelled", lists: "served" });
      desk.sent.length = 0;
      await byHand(...damage);
      await minute(desk);
      expect((await desk.get("/tickets")).status).toBe(503);
      await desk.deliverSent();
      expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", run: 2 });
      expect(await tableSizes()).toMatchObject({ read_tickets: 600 });
    }
  });
});

describe("a ticket whose source is damaged", () => {
  test("goes to the backlog, and the rebuild ends without it", async () => {
    const desk = service();
    await filled(desk, 20);
    const [id = ""] = (await desk.list("?limit=1")).items.map((item) => item.id);
    await byHand(`DELETE FROM ticket_events WHERE ticket_id = '${id}'`, ...EMPTY_ALL);
    await operatorOf(desk).startRebuild();
    for (let messages = 0; desk.sent.length > 0; messages++) {
      expect(messages).toBeLessThan(10);
      await desk.deliver(desk.sent.splice(0, 1));
    }
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", failed: 1, lists: "served" });
    expect(await tableSizes()).toMatchObject({ read_tickets: 19, projection_backlog: 1 });
  });
});

describe("a walk goes on", () => {
  test("over several workspaces of one database", async () => {
    const desk = service();
    await filled(desk, 600);
    const odd = "rowid_of % 2 = 1";
    await byHand(
      "CREATE TABLE moved AS SELECT id, row_number() OVER (ORDER BY id) AS rowid_of FROM tickets",
      ...["tickets", "ticket_events"].map(
        (table) => `UPDATE ${table} SET workspace_id = 'another' WHERE
          ${table === "tickets" ? "id" : "ticket_id"} IN (SELECT id FROM moved WHERE ${odd})`,
      ),
      "DROP TABLE moved",
      ...EMPTY_ALL,
    );
    await operatorOf(desk).startRebuild();
    await desk.deliverSent();
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", done: 600, drift_found: 0 });
    const rows = "SELECT workspace_id, count(*) AS n FROM read_tickets GROUP BY 1 ORDER BY 1";
    expect((await env.DB.prepare(rows).all()).results).toEqual([
      { workspace_id: "another", n: 300 },
      { workspace_id: "default", n: 300 },
    ]);
    await byHand(
      "UPDATE read_tickets SET note_count = 77 WHERE id IN (SELECT max(id) FROM read_tickets GROUP BY workspace_id)",
    );
    expect(await operatorOf(desk).audited()).toMatchObject({ done: 600, found: 2 });
  });

  test("where a later slice of a message fails: another message brings it about, at once", async () => {
    const desk = service();
    await filled(desk, 1_000);
    await operatorOf(desk).startRebuild();
    let writes = 0;
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes(WRITES_ROWS) && ++writes === 2) throw new Error(LOST);
    };
    expect(await desk.deliver(desk.sent.splice(0))).toMatchObject({ retryMessages: [] });
    expect(desk.sent).toEqual([{ job: "rebuild", run: 1, slice: 1 }]);
    await desk.deliverSent();
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", done: 1_000 });
  });

  test("where its first slice fails: the message comes again", async () => {
    const desk = service();
    await filled(desk, 10);
    await operatorOf(desk).startRebuild();
    const [message] = desk.sent.splice(0);
    desk.hooks.before = async ([sql]) => {
      if (sql?.includes(WRITES_ROWS)) throw new Error(LOST);
    };
    expect(await desk.deliver([message])).toMatchObject({ retryMessages: [{ msgId: "message-0" }], explicitAcks: [] });
    desk.hooks.before = async () => {};
    await desk.deliver([message]);
    await desk.deliverSent();
    expect(await operatorOf(desk).rebuild()).toMatchObject({ state: "finished", failed: 0 });
  });

  test("with as many calls, however many tickets the projector refuses", async () => {
    const sound: Projection = ticketList;
    const refusing: Projection = {
      ...sound,
      project: (source: Projected) => {
        if (source.id.endsWith("0") || source.id.endsWith("5")) throw new Error("refused");
        return sound.project(source);
      },
    };
    const healthy = service();
    await filled(healthy, 1_000);
    await operatorOf(healthy).startRebuild();
    const desk = service({ projection: refusing });
    await desk.deliver(healthy.sent.splice(0));
    // One to begin, two a slice.
    expect(desk.calls.length).toBe(9);
    const { failed } = await operatorOf(desk).rebuild();
    expect(failed).toBeGreaterThan(50);
    expect(await tableSizes()).toMatchObject({ projection_backlog: failed });
  });
});

test("a queue that takes messages and delivers none: the cron does the slices itself, and lists come back", async () => {
  const desk = service();
  await filled(desk, 2_500);
  await minute(desk);
  desk.time.now += 300_000;
  await byHand(...EMPTY_ALL);
  let minutes = 0;
  for (; (await desk.get("/tickets")).status === 503; minutes++) {
    expect(minutes).toBeLessThan(10);
    desk.sent.length = 0;
    await minute(desk);
  }
  expect(minutes).toBeGreaterThan(1);
  expect(await tableSizes()).toMatchObject({ read_tickets: 2_500 });
});

describe("what must not stand still looks so", () => {
  test("a rebuild that does not move", async () => {
    const desk = service();
    await filled(desk, 10);
    await minute(desk);
    await operatorOf(desk).startRebuild();
    desk.sent.length = 0;
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => sql.includes("FULL JOIN"))) throw new Error("D1_ERROR: too long");
    };
    for (let minutes = 0; minutes < 12; minutes++) {
      await minute(desk);
      await desk.deliverSent();
    }
    expect(await codes(desk)).toContain("rebuild-stalled");
    desk.hooks.before = async () => {};
    await minute(desk);
    await desk.deliverSent();
    expect(await codes(desk)).toEqual([]);
  });

  test("an audit that never comes to its end", async () => {
    const desk = service();
    await filled(desk, 10);
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => sql.includes("FULL JOIN"))) throw new Error("D1_ERROR: too long");
    };
    for (let hours = 0; hours <= 25; hours++) {
      desk.time.now += 3_600_000;
      await desk.sweep();
      await desk.deliverSent();
    }
    expect(await codes(desk)).toEqual(["audit-late"]);
  });

  test("an audit does not count what it left out", async () => {
    const desk = service();
    await filled(desk, 10);
    await operatorOf(desk).startAudit();
    const message = desk.sent[0];
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => sql.startsWith("\nWITH ref"))) throw new Error("D1_ERROR: something unheard of");
    };
    for (let attempts = 0; attempts < 4; attempts++) await desk.deliver([message]);
    desk.hooks.before = async () => {};
    await desk.deliverSent();
    expect(await operatorOf(desk).audit()).toMatchObject({ state: "finished", done: 10, failed: 10, coverage: 0 });
  });
});

test("a ticket that ends the cron's worker does not keep the rest of the cron from its work", async () => {
  const { desk, revive } = mortal();
  await desk.create({ subject: "bad 1" });
  for (let sweeps = 0; sweeps < 6; sweeps++) {
    desk.time.now += 600_000;
    await desk.sweep();
    revive();
  }
  const before = (await operatorOf(desk).audit()).run;
  desk.time.now += 600_000;
  await desk.sweep();
  revive();
  desk.time.now += 600_000;
  await desk.sweep();
  revive();
  expect((await operatorOf(desk).audit()).run).toBeGreaterThan(before);
});

test("a clock that was ahead once raises no alarm afterwards", async () => {
  const desk = service();
  await minute(desk);
  desk.time.now += 3_600_000;
  await desk.create();
  await desk.deliverSent();
  desk.time.now -= 3_600_000;
  await minute(desk);
  await desk.deliver([{ job: "heartbeat" }]);
  expect(await codes(desk)).toEqual([]);
});
