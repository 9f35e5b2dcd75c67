import type { Parameters } from "../../src/platform/parameters.ts";
import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import type { ListOrder } from "../../src/queries/read-model/list/request.ts";
import { type Leading, statusesOf } from "./conditions.ts";
import { type Narrow, narrowBy, narrowByText, rangesBeside } from "./narrow.ts";
import type { PageRequest } from "./page.ts";
import { has, isAmongThoseWith, phrasesOf } from "./search.ts";

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

/** From where the tickets of a page are read. */
export function sourcesOf(request: PageRequest, bind: Parameters["bind"]): Sources {
  const { filters, order } = request;
  const phrases = phrasesOf(filters.q ?? "");
  const isFewAnyway = filters.customer_id !== undefined || filters.external_id !== undefined;
  if (filters.q !== undefined && (phrases.length === 0 || order.by === "relevance") && !isFewAnyway) {
    // What the text finds leads, whatever else there is: an order by relevance is in no index.
    const conditions = phrases.length === 0 ? ["false"] : phrases.map((phrase) => isAmongThoseWith(phrase, bind));
    return { probes: [], sources: [{ from: "tickets AS t", conditions, leading: "none" }] };
  }
  const withText = filters.q !== undefined && phrases.length === 0 ? ["false"] : phrases.map((one) => has(one, bind));
  // A customer's tickets are few, and of an external id there is one.
  if (isFewAnyway) {
    return { probes: [], sources: [{ from: "tickets AS t", conditions: withText, leading: leadingIn(order) }] };
  }
  const byText = narrowByText(phrases, bind);
  const others = narrowBy(request, bind).map((one) => ({ ...one, conditions: [...one.conditions, ...withText] }));
  const narrow = [...others, ...byText];
  const many = narrow.map((_, index) => `(SELECT many FROM probe_${index})`);
  const gathered = narrow.map(({ from, conditions }, index): Source => {
    const gate = [...many.slice(0, index), `NOT ${many[index]}`].join(" AND ");
    return { from, conditions, leading: index < others.length ? "all" : "none", gate };
  });
  const gate = many.length === 0 ? {} : { gate: many.join(" AND ") };
  return {
    probes: narrow.map((one, index) => probe(one, index)),
    sources: [
      ...gathered,
      ...walksOf(filters, order, bind).map((walk) => ({
        ...walk,
        conditions: [...walk.conditions, ...withText],
        ...gate,
      })),
    ],
  };
}

/** Whether there are many tickets: one look, as far as it takes to know. */
function probe({ counted, countedBy, few }: Narrow, index: number): string {
  const beyond = `SELECT 1 FROM ${counted} WHERE ${countedBy.join(" AND ")} LIMIT 1 OFFSET ${few}`;
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
