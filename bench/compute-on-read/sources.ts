import type { Parameters } from "../../src/db/parameters.ts";
import type { ListFilters, ListOrder } from "../../src/queries/list/request.ts";
import { type Leading, statusesOf } from "./conditions.ts";
import type { PageRequest } from "./page.ts";
import { phrasesOf, ticketsWith } from "./search.ts";

/** Where tickets of a page come from. */
export interface Source {
  /** SQL after FROM, with the tickets as `t`. */
  readonly from: string;
  readonly conditions: readonly string[];
  readonly leading: Leading;
  /** SQL that is true where it is to be read; always, if undefined. */
  readonly gate?: string;
}

interface Sources {
  /** Common table expressions. */
  readonly probes: readonly string[];
  readonly sources: readonly Source[];
}

/**
 * As many tickets as are gathered and sorted. Of a filter that has no index in the order of the list, nobody knows beforehand how many it
 * has: of few, all are gathered; of many, the list's own order is gone through until the page is full. Around this number, among
 * a million tickets, both cost as much: 21 of 1,000,000 / 1,000 are to be found on the way, each within 1,000.
 */
const FEW = 1_000;

/** From where the tickets of a page are read. */
export function sourcesOf(request: PageRequest, bind: Parameters["bind"]): Sources {
  const { workspaceId, filters, order } = request;
  if (filters.q !== undefined) {
    const conditions = ticketsWith(phrasesOf(filters.q), bind);
    // What the text finds leads, whatever else there is.
    return { probes: [], sources: [{ from: "tickets AS t", conditions, leading: "none" }] };
  }
  const leading = order.by === "updated_at" || order.by === "created_at" ? order.by : "waiting";
  // A customer's tickets are few, and of an external id there is one.
  if (filters.customer_id !== undefined || filters.external_id !== undefined) {
    return { probes: [], sources: [{ from: "tickets AS t", conditions: [], leading }] };
  }
  const narrow = probesOf(workspaceId, filters, order, bind);
  const count = (index: number) => `(SELECT count(*) FROM probe_${index})`;
  const none = narrow.map((_, index) => `${count(index)} > ${FEW}`);
  const gathered = narrow.map(
    (_, index): Source => ({
      from: `probe_${index} AS probe CROSS JOIN tickets AS t ON t.n = probe.n`,
      conditions: [],
      leading: "all",
      gate: [...none.slice(0, index), `${count(index)} <= ${FEW}`].join(" AND "),
    }),
  );
  const gate = narrow.length === 0 ? {} : { gate: none.join(" AND ") };
  const walks = branchesOf(filters, order, bind).map(
    (conditions): Source => ({
      from: leading === "created_at" ? "tickets AS t INDEXED BY tickets_created" : "tickets AS t",
      conditions,
      leading,
      ...gate,
    }),
  );
  return {
    probes: narrow.map((sql, index) => `probe_${index} AS MATERIALIZED (${sql} LIMIT ${FEW + 1})`),
    sources: [...gathered, ...walks],
  };
}

/** The filters that may have few tickets and no index in this order. */
function probesOf(workspaceId: string, filters: ListFilters, { by }: ListOrder, bind: Parameters["bind"]): string[] {
  const { tag = [], assignee_id } = filters;
  const range = (column: "created_at" | "updated_at", after: number | undefined, before: number | undefined) => {
    if (by === column || (after === undefined && before === undefined)) return [];
    const bounds = [
      ...(after === undefined ? [] : [` AND ${column} >= ${bind(after)}`]),
      ...(before === undefined ? [] : [` AND ${column} < ${bind(before)}`]),
    ];
    return [`SELECT n FROM tickets WHERE workspace_id = ${bind(workspaceId)}${bounds.join("")}`];
  };
  return [
    ...tag.map(
      (one) => `SELECT ticket AS n FROM ticket_tags WHERE workspace_id = ${bind(workspaceId)} AND tag = ${bind(one)}`,
    ),
    ...(by === "created_at" && assignee_id !== undefined
      ? [`SELECT n FROM tickets WHERE workspace_id = ${bind(workspaceId)} AND assignee_id IS ${bind(assignee_id)}`]
      : []),
    ...range("created_at", filters.created_after, filters.created_before),
    ...range("updated_at", filters.updated_after, filters.updated_before),
  ];
}

/** A branch for each of several values that an index has in the order of the list: SQLite merges them, where it would sort `IN (…)`. */
function branchesOf(filters: ListFilters, { by }: ListOrder, bind: Parameters["bind"]): string[][] {
  if (by === "waiting_since") return among("status", statusesOf({ ...filters, waiting: true }), bind);
  const statuses = statusesOf(filters);
  const hasIndex = filters.assignee_id !== undefined || statuses?.length === 1 || filters.priority?.length === 1;
  if (by !== "updated_at" || hasIndex) return [[]];
  return statuses === undefined ? among("priority", filters.priority, bind) : among("status", statuses, bind);
}

function among(column: string, values: readonly string[] | undefined, bind: Parameters["bind"]): string[][] {
  if (values?.length === 0) return [["false"]];
  return values === undefined ? [[]] : values.map((value) => [`t.${column} = ${bind(value)}`]);
}
