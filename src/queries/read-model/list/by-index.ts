import { type Statement, statement } from "../../../platform/database.ts";
import { Parameters } from "../../../platform/parameters.ts";
import { type Known, limitUnlessKnown } from "../../../projection/consistency/revision.ts";
import type { Condition, ListFilters } from "./filters.ts";
import { type AfterRow, COLUMNS, type RankedRow } from "./item.ts";
import type { Direction, ListRequest } from "./request.ts";

type Bind = Parameters["bind"];

/**
 * Selects a page in the order of `updated_at` from an index in that order. SQLite merges the branches in order; with `IN (…)`, it would
 * sort all matching rows.
 *
 * @param conditions one for each branch
 */
export function pageByIndex(
  request: ListRequest,
  conditions: readonly Condition[],
  direction: Direction,
  after: AfterRow | undefined,
  known: Known,
): Statement<RankedRow> {
  const parameters = new Parameters();
  const { bind } = parameters;
  const branches = conditions.map((condition) => {
    const all = [`workspace_id = ${bind(request.workspace_id)}`, condition(bind)];
    return `SELECT 0 AS rank, ${COLUMNS.join(", ")} FROM read_tickets
WHERE ${[...all, ...bounds(request.filters, direction, after, bind)].join(" AND ")}`;
  });
  // One extra row shows that there is another page.
  const most = parameters.take(limitUnlessKnown(known, request.workspace_id, request.limit + 1));
  return statement<RankedRow>(
    `${branches.join(" UNION ALL ")}
ORDER BY updated_at ${direction}, id ${direction} LIMIT ${most} OFFSET ${bind(request.skip)}`,
    ...parameters.values,
  );
}

/** The bounds of the page in its order. After another page, the start of the range is implied: SQLite seeks by one bound a side. */
function bounds(
  { updated_after, updated_before }: ListFilters,
  direction: Direction,
  after: AfterRow | undefined,
  bind: Bind,
): string[] {
  const sign = direction === "desc" ? "<" : ">";
  return [
    ...(updated_after === undefined || (after && direction === "asc") ? [] : [`updated_at >= ${bind(updated_after)}`]),
    ...(updated_before === undefined || (after && direction === "desc")
      ? []
      : [`updated_at < ${bind(updated_before)}`]),
    ...(after ? [`(updated_at, id) ${sign} (${bind(after[1])}, ${bind(after[2])})`] : []),
  ];
}
