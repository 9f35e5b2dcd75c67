import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { SEARCH_TABLES } from "../../src/projection/read-models/ticket-list/search-text.ts";
import { MAX_EXAMPLES } from "../../src/projection/walks/drift.ts";
import { DAMAGES } from "../oracle/damage.ts";
import { emptyTables, service, tableSizes } from "../service.ts";
import { byHand, filled, operatorOf, readModel } from "./operator.ts";
import { poisoned } from "./poison.ts";

beforeEach(emptyTables);

/** More than two slices. */
const TICKETS = 600;

/** Ids of tickets, in their order. */
async function idsOf(...places: number[]): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT id FROM tickets ORDER BY id").all<{ id: string }>();
  return places.map((place) => results.at(place)?.id ?? "");
}

describe("an audit", () => {
  // In the first slice, at its end, in the last one.
  const cases = DAMAGES.map((damage, index) => ({ ...damage, place: [0, 249, -1][index % 3] ?? 0 }));

  test.each(cases)("finds and mends: $name", async ({ name, kind, statements, detail, place }) => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    const { read_tallies: counters = 0 } = await tableSizes();
    const found = name === "all counters deleted" ? counters : 1;
    const before = await readModel();
    const [id = ""] = await idsOf(place);
    await byHand(...statements(id, "default"));
    expect(await readModel()).not.toBe(before);

    const report = await operator.audited();
    expect(report).toMatchObject({ state: "finished", done: TICKETS, found, kinds: [{ kind, found, healed: found }] });
    expect(report.examples).toHaveLength(Math.min(found, MAX_EXAMPLES));
    for (const example of report.examples) {
      expect(example).toMatchObject({ kind, detail: expect.stringMatching(detail), healed_at: expect.any(String) });
    }
    expect(await readModel()).toBe(before);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });

    expect(await operator.audited()).toMatchObject({ found: 0, kinds: [{ kind, found, healed: found }] });
  });

  test("finds all of it at once, at either end of a slice, and counts each", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, TICKETS);
    const before = await readModel();
    const ids = await idsOf(0, 1, 2, 3, 4, 248, 249, 250, 251, 499, 500, 501, 597, 598, 599);
    const damages = DAMAGES.filter(({ name }) => name !== "all counters deleted");
    await byHand(...damages.flatMap(({ statements }, index) => statements(ids[index] ?? "", "default")));
    expect(await operator.audited()).toMatchObject({ found: damages.length });
    expect(await readModel()).toBe(before);
  });

  test.each(SEARCH_TABLES.map(({ name }) => name))(
    "looks at every search table: an entry missing in %s",
    async (table) => {
      const desk = service();
      const operator = operatorOf(desk);
      await filled(desk, 20);
      const before = await readModel();
      const waiting = env.DB.prepare("SELECT id FROM read_tickets WHERE waiting_since IS NOT NULL");
      const id = await waiting.first<string>("id");
      await byHand(`DELETE FROM ${table} WHERE rowid & 4194303 = (SELECT n FROM read_tickets WHERE id = '${id}')`);
      const { kinds, examples } = await operator.audited();
      expect(kinds).toEqual([{ kind: "search", found: 1, healed: 1 }]);
      expect(examples).toEqual([expect.objectContaining({ ticket_id: id, detail: table })]);
      expect(await readModel()).toBe(before);
    },
  );

  test("calls what is in the backlog merely late, and what is right right", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 20);
    const [id = ""] = await idsOf(3);
    await desk.create();
    await desk.command(id, "notes", { note: "n" });
    desk.sent.length = 0;
    expect(await operator.audited()).toMatchObject({ state: "finished", found: 0, kinds: [], examples: [] });
  });

  test("finds a change whose entry in the backlog has vanished", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 3);
    const [id = ""] = await idsOf(1);
    await desk.command(id, "notes", { note: "n" });
    const created = await desk.create();
    desk.sent.length = 0;
    await byHand("DELETE FROM projection_backlog");
    expect((await operator.audited()).kinds).toEqual([
      { kind: "behind", found: 1, healed: 1 },
      { kind: "missing", found: 1, healed: 1 },
    ]);
    const { items } = await desk.list("?limit=100");
    expect(items).toHaveLength(4);
    expect(items).toContainEqual(expect.objectContaining({ id: created.id }));
  });

  test("mends what it finds once, though its message comes twice", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 30);
    const [id = ""] = await idsOf(5);
    await byHand(`UPDATE read_tickets SET subject = 'forged' WHERE id = '${id}'`);
    await operator.startAudit();
    const messages = desk.sent.splice(0);
    await Promise.all([desk.deliver(messages), desk.deliver(messages)]);
    await desk.deliverSent();
    expect(await operator.audit()).toMatchObject({ state: "finished", found: 1, kinds: [{ found: 1, healed: 1 }] });
  });

  test("never tells what a ticket says", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    const { id } = await desk.create({
      subject: "canary-subject",
      message: "canary-message",
      customer_id: "canary-cus",
    });
    await desk.deliverSent();
    await byHand(`UPDATE read_tickets SET subject = 'canary-forged', preview = '' WHERE id = '${id}'`);
    expect((await operator.audited()).found).toBe(1);
    const { results } = await env.DB.prepare("SELECT * FROM projection_drift").all();
    expect(results).toHaveLength(1);
    const told = [JSON.stringify(results), JSON.stringify(await operator.audit()), JSON.stringify(desk.log)];
    for (const text of told) expect(text).not.toContain("canary");
  });

  test("keeps the last hundred examples, and counts the rest", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 150);
    await byHand("UPDATE read_tickets SET note_count = 77");
    const report = await operator.audited();
    expect(report.kinds).toEqual([{ kind: "changed", found: 150, healed: 150 }]);
    expect(report.examples).toHaveLength(100);
  });

  test("leaves what it cannot mend to the backlog, and calls it healed when it is", async () => {
    const { desk, state } = poisoned();
    const operator = operatorOf(desk);
    state.healed = true;
    await filled(desk, 5);
    const { id } = await desk.create({ subject: "bad 1" });
    await desk.deliverSent();
    await byHand(
      "CREATE TRIGGER refuse BEFORE INSERT ON read_tickets WHEN new.id = '" +
        `${id}' BEGIN SELECT raise(ABORT, 'this row cannot be written'); END`,
      `DELETE FROM read_tickets WHERE id = '${id}'`,
    );
    expect((await operator.audited()).kinds).toEqual([{ kind: "missing", found: 1, healed: 0 }]);
    expect(await tableSizes()).toMatchObject({ projection_backlog: 1 });
    await byHand("DROP TRIGGER refuse");
    desk.time.now += 600_000;
    await desk.sweep();
    await desk.deliverSent();
    await desk.sweep();
    const { kinds, examples } = await operator.audit();
    expect(kinds).toEqual([{ kind: "missing", found: 1, healed: 1 }]);
    expect(examples).toMatchObject([{ ticket_id: id, healed_at: expect.any(String) }]);
  });

  test("puts a row into the backlog that the projector does not take any more", async () => {
    const { desk, state } = poisoned();
    state.healed = true;
    const { id } = await desk.create({ subject: "bad 1" });
    await desk.deliverSent();
    state.healed = false;
    expect(await operatorOf(desk).audited()).toMatchObject({ state: "finished", found: 0 });
    const waiting = await env.DB.prepare("SELECT ticket_id FROM projection_backlog").first("ticket_id");
    expect(waiting).toBe(id);
    expect((await desk.list()).items).toMatchObject([{ id }]);
  });
});

test("a finished audit tells of what it compared, not of tickets that came since", async () => {
  const desk = service();
  const operator = operatorOf(desk);
  await filled(desk, 3);
  await operator.audited();
  await desk.create();
  expect(await operator.audit()).toMatchObject({ state: "finished", done: 3, total: 3, coverage: 1 });
});

describe("the cron's audit", () => {
  const minute = async (desk: ReturnType<typeof service>) => {
    desk.time.now += 60_000;
    await desk.sweep();
    await desk.deliverSent();
  };

  test("covers everything, a part a minute, and begins anew", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 25);
    const coverages: number[] = [];
    for (let minutes = 0; minutes < 3; minutes++) {
      await minute(desk);
      coverages.push((await operator.audit()).coverage);
    }
    expect(coverages).toEqual([10 / 25, 20 / 25, 1]);
    expect(await operator.audit()).toMatchObject({ state: "finished", run: 1, finished_at: expect.any(String) });
    await byHand("UPDATE read_tickets SET note_count = 77 WHERE id = (SELECT max(id) FROM read_tickets)");
    for (let minutes = 0; minutes < 3; minutes++) await minute(desk);
    expect(await operator.audit()).toMatchObject({ run: 2, found: 1 });
  });

  test("is fast enough for a million tickets a day", async () => {
    const desk = service();
    await filled(desk, 1_500);
    // As many passes a day as there are minutes; the pass grows with the number of tickets.
    await byHand("UPDATE db_clock SET tickets = 1000000");
    await minute(desk);
    const { done } = await operatorOf(desk).audit();
    expect(done).toBeGreaterThanOrEqual(1_000_000 / (24 * 60));
  });

  test("waits while rows are missing or a rebuild writes them, and finds no drift in that", async () => {
    const desk = service();
    const operator = operatorOf(desk);
    await filled(desk, 300);
    await byHand("DELETE FROM read_tickets");
    desk.time.now += 60_000;
    await desk.sweep();
    await operator.startAudit();
    await desk.deliver(desk.sent.splice(0));
    await desk.sweep();
    await desk.deliverSent();
    expect(await operator.rebuild()).toMatchObject({ state: "finished", drift_found: 0 });
    expect(await operator.audit()).toMatchObject({ state: "finished", found: 0, kinds: [] });
  });
});
