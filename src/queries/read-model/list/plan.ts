import type { Statement } from "../../../platform/database.ts";
import type { Known } from "../../../projection/consistency/revision.ts";
import { pageByIndex } from "./by-index.ts";
import { pageBySearch } from "./by-search.ts";
import { columnsOf, indexConditionsOf } from "./filters.ts";
import type { AfterRow, RankedRow } from "./item.ts";
import type { ListOrder, ListRequest } from "./request.ts";

/** How to answer a list. */
interface Plan {
  /** The columns of the read table that every row must have. */
  readonly columns: readonly string[];
  readonly page: (after: AfterRow | undefined, known: Known) => Statement<RankedRow>;
  /** The position of a row, for the cursor. */
  readonly positionOf: (row: RankedRow) => AfterRow;
}

/** The column from which triggers fill the search tables. */
const SEARCHED = "facets";

/**
 * Plans a list. An index answers at most one filter in the order of `updated_at`; the search tables answer everything else.
 *
 * @param request with canonical filters
 */
export function planOf(request: ListRequest, { by, direction }: ListOrder): Plan {
  const columns = columnsOf(request.filters);
  const conditions = by === "updated_at" ? indexConditionsOf(request.filters) : undefined;
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
