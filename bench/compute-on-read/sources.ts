import type { Parameters } from "../../src/db/parameters.ts";
import type { ListFilters, ListOrder } from "../../src/queries/list/request.ts";
import { type Leading, statusesOf } from "./conditions.ts";
import { type Narrow, narrowBy, rangesBeside } from "./narrow.ts";
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
 * has: of few, all are gathered; of many, the list's own order is gone through until the page is full. One look a thousand index entries
 * far is cheap, and a walk to 21 of a thousand among a million tickets is the longest that comes after it.
 */
const FEW = 1_000;

/** From where the tickets of a page are read. */
export function sourcesOf(request: PageRequest, bind: Parameters["bind"]): Sources {
  const { filters, order } = request;
  if (filters.q !== undefined) {
    const conditions = ticketsWith(phrasesOf(filters.q), bind);
    // What the text finds leads, whatever else there is.
    return { probes: [], sources: [{ from: "tickets AS t", conditions, leading: "none" }] };
  }
  // A customer's tickets are few, and of an external id there is one.
  if (filters.customer_id !== undefined || filters.external_id !== undefined) {
    return { probes: [], sources: [{ from: "tickets AS t", conditions: [], leading: leadingIn(order) }] };
  }
  const narrow = narrowBy(request, bind);
  const many = narrow.map((_, index) => `(SELECT many FROM probe_${index})`);
  const gathered = narrow.map(({ from, conditions }, index): Source => {
    const gate = [...many.slice(0, index), `NOT ${many[index]}`].join(" AND ");
    return { from, conditions, leading: "all", gate };
  });
  const gate = many.length === 0 ? {} : { gate: many.join(" AND ") };
  return {
    probes: narrow.map((one, index) => probe(one, index)),
    sources: [...gathered, ...walksOf(filters, order, bind).map((walk) => ({ ...walk, ...gate }))],
  };
}

/** Whether there are many tickets: one look, as far as it takes to know. */
function probe({ counted, conditions }: Narrow, index: number): string {
  const beyond = `SELECT 1 FROM ${counted} WHERE ${conditions.join(" AND ")} LIMIT 1 OFFSET ${FEW}`;
  return `probe_${index} AS MATERIALIZED (SELECT EXISTS (${beyond}) AS many)`;
}

/** What is gone through where nothing is known to have few tickets. */
function walksOf(filters: ListFilters, order: ListOrder, bind: Parameters["bind"]): Source[] {
  const { by } = order;
  const leading = leadingIn(order);
  // Between two times are so many tickets at the most, while a walk in another order may have to pass all others first.
  const [range] = by === "waiting_since" ? [] : rangesBeside(by, filters);
  if (range?.isClosed) return [{ from: `tickets AS t INDEXED BY ${range.index}`, conditions: [], leading: "all" }];
  if (by === "created_at") return [{ from: "tickets AS t INDEXED BY tickets_created", conditions: [], leading }];
  const statuses = statusesOf(by === "waiting_since" ? { ...filters, waiting: true } : filters);
  const hasIndex = filters.assignee_id !== undefined || statuses?.length === 1 || filters.priority?.length === 1;
  if (by === "updated_at" && hasIndex) return [{ from: "tickets AS t", conditions: [], leading }];
  // Of one of the two statuses hardly anybody waits: its branch would be gone through to the end for the first of them.
  if (by === "updated_at" && filters.waiting)
    return [{ from: "tickets AS t INDEXED BY tickets_updated", conditions: [], leading }];
  // A branch for each of several values that an index has in this order: SQLite merges them, where it would sort `IN (…)`.
  const branches = statuses === undefined ? among("priority", filters.priority, bind) : among("status", statuses, bind);
  return branches.map((conditions) => ({ from: "tickets AS t", conditions, leading }));
}

function leadingIn({ by }: ListOrder): Leading {
  return by === "updated_at" || by === "created_at" ? by : "waiting";
}

function among(column: string, values: readonly string[] | undefined, bind: Parameters["bind"]): string[][] {
  if (values?.length === 0) return [["false"]];
  return values === undefined ? [[]] : values.map((value) => [`t.${column} = ${bind(value)}`]);
}
