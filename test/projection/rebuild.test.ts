import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Projected, Projection } from "../../src/projection/core/projection.ts";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { refused } from "../http/problem.ts";
import { EMPTY_ALL } from "../oracle/damage.ts";
import { emptyTables, service, tableSizes } from "../service.ts";
import { byHand, filled, operatorOf, readModel } from "./operator.ts";
import { poisoned } from "./poison.ts";

beforeEach(emptyTables);

/** More than one slice, and more than one message. */
const TICKETS = 1_300;

describe("a read model that was emptied", () => {
  test("lists answer 503 from that moment on; a rebuild brings back every byte, and an audit proves it", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    const before = await readModel();
    await byHand(...EMPTY_ALL);

    const refused = await desk.get("/tickets");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("Retry-After")).toBe("5");
    expect(await refused.json()).toMatchObject({ type: "/problems/rebuilding" });
    const latest = await desk.fetch("/tickets", {
      headers: { Authorization: "Bearer test-root-key", "Consistency-Token": "latest" },
    });
    expect(latest.status).toBe(503);

    expect(await operator.startRebuild()).toMatchObject({
      state: "running",
      run: 1,
      done: 0,
      total: TICKETS,
      lists: "waiting",
    });
    while (desk.sent.length > 0) {
      await desk.deliver(desk.sent.splice(0, 1));
      const { state, lists } = await operator.rebuild();
      expect((await desk.get("/tickets")).status).toBe(lists === "served" ? 200 : 503);
      expect(lists === "served").toBe(state !== "running");
    }
    expect(await operator.rebuild()).toMatchObject({
      state: "finished",
      done: TICKETS,
      total: TICKETS,
      failed: 0,
      drift_found: 0,
    });
    expect(await readModel()).toBe(before);
    expect(await operator.audit()).toMatchObject({ state: "finished", done: TICKETS, coverage: 1, found: 0 });
  });

  test("what is written while it runs is there at the end, too", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 600);
    await byHand(...EMPTY_ALL);
    const first = await desk.create({ subject: "before the start" });
    await operator.startRebuild();
    const second = await desk.create({ subject: "at the start" });
    await desk.command(second.id, "notes", { note: "n" });
    await desk.deliverSent();
    expect(await operator.rebuild()).toMatchObject({ state: "finished", drift_found: 0, total: 602 });
    const { items } = await desk.list("?limit=2");
    expect(items.map(({ id, version }) => [id, version])).toEqual([
      [second.id, 2],
      [first.id, 1],
    ]);
    expect(await tableSizes()).toMatchObject({ read_tickets: 602, projection_backlog: 0 });
  });

  test("the cron notices by itself, also where only the rows are gone, and rebuilds", async () => {
    const desk = service();
    await filled(desk, 30);
    const before = await readModel();
    for (const damage of [EMPTY_ALL, ["DELETE FROM read_tickets"], ["DELETE FROM read_state"]]) {
      await byHand(...damage);
      desk.time.now += 60_000;
      await desk.sweep();
      expect((await desk.get("/tickets")).status).toBe(damage.includes("DELETE FROM read_tickets") ? 503 : 200);
      await desk.deliverSent();
      expect(await readModel()).toBe(before);
      expect((await desk.list("?limit=100")).items).toHaveLength(30);
    }
  });

  test("a counter that tells of too few rows makes no list wait", async () => {
    const desk = service();
    await filled(desk, 30);
    const before = await readModel();
    await byHand("UPDATE db_clock SET read_rows = read_rows - 1");
    await minute(desk);
    expect((await desk.list("?limit=100")).items).toHaveLength(30);
    await desk.deliverSent();
    expect(await readModel()).toBe(before);
    desk.sent.length = 0;
    await minute(desk);
    expect(desk.sent).toEqual([]);
  });

  test("cancelled while rows are missing: lists wait, and it is not started again by itself", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 600);
    await byHand(...EMPTY_ALL);
    await operator.startRebuild();
    await operator.cancelRebuild();
    for (let minutes = 0; minutes < 3; minutes++) {
      await desk.deliverSent();
      await minute(desk);
    }
    expect((await desk.get("/tickets")).status).toBe(503);
    expect(await operator.rebuild()).toMatchObject({ state: "cancelled", lists: "waiting" });
    expect((await operator.ready()).reasons).toContainEqual(expect.objectContaining({ code: "lists-waiting" }));
    await operator.startRebuild();
    await desk.deliverSent();
    expect((await desk.list("?limit=100")).items).toHaveLength(100);
  });

  test("emptied once more while it runs: it begins anew, and lists wait on", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    const before = await readModel();
    await byHand(...EMPTY_ALL);
    await operator.startRebuild();
    await desk.deliver(desk.sent.splice(0, 1));
    expect((await operator.rebuild()).done).toBeGreaterThan(0);
    await byHand(...EMPTY_ALL);
    while (desk.sent.length > 0) {
      await desk.deliver(desk.sent.splice(0, 1));
      const { items } = { items: [], ...(await (await desk.get("/tickets?limit=100")).json<object>()) };
      // Whole, or refused.
      expect([0, 100]).toContain(items.length);
    }
    expect(await operator.rebuild()).toMatchObject({ state: "finished", drift_found: 0 });
    expect(await readModel()).toBe(before);
  });
});

describe("a rebuild over rows that are there", () => {
  test("writes no row where nothing differs, and lists are served all the while", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 300);
    const [items, before] = [(await desk.list("?limit=100")).items, await readModel()];
    expect(await operator.startRebuild()).toMatchObject({ lists: "served" });
    while (desk.sent.length > 0) {
      await desk.deliver(desk.sent.splice(0, 1));
      expect((await desk.list("?limit=100")).items).toEqual(items);
    }
    expect(await readModel()).toBe(before);
    expect(desk.calls.flatMap(({ statements }) => statements).some((sql) => /DELETE FROM read_tickets/.test(sql))).toBe(
      false,
    );
  });

  test("started twice is one; cancelled it stops where it is; started again it begins anew", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    expect(await operator.startRebuild()).toMatchObject({ state: "running", run: 1 });
    expect(await operator.startRebuild()).toMatchObject({ state: "running", run: 1 });
    await desk.deliver(desk.sent.splice(0, 1));
    const { done } = await operator.rebuild();
    expect(await operator.cancelRebuild()).toMatchObject({ state: "cancelled", done });
    await desk.deliverSent();
    expect(await operator.rebuild()).toMatchObject({ state: "cancelled", done, drift_found: null });
    expect(await operator.cancelRebuild()).toMatchObject({ state: "cancelled" });
    expect(await operator.startRebuild()).toMatchObject({ state: "running", run: 2, done: 0 });
    await desk.deliverSent();
    expect(await operator.rebuild()).toMatchObject({ state: "finished", run: 2, done: TICKETS });
  });

  test("doubled, late and foreign messages take no slice twice, and none is left out", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    await byHand(...EMPTY_ALL);
    await operator.startRebuild();
    const seen: unknown[] = [];
    while (desk.sent.length > 0) {
      const next = desk.sent.splice(0, 1);
      seen.push(...next);
      await Promise.all([desk.deliver(next), desk.deliver(next)]);
      await desk.deliver(seen);
    }
    await desk.deliver([{ job: "rebuild", run: 7, slice: 0 }]);
    expect(await operator.rebuild()).toMatchObject({ state: "finished", done: TICKETS, total: TICKETS });
    expect(await tableSizes()).toMatchObject({ read_tickets: TICKETS });
  });

  test("all messages lost: the cron takes it up, with the queue or without", async () => {
    for (const queue of ["lost", "down"] as const) {
      await emptyTables();
      const down = { sendBatch: () => Promise.reject(new Error("Queue is overloaded")) };
      const desk = service(queue === "down" ? { queue: down } : {});
      const operator = operatorOf(desk);
      await filled(desk, TICKETS);
      if (queue === "down") for (let minutes = 0; minutes < 12; minutes++) await minute(desk);
      await byHand(...EMPTY_ALL);
      await operator.startRebuild();
      let minutes = 0;
      for (; (await operator.rebuild()).state === "running"; minutes++) {
        desk.sent.length = 0;
        await minute(desk);
        if (queue === "lost") await desk.deliver(desk.sent.splice(0, 1));
        expect(minutes).toBeLessThan(10);
      }
      expect(minutes).toBeGreaterThan(1);
      expect(await tableSizes()).toMatchObject({ read_tickets: TICKETS });
    }
  });
});

async function minute(desk: ReturnType<typeof service>): Promise<void> {
  desk.time.now += 61_000;
  await desk.sweep();
}

describe("tickets that cannot be projected", () => {
  test("go to the backlog and are parked; the rest is rebuilt, and lists are served", async () => {
    const { desk, state } = poisoned();
    const operator = operatorOf(desk);
    state.healed = true;
    await filled(desk, 40);
    const bad = await desk.create({ subject: "bad 1" });
    await desk.deliverSent();
    state.healed = false;
    await byHand(...EMPTY_ALL);
    await operator.startRebuild();
    await desk.deliver(desk.sent.splice(0, 1));
    expect(await operator.rebuild()).toMatchObject({ state: "verifying", done: 41, failed: 1, lists: "served" });
    await desk.deliverSent();
    expect(await operator.rebuild()).toMatchObject({ state: "finished", drift_found: 0 });
    const { items, as_of } = await desk.list("?limit=100");
    expect(items).toHaveLength(40);
    const row = await env.DB.prepare("SELECT created_at FROM tickets WHERE id = ?").bind(bad.id).first();
    expect(Date.parse(as_of)).toBe(row?.["created_at"]);
  });

  test("a slice that ends its worker three times is left to the backlog, and the rebuild goes on", async () => {
    const sound: Projection = ticketList;
    let dead = false;
    const project = (source: Projected) => {
      if ("subject" in source && source.subject === "deadly") {
        dead = true;
        throw new Error("out of memory");
      }
      return sound.project(source);
    };
    const healthy = service();
    await filled(healthy, 20);
    const deadly = await healthy.create({ subject: "deadly" });
    await healthy.deliverSent();
    await byHand(...EMPTY_ALL);
    await operatorOf(healthy).startRebuild();

    const desk = service({ projection: { ...sound, project } });
    desk.time.now = healthy.time.now;
    // What still runs in a dead worker has no effect.
    desk.hooks.before = async () => {
      if (dead) throw new Error("the worker is gone");
    };
    let deaths = 0;
    const message = healthy.sent.splice(0)[0];
    for (; deaths < 10; deaths++) {
      await desk.deliver([message]);
      if (!dead) break;
      dead = false;
    }
    expect(deaths).toBe(3);
    desk.hooks.before = async () => {};
    await operatorOf(healthy).rebuild();
    expect(await operatorOf(healthy).rebuild()).toMatchObject({ state: "verifying", failed: 21, lists: "served" });
    healthy.time.now += 61_000;
    await healthy.sweep();
    await healthy.deliverSent();
    expect((await healthy.list("?limit=100")).items.map(({ id }) => id)).toContain(deadly.id);
    expect(await tableSizes()).toMatchObject({ read_tickets: 21, projection_backlog: 0 });
  });
});

describe("a new projector", () => {
  const old: Projection = {
    ...(ticketList as Projection),
    // It did not know notes.
    project: (source) => ({ ...(ticketList as Projection).project(source), has_note: 0 }),
  };
  const projector = ticketList.projector + 1;
  const next: Projection = { ...(ticketList as Projection), projector, since: { has_note: projector } };

  test("rebuilds by itself; a list by the new column waits for that, all others are served", async () => {
    const before = service({ projection: old });
    await filled(before, 500);
    const { id } = await before.create();
    await before.command(id, "notes", { note: "n" });
    await before.deliverSent();
    expect((await before.list("?has_note=true")).items).toEqual([]);

    const after = service({ projection: next });
    after.time.now = before.time.now + 60_000;
    await after.sweep();
    expect(await operatorOf(after).rebuild()).toMatchObject({ state: "running", projector, lists: "served" });
    while (after.sent.length > 0) {
      const response = await after.get("/tickets?has_note=true&limit=100");
      const outdated = await env.DB.prepare("SELECT count(*) AS n FROM read_tickets WHERE projector < ?")
        .bind(projector)
        .first("n");
      expect(response.status).toBe(outdated === 0 ? 200 : 503);
      expect((await after.list("?limit=100&status=open")).items.length).toBeGreaterThan(20);
      await after.deliver(after.sent.splice(0, 1));
    }
    expect((await after.list("?has_note=true&limit=100")).items.map((item) => item.id)).toContain(id);
    expect(await operatorOf(after).rebuild()).toMatchObject({ state: "finished", drift_found: 0 });
    // Once is enough.
    await minute(after);
    expect(after.sent).toEqual([]);
  });

  test("what a consumer of the old deployment still writes is done again by the cron, without an alarm", async () => {
    const before = service({ projection: old });
    await filled(before, 5);
    const after = service({ projection: next });
    await after.sweep();
    await after.deliverSent();
    const { id } = await after.create();
    await after.command(id, "notes", { note: "n" });
    // The old consumer is faster.
    await before.deliver(after.sent.splice(0));
    expect((await after.get("/tickets?has_note=true")).status).toBe(503);
    expect((await after.list("?limit=1")).items).toMatchObject([{ id, has_note: false }]);
    await before.sweep();
    await minute(after);
    await minute(after);
    await after.deliverSent();
    expect((await after.list("?has_note=true")).items.map((item) => item.id)).toContain(id);
    expect(await operatorOf(after).audit()).toMatchObject({ kinds: [] });
  });

  test("a cancelled rebuild leaves old rows as they are; audits go on, also one that the old deployment began", async () => {
    const before = service({ projection: old });
    await filled(before, 5);
    await operatorOf(before).startAudit();
    before.sent.length = 0;
    const after = service({ projection: next });
    await after.sweep();
    after.sent.length = 0;
    expect(await operatorOf(after).cancelRebuild()).toMatchObject({ state: "cancelled", projector });
    for (let minutes = 0; minutes < 3; minutes++) {
      await minute(after);
      await after.deliverSent();
    }
    expect(await operatorOf(after).audit()).toMatchObject({ finished_at: expect.any(String), coverage: 1, kinds: [] });
    const newest = await env.DB.prepare("SELECT max(projector) AS newest FROM read_tickets").first("newest");
    expect(newest).toBe(old.projector);
    expect((await after.get("/tickets?has_note=true")).status).toBe(503);
  });

  test("the first row that it writes tells the database of it: the cron only has to go on", async () => {
    const before = service({ projection: old });
    await filled(before, 5);
    const after = service({ projection: next });
    await after.create();
    await after.deliverSent();
    expect(await operatorOf(before).rebuild()).toMatchObject({ state: "running", projector, done: 0 });
    await minute(after);
    await after.deliverSent();
    expect(await operatorOf(after).rebuild()).toMatchObject({ state: "finished", done: 6 });
  });

  test("an old deployment neither rebuilds nor audits what a newer one has written", async () => {
    const after = service({ projection: next });
    await filled(after, 5);
    await after.sweep();
    await after.deliverSent();
    const written = await readModel();
    const before = service({ projection: old });
    for (const job of ["rebuild", "audit"]) {
      await refused(before.post(`/projections/${job}`, ""), 409, "newer-deployment");
    }
    expect(await operatorOf(before).rebuild()).toMatchObject({ run: 1, projector, state: "finished" });
    await before.deliverSent();
    for (let minutes = 0; minutes < 3; minutes++) await minute(before);
    expect(await readModel()).toBe(written);
    expect(await operatorOf(after).audit()).toMatchObject({ kinds: [] });
  });

  test("an old deployment that is all there is, after a roll-back, calls no consumer silent", async () => {
    const after = service({ projection: next });
    await filled(after, 5);
    await after.sweep();
    await after.deliverSent();
    const before = service({ projection: old });
    before.time.now = after.time.now;
    for (let minutes = 0; minutes < 30; minutes++) {
      await minute(before);
      await before.deliverSent();
    }
    expect((await operatorOf(before).ready()).reasons).toEqual([]);
  });
});
