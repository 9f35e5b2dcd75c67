import { beforeEach, expect, test } from "vitest";
import type { Projection } from "../../src/projection/projection.ts";
import { ticketList } from "../../src/projection/ticket-list.ts";
import { emptyTables, service } from "../service.ts";
import { filled, operatorOf } from "./operator.ts";

beforeEach(emptyTables);

const TICKETS = 1_000;

/** What does not grow with the tickets: the jobs, the figures, the state. */
const BESIDES = 100;

type Rows = { readonly preview: string; readonly facets: string };

/** What rows of the projector before lack, and what a ticket then costs at the most, with the audit. */
test.each([
  ["the same: the row, its entry in one index, and a revision", (row: Rows) => row, { read: 58, written: 3 }],
  ["a field more: the row twice, and each index", (row: Rows) => ({ ...row, preview: "" }), { read: 61, written: 13 }],
  [
    "a field and its facet: its entries in the search tables, too",
    (row: Rows) => ({ ...row, preview: "", facets: row.facets.replace(/\S+\.note\.\S+ /u, "") }),
    { read: 64, written: 19 },
  ],
] as const)("a rebuild for a new projector, with its audit, shows %s", async (_, lacking, { read, written }) => {
  const list = ticketList as unknown as Projection;
  const project: Projection["project"] = (source) => lacking(list.project(source) as never) as never;
  const before = service({ projection: { ...list, project } });
  await filled(before, TICKETS);
  const next: Projection = { ...list, projector: ticketList.projector + 1 };
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
