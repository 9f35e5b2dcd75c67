import { type Statement, statement } from "../../../platform/database.ts";
import { Parameters } from "../../../platform/parameters.ts";
import { type Known, limitUnless } from "../../../projection/consistency/revision.ts";
import { type AfterRow, COLUMNS, type RankedRow } from "./item.ts";
import type { Direction, ListFilters, ListRequest } from "./request.ts";

type Bind = Parameters["bind"];

/** SQL for what a row must be. */
type Condition = (bind: Bind) => string;

/**
 * The conditions by which an index in the order of `updated_at` answers a list: one for each value that a row may have. With a range of
 * that order beside another filter SQLite may take the index of the range, and go through all that is in it.
 *
 * @param filters canonical
 * @returns undefined where no index has these filters
 */
export function indexed({ updated_after, updated_before, ...filters }: ListFilters): Condition[] | undefined {
  const { status, priority, assignee_id, customer_id, has_note, waiting, unreplied } = filters;
  const given = Object.keys(filters).length;
  if (given === 0) return [() => "true"];
  if (given > 1 || updated_after !== undefined || updated_before !== undefined) return undefined;
  if (status) return status.map((one) => (bind) => `status = ${bind(one)}`);
  if (priority) return priority.map((one) => (bind) => `priority = ${bind(one)}`);
  if (assignee_id === null) return [() => "assignee_id IS NULL"];
  if (assignee_id !== undefined) return [(bind) => `assignee_id = ${bind(assignee_id)}`];
  if (customer_id !== undefined) return [(bind) => `customer_id = ${bind(customer_id)}`];
  if (has_note !== undefined) return [(bind) => `has_note = ${bind(Number(has_note))}`];
  if (waiting !== undefined) return [(bind) => `(waiting_since IS NOT NULL) = ${bind(Number(waiting))}`];
  if (unreplied !== undefined) return [(bind) => `(first_replied_at IS NULL) = ${bind(Number(unreplied))}`];
  return undefined;
}

/**
 * A page in the order of `updated_at`, from an index that has it. SQLite merges the branches in order, where one condition with
 * `IN (…)` would sort all that matches.
 *
 * @param conditions what {@link indexed} gave
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
  // One row more than the page tells whether there is another.
  const most = parameters.take(limitUnless(known, request.workspace_id, request.limit + 1));
  return statement<RankedRow>(
    `${branches.join(" UNION ALL ")}
ORDER BY updated_at ${direction}, id ${direction} LIMIT ${most} OFFSET ${bind(request.skip)}`,
    ...parameters.values,
  );
}

/** Where in the order the page can be. Behind another page the range has begun: SQLite seeks by one bound a side only. */
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
