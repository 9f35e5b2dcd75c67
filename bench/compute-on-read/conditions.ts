import type { Parameters } from "../../src/platform/parameters.ts";
import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import type { PageRequest } from "./page.ts";
import { waitingSince } from "./row.ts";

/** The columns that an index may be chosen by. SQLite guesses how much a range holds: what is in another order is not to tempt it. */
export type Leading = "all" | "updated_at" | "created_at" | "waiting" | "none";

/** Where a column may lead to an index of a list in an order. */
const IN_ORDER = {
  all: ["status", "priority", "assignee_id", "customer_id", "updated_at", "created_at"],
  updated_at: ["status", "priority", "assignee_id", "customer_id", "updated_at"],
  created_at: ["customer_id", "created_at"],
  waiting: ["status", "assignee_id", "customer_id"],
  none: [],
} as const satisfies Record<Leading, readonly string[]>;

/** All filters but the text as conditions on a ticket `t`. */
export function conditionsOf(
  { workspaceId, filters, order, after }: PageRequest,
  leading: Leading,
  bind: Parameters["bind"],
): string[] {
  const column = (name: string) => (IN_ORDER[leading].some((one) => one === name) ? `t.${name}` : `+t.${name}`);
  // Behind a page, the range has begun: SQLite seeks by one bound only.
  const passed = after && (order.direction === "asc" ? `${order.by} >=` : `${order.by} <`);
  const compared = (name: string, operator: string, value: string | number | undefined) =>
    value === undefined || passed === `${name} ${operator}` ? [] : [`${column(name)} ${operator} ${bind(value)}`];
  // What was created since then has changed since then: it ends the walk from the latest change on.
  const implied =
    order.by === "updated_at" && order.direction === "desc" && filters.updated_after === undefined
      ? filters.created_after
      : undefined;
  const is = (condition: string, wanted: boolean | undefined) =>
    wanted === undefined ? [] : [`${wanted ? "" : "NOT "}${condition}`];
  return [
    `t.workspace_id = ${bind(workspaceId)}`,
    ...among(column("status"), statusesOf(filters), bind),
    ...among(column("priority"), filters.priority, bind),
    ...(filters.tag ?? []).map((tag) => `EXISTS (SELECT 1 FROM ticket_tags WHERE ticket = t.n AND tag = ${bind(tag)})`),
    ...(filters.assignee_id === undefined ? [] : [`${column("assignee_id")} IS ${bind(filters.assignee_id)}`]),
    ...compared("customer_id", "=", filters.customer_id),
    ...(filters.external_id === undefined ? [] : [`t.external_id = ${bind(filters.external_id)}`]),
    ...is("EXISTS (SELECT 1 FROM notes WHERE ticket = t.n)", filters.has_note),
    ...is(`(${waitingSince("t")} IS NOT NULL)`, filters.waiting),
    ...is("(NOT EXISTS (SELECT 1 FROM messages WHERE ticket = t.n AND sender = 'agent'))", filters.unreplied),
    ...compared("created_at", ">=", filters.created_after),
    ...compared("created_at", "<", filters.created_before),
    ...compared("updated_at", ">=", filters.updated_after ?? implied),
    ...compared("updated_at", "<", filters.updated_before),
  ];
}

function among(column: string, values: readonly string[] | undefined, bind: Parameters["bind"]): string[] {
  if (values === undefined) return [];
  const [first, ...others] = values.map(bind);
  if (first === undefined) return ["false"];
  return [others.length === 0 ? `${column} = ${first}` : `${column} IN (${[first, ...others].join(", ")})`];
}

/** The statuses that a ticket can have: only on those that are not done does anybody wait. */
export function statusesOf({ status, waiting }: ListFilters): readonly string[] | undefined {
  if (waiting !== true) return status;
  return ["open", "pending"].filter((one) => status === undefined || status.some((given) => given === one));
}
