import { type Statement, statement } from "../../platform/database.ts";
import type { Cell, ReadTicket } from "../../platform/tables/read.ts";
import { type Expectation, readFresh } from "../../projection/consistency/fresh-read.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { facetWord } from "../../search/facets.ts";
import { matchOf } from "../../search/match.ts";
import { placeOf, rowAt } from "../../search/place.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { instant } from "../instant.ts";

/** Of which workspace, how fresh, and which page of its agents. */
export interface StatsRequest {
  readonly workspace_id: string;
  readonly expectation: Expectation;
  /** Agents a page, nobody counted as one. */
  readonly limit: number;
  readonly cursor?: string | undefined;
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
 * The numbers of a workspace, with a page of those of its agents: one D1 call, answered by the nearest replica. It reads up to four rows for
 * each agent on the page, a row for each combination of the rest that is counted, and two for the ticket that waits longest, however many
 * tickets and agents there are.
 *
 * @throws Refusal `invalid-cursor`, `not-yet-consistent`, `rebuilding`
 */
export async function ticketStats(deps: Projecting, { workspace_id, expectation, limit, cursor }: StatsRequest) {
  const scope = ["stats", workspace_id];
  const seal = await deps.seal();
  const [after] = cursor === undefined ? [undefined] : decodeCursor(seal, scope, cursor, ["text"] as const);
  const { shown, stale, token, newestSeq } = await readFresh(deps, workspace_id, expectation, {
    statement: () => numbersAndOldest(workspace_id, after, limit),
    filters: COUNTED,
    known: undefined,
  });
  const { rows, as_of } = shown;
  const cells = rows.flatMap(({ cell, count }): CountedCell[] => (cell === null ? [] : [[JSON.parse(cell), count]]));
  const [oldest = null] = rows.flatMap(({ id, since }) => (id === null ? [] : [{ id, since: instant(since) }]));
  const { by_assignee, ...sums } = counted(cells);
  // What nobody has is counted on every page, and shown on the first.
  const assignees = by_assignee.filter(({ assignee_id }) => assignee_id !== null || after === undefined);
  const page = assignees.slice(0, limit);
  const last = assignees.length > limit ? page.at(-1) : undefined;
  const stats = {
    ...sums,
    by_assignee: page,
    next_cursor: last ? encodeCursor(seal, scope, [last.assignee_id ?? NOBODY]) : null,
    oldest_waiting: oldest,
    as_of: instant(as_of),
  };
  return { stats: stale.length > 0 ? { ...stats, stale: [...stale] } : stats, token, newestSeq };
}

/** What the rows are asked for: a newer column waits for the rebuild that fills it. */
const COUNTED = ["status", "priority", "assignee_id", "waiting_since", "first_replied_at", "facets"];

/** In a cursor: the page before showed no agent, only what nobody has. No agent's id is empty. */
const NOBODY = "";

/** Cells of one agent at most: one for each status. */
const CELLS_AN_AGENT = 4;

/** The cells of the page's agents: in the order of their keys, which are JSON, those of each agent follow one another. */
const OF_AGENTS = `SELECT cell, count, NULL, NULL FROM read_tallies
  WHERE workspace_id = ?1 AND cell >= '["assignee",' || ?3 AND cell < '["assignee",#' ORDER BY cell LIMIT ?4`;

/** Who waits longest is the first entry of the search table in that order: an index for it would be a row written a change. */
const OLDEST = `SELECT NULL, NULL, row.id, row.waiting_since
  FROM read_by_waiting AS entry CROSS JOIN read_tickets AS row ON row.n = ${rowAt("entry.rowid")}
  WHERE entry.read_by_waiting MATCH ?2 AND row.workspace_id = ?1 AND entry.rowid = ${placeOf("row.waiting_since", "row.n")}
  ORDER BY entry.rowid LIMIT 1`;

function numbersAndOldest(workspaceId: string, after: string | undefined, limit: number): Statement<StatsRow> {
  return statement<StatsRow>(
    `SELECT cell, count, NULL AS id, NULL AS since FROM read_tallies
       WHERE workspace_id = ?1 AND cell >= '["assignee",null,' AND cell < '["assignee",null-'
     UNION ALL SELECT cell, count, NULL, NULL FROM read_tallies
       WHERE workspace_id = ?1 AND cell >= '["priority",' AND cell < '["priority"-'
     UNION ALL SELECT * FROM (${OF_AGENTS})
     UNION ALL SELECT * FROM (${OLDEST})`,
    workspaceId,
    matchOf({ facets: [facetWord(workspaceId, "all")] }),
    // What follows an agent's cells; at the beginning, the quote of the first id.
    after === undefined || after === NOBODY ? '"' : `${JSON.stringify(after)},#`,
    // One agent more tells whether there is another page.
    CELLS_AN_AGENT * (limit + 1),
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
    by_assignee: assignees,
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
