import type { Statement } from "../../../platform/database.ts";
import type { Known } from "../../../projection/consistency/revision.ts";
import { indexed, pageByIndex } from "./by-index.ts";
import { pageBySearch } from "./by-search.ts";
import type { AfterRow, RankedRow } from "./item.ts";
import type { ListFilters, ListOrder, ListRequest } from "./request.ts";

/** How a list is answered. */
interface Plan {
  /** The columns of the read table that must be filled for it. */
  readonly columns: readonly string[];
  readonly page: (after: AfterRow | undefined, known: Known) => Statement<RankedRow>;
  /** Where the next page goes on: after this row. */
  readonly positionOf: (row: RankedRow) => AfterRow;
}

/** The column that the search tables are filled from. */
const SEARCHED = "facets";

/**
 * One filter, or none, in the order of the latest change is answered by an index, which has the rows themselves. Everything else is
 * answered by the search tables.
 *
 * @param request with canonical filters
 */
export function planOf(request: ListRequest, { by, direction }: ListOrder): Plan {
  const columns = columnsOf(request.filters);
  const conditions = by === "updated_at" ? indexed(request.filters) : undefined;
  if (conditions) {
    return {
      columns,
      page: (after, known) => pageByIndex(request, conditions, direction, after, known),
      positionOf: ({ updated_at, id }) => [0, updated_at, id],
    };
  }
  const time = by === "relevance" ? "updated_at" : by;
  const order = { by: time, direction, isRanked: by === "relevance" };
  return {
    columns: [...columns, SEARCHED],
    page: (after, known) => pageBySearch(request, order, after, known),
    positionOf: (row) => [row.rank, row[time] ?? 0, row.id],
  };
}

/** The columns that some filters look at. */
function columnsOf(filters: ListFilters): string[] {
  const others = { waiting: "waiting_since", unreplied: "first_replied_at", tag: "tags" };
  const names = new Map(Object.entries(others));
  return Object.keys(filters).map((name) => names.get(name) ?? name);
}
