import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import type { Projection } from "../../src/projection/projection.ts";
import { ticketList } from "../../src/projection/ticket-list.ts";
import { emptyTables, service } from "../service.ts";
import { filled, operatorOf } from "./operator.ts";

beforeEach(emptyTables);

const TICKETS = 1_000;

/** What does not grow with the tickets: the jobs, the figures, the state. */
const BESIDES = 100;

test("a rebuild for a new projector, with its audit, reads 28 rows a ticket and writes the row, its index entries and a revision", async () => {
  const before = service();
  await filled(before, TICKETS);
  const next: Projection = { ...(ticketList as Projection), projector: ticketList.projector + 1 };
  const after = service({ projection: next });
  after.time.now = before.time.now;
  await after.sweep();
  await after.deliverSent();
  expect(await operatorOf(after).rebuild()).toMatchObject({ state: "finished", done: TICKETS, drift_found: 0 });

  const { results: indexes } = await env.DB.prepare("SELECT name FROM pragma_index_list('read_tickets')").all();
  // The key is the table itself: it is WITHOUT ROWID.
  const entries = indexes.filter(({ name }) => !`${name}`.startsWith("sqlite_")).length;
  expect(total(after.calls, "rows_written")).toBeLessThanOrEqual(TICKETS * (2 + entries) + BESIDES);
  expect(total(after.calls, "rows_read")).toBeLessThanOrEqual(TICKETS * 28 + BESIDES);
});

function total(calls: ReturnType<typeof service>["calls"], what: "rows_read" | "rows_written"): number {
  return calls.reduce((sum, call) => sum + call[what], 0);
}
