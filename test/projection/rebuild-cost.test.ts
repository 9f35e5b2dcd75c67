import { beforeEach, expect, test } from "vitest";
import type { Projection } from "../../src/projection/core/projection.ts";
import { type TicketSource, ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";
import { emptyTables, service } from "../service.ts";
import { filled, operatorOf } from "./operator.ts";

beforeEach(emptyTables);

const TICKETS = 1_000;

/** What does not grow with the tickets: the jobs, the figures, the state. */
const BESIDES = 100;

type Row = ReturnType<typeof ticketList.project>;

/** What rows of the projector before lack, and what a ticket then costs at the most, with the audit. */
test.each([
  ["the same: the row, its entry in one index, and a revision", (row: Row) => row, { read: 73, written: 3 }],
  ["a field more: the row twice, and each index", (row: Row) => ({ ...row, preview: "" }), { read: 77, written: 13 }],
  [
    "a field and its facet: its entries in the search tables, too",
    (row: Row) => ({ ...row, preview: "", facets: row.facets?.replace(/\S+\.note\.\S+ /u, "") ?? null }),
    { read: 77, written: 16 },
  ],
] as const)("a rebuild for a new projector, with its audit, shows %s", async (_, lacking, { read, written }) => {
  const lesser = { ...ticketList, project: (source: TicketSource) => lacking(ticketList.project(source)) };
  const before = service({ projection: lesser as Projection });
  await filled(before, TICKETS);
  const next: Projection = { ...(ticketList as Projection), projector: ticketList.projector + 1 };
  const after = service({ projection: next });
  after.time.now = before.time.now;
  await after.sweep();
  await after.deliverSent();
  expect(await operatorOf(after).rebuild()).toMatchObject({ state: "finished", done: TICKETS, drift_found: 0 });

  const rows = { read: total(after.calls, "rows_read"), written: total(after.calls, "rows_written") };
  expect(rows.read).toBeLessThanOrEqual(TICKETS * read + 2 * BESIDES);
  expect(rows.written).toBeLessThanOrEqual(TICKETS * written + BESIDES);
  // Not less, either: docs/add-a-derived-field.md tells what it costs.
  expect(rows.read).toBeGreaterThan(TICKETS * (read - 1));
  expect(rows.written).toBeGreaterThan(TICKETS * (written - 1));
});

function total(calls: ReturnType<typeof service>["calls"], what: "rows_read" | "rows_written"): number {
  return calls.reduce((sum, call) => sum + call[what], 0);
}
