import { type Statement, statement } from "../db/database.ts";
import type { Cell, ReadTicket } from "../db/read.ts";
import type { Deps } from "../deps.ts";
import { type Expectation, readFresh } from "../projection/fresh-read.ts";
import { facet } from "../search/facets.ts";
import { matchOf } from "../search/match.ts";
import { placeOf, rowAt } from "../search/place.ts";
import { instant } from "./instant.ts";

/** Of which workspace, and how fresh. */
export interface StatsRequest {
  readonly workspace_id: string;
  readonly expectation: Expectation;
}

/** How many tickets, by status, and all together. */
export type Numbers = Record<ReadTicket["status"] | "total", number>;

/** A cell, and how many tickets are in it. */
type CountedCell = readonly [cell: Cell, count: number];

/** A row of the answer: a cell, or the ticket that waits longest. */
type StatsRow =
  | { readonly cell: string; readonly count: number; readonly id: null; readonly since: null }
  | { readonly cell: null; readonly count: null; readonly id: string; readonly since: number };

/**
 * The numbers of a workspace: one D1 call, answered by the nearest replica. It reads a row for each combination that tickets have in
 * what is counted, and two for the ticket that waits longest, however many tickets there are.
 *
 * @throws Refusal `not-yet-consistent`, `rebuilding`
 */
export async function ticketStats(deps: Deps, { workspace_id, expectation }: StatsRequest) {
  const { shown, stale, token, newestSeq } = await readFresh(deps, workspace_id, expectation, {
    statement: () => numbersAndOldest(workspace_id),
    filters: COUNTED,
    known: undefined,
  });
  const { rows, as_of } = shown;
  const cells = rows.flatMap(({ cell, count }): CountedCell[] => (cell === null ? [] : [[JSON.parse(cell), count]]));
  const [oldest = null] = rows.flatMap(({ id, since }) => (id === null ? [] : [{ id, since: instant(since) }]));
  const stats = { ...counted(cells), oldest_waiting: oldest, as_of: instant(as_of) };
  return { stats: stale.length > 0 ? { ...stats, stale: [...stale] } : stats, token, newestSeq };
}

/** What the rows are asked for: a newer column waits for the rebuild that fills it. */
const COUNTED = ["status", "priority", "assignee_id", "waiting_since", "first_replied_at", "facets"];

/** Who waits longest is the first entry of the search table in that order: an index for it would be a row written a change. */
function numbersAndOldest(workspaceId: string): Statement<StatsRow> {
  return statement<StatsRow>(
    `SELECT cell, count, NULL AS id, NULL AS since FROM read_cells WHERE workspace_id = ?1
     UNION ALL SELECT * FROM (SELECT NULL, NULL, row.id, row.waiting_since
       FROM read_by_waiting AS entry CROSS JOIN read_tickets AS row ON row.n = ${rowAt("entry.rowid")}
       WHERE entry.read_by_waiting MATCH ?2 AND row.workspace_id = ?1 AND entry.rowid = ${placeOf("row.waiting_since", "row.n")}
       ORDER BY entry.rowid LIMIT 1)`,
    workspaceId,
    matchOf({ facets: [facet(workspaceId, "all")] }),
  );
}

/** The sums over cells. */
export function counted(cells: readonly CountedCell[]) {
  const sumOf = (holds: (cell: Cell) => boolean) =>
    cells.reduce((sum, [cell, count]) => (holds(cell) ? sum + count : sum), 0);
  const at = (priority: ReadTicket["priority"]) => numbersOf(cells.filter(([[, its]]) => its === priority));
  const assignees = [...Map.groupBy(cells, ([[, , assignee_id]]) => assignee_id)].map(([assignee_id, those]) => ({
    assignee_id,
    ...numbersOf(those),
  }));
  return {
    by_status: numbersOf(cells),
    by_priority: { low: at("low"), normal: at("normal"), high: at("high"), urgent: at("urgent") },
    by_assignee: assignees.toSorted(nobodyFirst),
    unassigned: sumOf(([, , assignee_id]) => assignee_id === null),
    waiting: sumOf(([, , , waiting]) => waiting === 1),
    unreplied: sumOf(([, , , , unreplied]) => unreplied === 1),
  };
}

function numbersOf(cells: readonly CountedCell[]): Numbers {
  const numbers: Numbers = { open: 0, pending: 0, resolved: 0, closed: 0, total: 0 };
  for (const [[status], count] of cells) {
    numbers[status] += count;
    numbers.total += count;
  }
  return numbers;
}

interface OfAssignee {
  readonly assignee_id: string | null;
}

/** Nobody, then the agents by their ids. */
function nobodyFirst({ assignee_id: one }: OfAssignee, { assignee_id: other }: OfAssignee): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  return one < other ? -1 : Number(one > other);
}
