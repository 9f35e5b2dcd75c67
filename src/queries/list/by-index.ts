import { and, asc, desc, eq, gte, isNull, lt, type SQL, sql } from "drizzle-orm";
import { QueryBuilder, unionAll } from "drizzle-orm/sqlite-core";
import { compile, type Statement, statement } from "../../db/database.ts";
import { readTickets } from "../../db/read.ts";
import { type Known, limitUnless } from "../../projection/revision.ts";
import { type AfterRow, type RankedRow, SHOWN } from "./item.ts";
import type { Direction, ListFilters, ListRequest } from "./request.ts";

/**
 * The conditions by which an index in the order of `updated_at` answers a list: one for each value that a row may have. With a range of
 * that order beside another filter SQLite may take the index of the range, and go through all that is in it.
 *
 * @param filters canonical
 * @returns undefined where no index has these filters
 */
export function indexed({ updated_after, updated_before, ...filters }: ListFilters): SQL[] | undefined {
  const { status, priority, assignee_id, customer_id, has_note, waiting, unreplied } = filters;
  const given = Object.keys(filters).length;
  if (given === 0) return [sql`true`];
  if (given > 1 || updated_after !== undefined || updated_before !== undefined) return undefined;
  if (status) return status.map((one) => eq(readTickets.status, one));
  if (priority) return priority.map((one) => eq(readTickets.priority, one));
  if (assignee_id === null) return [isNull(readTickets.assignee_id)];
  if (assignee_id !== undefined) return [eq(readTickets.assignee_id, assignee_id)];
  if (customer_id !== undefined) return [eq(readTickets.customer_id, customer_id)];
  if (has_note !== undefined) return [eq(readTickets.has_note, Number(has_note))];
  if (waiting !== undefined) return [sql`(${readTickets.waiting_since} IS NOT NULL) = ${Number(waiting)}`];
  if (unreplied !== undefined) return [sql`(${readTickets.first_replied_at} IS NULL) = ${Number(unreplied)}`];
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
  conditions: readonly SQL[],
  direction: Direction,
  after: AfterRow | undefined,
  known: Known,
): Statement<RankedRow> {
  const [first, second, ...others] = conditions.map((condition) => branch(request, condition, direction, after));
  if (!first) throw new Error("a list without a branch");
  const rows = second ? unionAll(first, second, ...others) : first;
  const ordered = direction === "desc" ? desc : asc;
  const { sql, params } = compile(rows.orderBy(ordered(readTickets.updated_at), ordered(readTickets.id)));
  // One row more than the page tells whether there is another.
  const most = limitUnless(known, request.workspace_id, request.limit + 1);
  return statement<RankedRow>(`${sql} LIMIT ${most.sql} OFFSET ?`, ...params, ...most.params, request.skip);
}

function branch(
  { workspace_id, filters }: ListRequest,
  condition: SQL,
  direction: Direction,
  after: AfterRow | undefined,
) {
  // Behind a page, the range has begun: SQLite seeks by one bound only.
  const updated_after = after && direction === "asc" ? undefined : filters.updated_after;
  const updated_before = after && direction === "desc" ? undefined : filters.updated_before;
  return new QueryBuilder()
    .select({ rank: sql<number>`0`.as("rank"), ...SHOWN })
    .from(readTickets)
    .where(
      and(
        eq(readTickets.workspace_id, workspace_id),
        condition,
        updated_after === undefined ? undefined : gte(readTickets.updated_at, updated_after),
        updated_before === undefined ? undefined : lt(readTickets.updated_at, updated_before),
        after && isAfter(after, direction),
      ),
    );
}

function isAfter([, updatedAt, id]: AfterRow, direction: Direction): SQL {
  const place = sql`(${readTickets.updated_at}, ${readTickets.id})`;
  return direction === "desc" ? sql`${place} < (${updatedAt}, ${id})` : sql`${place} > (${updatedAt}, ${id})`;
}
