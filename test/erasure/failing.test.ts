import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startErasure } from "../../src/erasure/erase-tickets.ts";
import { COLLECT_MS } from "../../src/erasure/search-purge.ts";
import { ERASURE_LATE_MS, PURGE_LATE_MS } from "../../src/projection/status/health.ts";
import { answered, emptyTables, service } from "../service.ts";
import { count, erase, erasesTickets, imported, minutes, ticketsOf } from "./desk.ts";
import { everything, tablesWith } from "./everything.ts";

beforeEach(emptyTables);
afterEach(heal);

/** Makes every erasure of a ticket fail, in the source or in its row. */
async function breakTicket(id: string, table: "tickets" | "read_tickets" = "tickets"): Promise<void> {
  await env.DB.exec(
    `CREATE TRIGGER broken_${id.replaceAll("-", "_")} BEFORE UPDATE ON ${table} WHEN old.id = '${id}' AND new.customer_id = '' BEGIN SELECT RAISE(ABORT, 'this ticket breaks'); END`,
  );
}

async function heal(): Promise<void> {
  const { results } = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE 'broken_%'",
  ).all<{
    name: string;
  }>();
  for (const { name } of results) await env.DB.exec(`DROP TRIGGER ${name}`);
}

/** Begins an erasure whose worker is gone before it erases anything. */
async function abandoned(desk: ReturnType<typeof service>, customer_id: string): Promise<void> {
  const statements = startErasure({ workspace_id: "default", customer_id, agent_id: null }, desk.time.now, 0);
  await env.DB.batch(statements.map(({ sql, params }) => env.DB.prepare(sql).bind(...params)));
}

const readiness = async (desk: ReturnType<typeof service>) => {
  const response = await desk.get("/health/ready");
  const { reasons } = await response.json<{ reasons: { code: string; detail: string }[] }>();
  return { status: response.status, reasons };
};

interface Figures {
  readonly erasures: { count: number; failing: number; oldest_seconds: number; purge_oldest_seconds: number };
}

const figures = async (desk: ReturnType<typeof service>) =>
  (await answered<Figures>(await desk.get("/projections"), 200)).erasures;

const logged = (desk: ReturnType<typeof service>, event: string) =>
  desk.log.filter((line) => line.event === event).map(({ fields }) => fields);

describe("a ticket that cannot be erased", () => {
  test.each(["tickets", "read_tickets"] as const)("holds up no other one of its customer: %s", async (table) => {
    const desk = service();
    await imported(desk, 300, "zqcus");
    await desk.deliverSent();
    const broken = (await ticketsOf("zqcus"))[137] ?? "";
    await breakTicket(broken, table);
    const { erased, remaining } = await erase(desk, "zqcus", 202);
    expect(erased + remaining).toBe(300);
    await minutes(desk, 2);
    expect(await ticketsOf("zqcus")).toEqual([broken]);
    // What halving costs grows with the logarithm of the slice.
    expect(desk.calls.filter(({ statements }) => erasesTickets(statements)).length).toBeLessThan(40);
    expect(logged(desk, "erasure.ticket_failed")).toContainEqual(
      expect.objectContaining({ workspace_id: "default", ticket_id: broken }),
    );
    await heal();
    await minutes(desk, 10);
    expect(await count("erasures")).toBe(0);
    expect(await ticketsOf("zqcus")).toEqual([]);
  });

  test("holds up no other customer, however many there are of its kind", async () => {
    const desk = service();
    for (let index = 0; index < 25; index++) {
      const { id } = await desk.create({ customer_id: `broken-${index}` });
      await breakTicket(id);
      await abandoned(desk, `broken-${index}`);
    }
    await desk.create({ customer_id: "zqsound" });
    await desk.create({ customer_id: "another" });
    desk.time.now += 1_000;
    await abandoned(desk, "zqsound");
    await minutes(desk, 2);
    expect(await ticketsOf("zqsound")).toEqual([]);
    expect(await count("erasures")).toBe(25);
    expect(await erase(desk, "another")).toEqual({ erased: 1, remaining: 0 });
  });

  test("does not keep the words of others in the search tables", async () => {
    const desk = service();
    await desk.create({ customer_id: "sound", subject: "zqxylophonist" });
    const { id } = await desk.create({ customer_id: "broken" });
    await desk.deliverSent();
    await breakTicket(id);
    await abandoned(desk, "broken");
    expect(await erase(desk, "sound")).toEqual({ erased: 1, remaining: 0 });
    expect(tablesWith(await everything(), "lophonist")).toContain("read_by_updated_data");
    await minutes(desk, COLLECT_MS / 60_000 + 1);
    expect(tablesWith(await everything(), "lophonist")).toEqual([]);
  });

  test("leaves the words of the customer's other tickets in no search table", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await desk.create({ customer_id: "zqcus", subject: "zqxylophonist" });
    await desk.deliverSent();
    await breakTicket(id);
    expect(await erase(desk, "zqcus", 202)).toEqual({ erased: 1, remaining: 1 });
    await minutes(desk, COLLECT_MS / 60_000 + 1);
    expect(tablesWith(await everything(), "lophonist")).toEqual([]);
  });

  test("is tried with a growing backoff, and at once when somebody asks again", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await breakTicket(id);
    await abandoned(desk, "zqcus");
    const tries = () => logged(desk, "erasure.ticket_failed").length;
    await minutes(desk, 60);
    const inTheFirstHour = tries();
    expect(inTheFirstHour).toBeGreaterThanOrEqual(4);
    expect(inTheFirstHour).toBeLessThanOrEqual(9);
    await minutes(desk, 24, 10);
    expect(tries() - inTheFirstHour).toBeGreaterThanOrEqual(3);
    expect(tries() - inTheFirstHour).toBeLessThanOrEqual(8);
    await heal();
    expect(await erase(desk, "zqcus")).toEqual({ erased: 1, remaining: 0 });
  });

  test("that ends the worker each time holds up nobody", async () => {
    const desk = service();
    await imported(desk, 9, "zqcus");
    await desk.create({ customer_id: "another" });
    const broken = (await ticketsOf("zqcus"))[0] ?? "";
    await breakTicket(broken);
    for (const customer of ["zqcus", "another"]) await abandoned(desk, customer);
    // A call that failed was the worker's last one: nobody handles its error.
    const worker = { isCalling: false, isGone: false };
    desk.hooks.before = async (statements) => {
      if (worker.isCalling) worker.isGone = true;
      if (worker.isGone) throw new Error("the worker is gone");
      worker.isCalling = erasesTickets(statements);
    };
    desk.hooks.after = async () => {
      worker.isCalling = false;
    };
    for (let pass = 0; pass < 40; pass++) {
      desk.time.now += 60_000;
      await desk.sweep();
      Object.assign(worker, { isCalling: false, isGone: false });
    }
    expect(await ticketsOf("another")).toEqual([]);
    expect(await ticketsOf("zqcus")).toEqual([broken]);
  });
});

describe("an erasure that is late", () => {
  test("is a reason of readiness, with its figures, and in the log, which never names the customer", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus@example.com" });
    await desk.deliverSent();
    await breakTicket(id);
    await erase(desk, "zqcus@example.com", 202);
    await minutes(desk, ERASURE_LATE_MS / 60_000);
    expect(await readiness(desk)).toMatchObject({ status: 200, reasons: [] });
    expect(await figures(desk)).toMatchObject({ count: 1, failing: 1, oldest_seconds: ERASURE_LATE_MS / 1000 });
    expect(logged(desk, "erasure.late")).toEqual([]);
    await minutes(desk, 1);
    expect(await readiness(desk)).toMatchObject({ status: 503, reasons: [{ code: "erasure-late" }] });
    expect(logged(desk, "erasure.late")).toEqual([
      { workspace_id: "default", erasures: 1, oldest_seconds: ERASURE_LATE_MS / 1000 + 60 },
    ]);
    const metrics = await (await desk.get("/metrics")).text();
    expect(metrics).toContain('edgedesk_reason{code="erasure-late"} 1\n');
    expect(metrics).toContain("edgedesk_erasures_open 1\n");
    expect(metrics).toContain("edgedesk_erasures_failing 1\n");
    expect(metrics).toContain(`edgedesk_erasure_oldest_seconds ${ERASURE_LATE_MS / 1000 + 60}\n`);
    expect(JSON.stringify(desk.log)).not.toContain("zqcus");
    await heal();
    await minutes(desk, 20);
    expect(await readiness(desk)).toMatchObject({ status: 200, reasons: [] });
    expect(await figures(desk)).toMatchObject({ count: 0, failing: 0, oldest_seconds: 0 });
  });

  test("is as old as its first request", async () => {
    const desk = service();
    const { id } = await desk.create({ customer_id: "zqcus" });
    await breakTicket(id);
    for (let asked = 0; asked < 3; asked++) {
      await erase(desk, "zqcus", 202);
      await minutes(desk, 6);
    }
    expect(await readiness(desk)).toMatchObject({ status: 503, reasons: [{ code: "erasure-late" }] });
  });

  test("is one whose words a search table does not let go of; the other tables do", async () => {
    const desk = service();
    await desk.create({ customer_id: "zqcus", subject: "zqxylophonist" });
    await desk.deliverSent();
    desk.hooks.before = async (statements) => {
      if (statements.some((sql) => sql.includes("INSERT INTO read_by_created (read_by_created"))) {
        throw new Error("this table cannot be merged");
      }
    };
    await erase(desk, "zqcus");
    await minutes(desk, 9, PURGE_LATE_MS / 60_000 / 9);
    expect(tablesWith(await everything(), "lophonist")).toEqual(["read_by_created_data"]);
    expect(await readiness(desk)).toMatchObject({ status: 200, reasons: [] });
    await minutes(desk, 1);
    expect(await readiness(desk)).toMatchObject({ status: 503, reasons: [{ code: "erasure-late" }] });
    expect(await figures(desk)).toMatchObject({ purge_oldest_seconds: PURGE_LATE_MS / 1000 + 60 });
    expect(logged(desk, "erasure.late")).toEqual([
      { search_table: "read_by_created", oldest_seconds: PURGE_LATE_MS / 1000 + 60 },
    ]);
    desk.hooks.before = async () => {};
    await minutes(desk, 1);
    expect(await readiness(desk)).toMatchObject({ status: 200, reasons: [] });
    expect(await count("search_purges")).toBe(0);
  });
});

test("an erasure whose database is away goes on when it is back, and the others meanwhile", async () => {
  const desk = service();
  await imported(desk, 3, "zqcus");
  await desk.create({ customer_id: "another" });
  await abandoned(desk, "zqcus");
  let lost = 0;
  desk.hooks.before = async (statements) => {
    if (!erasesTickets(statements) || (await count("tickets WHERE customer_id = 'another'")) === 0) return;
    if (lost++ < 4) throw new Error("Network connection lost.");
  };
  desk.time.now += 1_000;
  await abandoned(desk, "another");
  await minutes(desk, 1);
  expect(await ticketsOf("another")).toEqual([]);
  expect(await ticketsOf("zqcus")).toHaveLength(3);
  await minutes(desk, 2);
  expect(await ticketsOf("zqcus")).toEqual([]);
  expect(logged(desk, "erasure.failed")).toMatchObject([{ workspace_id: "default", reason: expect.anything() }]);
});

test("an erasure that is asked for again covers what was recorded until then", async () => {
  const desk = service();
  const { id } = await desk.create({ customer_id: "zqcus" });
  await breakTicket(id);
  expect(await erase(desk, "zqcus", 202)).toEqual({ erased: 0, remaining: 1 });
  const { id: second } = await desk.create({ customer_id: "zqcus" });
  await minutes(desk, 3);
  // Not yet: it was recorded after the request.
  expect(await ticketsOf("zqcus")).toEqual([id, second]);
  expect(await erase(desk, "zqcus", 202)).toEqual({ erased: 1, remaining: 1 });
  expect(await ticketsOf("zqcus")).toEqual([id]);
  await heal();
  await minutes(desk, 5);
  expect(await ticketsOf("zqcus")).toEqual([]);
});
