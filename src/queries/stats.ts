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
 * The numbers of a workspace: one D1 call, answered by the nearest replica. It reads four rows for each agent who has tickets, a row for
 * each combination of the rest that is counted, and two for the ticket that waits longest, however many tickets there are.
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
    `SELECT cell, count, NULL AS id, NULL AS since FROM read_tallies WHERE workspace_id = ?1
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
  const byAssignee: ByStatus<string | null>[] = [];
  const byPriority: ByStatus<ReadTicket["priority"]>[] = [];
  const sums = { unassigned: 0, waiting: 0, unreplied: 0 };
  for (const [cell, count] of cells) {
    if (cell[0] === "assignee") {
      const [, of, status] = cell;
      byAssignee.push({ of, status, count });
      if (of === null) sums.unassigned += count;
    } else if (cell[0] === "priority") {
      const [, of, status, waiting, unreplied] = cell;
      byPriority.push({ of, status, count });
      sums.waiting += waiting * count;
      sums.unreplied += unreplied * count;
    }
  }
  const at = (priority: ReadTicket["priority"]) => numbersOf(byPriority.filter(({ of }) => of === priority));
  const assignees = [...Map.groupBy(byAssignee, ({ of }) => of)].map(([assignee_id, those]) => ({
    assignee_id,
    ...numbersOf(those),
  }));
  return {
    by_status: numbersOf(byPriority),
    by_priority: { low: at("low"), normal: at("normal"), high: at("high"), urgent: at("urgent") },
    by_assignee: assignees.toSorted(nobodyFirst),
    ...sums,
  };
}

/** How many tickets of somebody, or of something, have a status. */
interface ByStatus<Of> {
  readonly of: Of;
  readonly status: ReadTicket["status"];
  readonly count: number;
}

function numbersOf(cells: readonly ByStatus<unknown>[]): Numbers {
  const numbers: Numbers = { open: 0, pending: 0, resolved: 0, closed: 0, total: 0 };
  for (const { status, count } of cells) {
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
