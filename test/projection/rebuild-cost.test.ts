import { beforeEach, expect, test } from "vitest";
import type { Projection } from "../../src/projection/projection.ts";
import { ticketList } from "../../src/projection/ticket-list.ts";
import { emptyTables, service } from "../service.ts";
import { filled, operatorOf } from "./operator.ts";

beforeEach(emptyTables);

const TICKETS = 1_000;

/** What does not grow with the tickets: the jobs, the figures, the state. */
const BESIDES = 100;

test("a rebuild for a new projector that shows the same, with its audit, reads 58 rows a ticket; it writes the row, its entry in one index, and a revision", async () => {
  const before = service();
  await filled(before, TICKETS);
  const next: Projection = { ...(ticketList as Projection), projector: ticketList.projector + 1 };
  const after = service({ projection: next });
  after.time.now = before.time.now;
  await after.sweep();
  await after.deliverSent();
  expect(await operatorOf(after).rebuild()).toMatchObject({ state: "finished", done: TICKETS, drift_found: 0 });

  expect(total(after.calls, "rows_written")).toBeLessThanOrEqual(TICKETS * 3 + BESIDES);
  expect(total(after.calls, "rows_read")).toBeLessThanOrEqual(TICKETS * 58 + BESIDES);
});

function total(calls: ReturnType<typeof service>["calls"], what: "rows_read" | "rows_written"): number {
  return calls.reduce((sum, call) => sum + call[what], 0);
}
