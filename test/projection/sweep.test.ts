import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { emptyTables, service, tableSizes, WRITES_ROWS } from "../service.ts";

beforeEach(emptyTables);

const unreachable = { sendBatch: () => Promise.reject(new Error("Queue is overloaded")) };

test("a queue that takes nothing leaves nothing stale after one sweep", async () => {
  const desk = service({ queue: unreachable });
  const { id } = await desk.create();
  await desk.command(id, "notes", { note: "Look at the log" });
  expect((await desk.list()).items).toEqual([]);

  desk.time.now += 60_000;
  await desk.sweep();

  expect((await desk.list("?has_note=true")).items).toMatchObject([{ id, version: 2 }]);
  expect(await tableSizes()).toMatchObject({ projection_backlog: 0 });
});

test("a lost message leaves nothing stale after one sweep", async () => {
  const desk = service();
  const { id } = await desk.create();
  desk.sent.length = 0;

  desk.time.now += 60_000;
  await desk.sweep();
  await desk.deliverSent();

  expect((await desk.list()).items.map((item) => item.id)).toContain(id);
});

test("a sweep that projects counts failures of tickets, and neither successes nor a database that is away", async () => {
  const failures = () => env.DB.prepare("SELECT failures FROM projection_figures").first("failures");
  const attempts = () => env.DB.prepare("SELECT sum(attempts) AS n FROM projection_backlog").first("n");
  const desk = service({ queue: unreachable });
  for (let tickets = 0; tickets < 3; tickets++) await desk.create();
  desk.hooks.before = async (statements) => {
    if (statements.some((sql) => sql.includes(WRITES_ROWS))) throw new Error("D1_ERROR: Network connection lost.");
  };
  desk.time.now += 60_000;
  await desk.sweep();
  expect([await failures(), await attempts()]).toEqual([0, 0]);
  desk.hooks.before = async () => {};
  desk.time.now += 3_600_000;
  await desk.sweep();
  expect([await failures(), await tableSizes()]).toMatchObject([0, { projection_backlog: 0, read_tickets: 3 }]);
  expect(desk.log.filter(({ event }) => event === "projection.failed")).toEqual([]);
});

test("a failure that the database does not take is logged, and the ticket keeps its turn", async () => {
  const project = () => {
    throw new Error("bad");
  };
  const desk = service({ queue: unreachable, projection: { ...ticketList, project } });
  await desk.create();
  desk.hooks.before = async (statements) => {
    if (statements.some((sql) => sql.includes("SET failures = failures"))) throw new Error("D1_ERROR: disk I/O error");
  };
  desk.time.now += 60_000;
  await desk.sweep();
  const fields = { tickets: 1, reason: expect.stringContaining("disk I/O error") };
  expect(desk.log).toContainEqual({ level: "error", event: "projection.overdue_failed", fields });
  expect(await tableSizes()).toMatchObject({ projection_backlog: 1 });
});
