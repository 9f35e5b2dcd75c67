import type { Parameters } from "../../src/platform/parameters.ts";
import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import type { ListOrder } from "../../src/queries/read-model/list/request.ts";
import type { PageRequest } from "./page.ts";
import { has, isAmongThoseWith } from "./search.ts";

/** A filter that may have few tickets, and has an index, though not in the order of the list. */
export interface Narrow {
  /** SQL after FROM, with the tickets as `t`. */
  readonly from: string;
  /** The same for who only counts: an index alone. */
  readonly counted: string;
  readonly conditions: readonly string[];
  /** The same for who only counts. */
  readonly countedBy: readonly string[];
  /** How many are few. */
  readonly few: number;
}

/**
 * As many tickets as are gathered and sorted. Of a filter that has no index in the order of the list, nobody knows beforehand how many it
 * has: of few, all are gathered; of many, the list's own order is gone through until the page is full. One look a thousand index entries
 * far is cheap, and a walk to 21 of a thousand among a million tickets is the longest that comes after it.
 */
const FEW = 1_000;
/**
 * The same for messages with a phrase. To ask FTS5 about one ticket takes some 20 µs, to pass an entry less than a tenth of one: so that
 * neither what is gathered nor what is walked to takes more than 0.1 s among a million tickets.
 */
const FEW_MESSAGES = 5_000;

/** Those among the filters of a list. */
export function narrowBy({ workspaceId, filters, order: { by } }: PageRequest, bind: Parameters["bind"]): Narrow[] {
  const { tag = [], assignee_id } = filters;
  const workspace = bind(workspaceId);
  const tagged = tag.map((one) => ({
    from: "ticket_tags AS tagged CROSS JOIN tickets AS t ON t.n = tagged.ticket",
    counted: "ticket_tags AS tagged",
    conditions: [`tagged.workspace_id = ${workspace}`, `tagged.tag = ${bind(one)}`],
  }));
  const assigned =
    by !== "created_at" || assignee_id === undefined
      ? []
      : [
          {
            from: "tickets AS t INDEXED BY tickets_assignee",
            counted: "tickets AS t INDEXED BY tickets_assignee",
            conditions: [`t.workspace_id = ${workspace}`, `t.assignee_id IS ${bind(assignee_id)}`],
          },
        ];
  // A range with two ends is read by its own index in any case.
  const open = rangesBeside(by, filters).filter(({ isClosed }) => !isClosed);
  const within = open.map(({ column, index, after, before }) => ({
    from: `tickets AS t INDEXED BY ${index}`,
    counted: `tickets AS t INDEXED BY ${index}`,
    conditions: [
      `t.workspace_id = ${workspace}`,
      ...(after === undefined ? [] : [`t.${column} >= ${bind(after)}`]),
      ...(before === undefined ? [] : [`t.${column} < ${bind(before)}`]),
    ],
  }));
  const others = [...tagged, ...assigned, ...within];
  return others.map((one) => ({ ...one, countedBy: one.conditions, few: FEW }));
}

/** The phrases of a search: each may be the rare one. */
export function narrowByText(phrases: readonly string[], bind: Parameters["bind"]): Narrow[] {
  return phrases.map((phrase) => ({
    from: "tickets AS t",
    counted: "message_search AS entry",
    countedBy: [`entry.message_search MATCH ${bind(phrase)}`],
    conditions: phrases.map((one) => (one === phrase ? isAmongThoseWith(one, bind) : has(one, bind))),
    few: FEW_MESSAGES,
  }));
}

interface Range {
  readonly column: "created_at" | "updated_at";
  readonly index: "tickets_created" | "tickets_updated";
  readonly after: number | undefined;
  readonly before: number | undefined;
  /** Whether it has both ends. */
  readonly isClosed: boolean;
}

/** The ranges of times of another order than the list's. */
export function rangesBeside(by: ListOrder["by"], filters: ListFilters): Range[] {
  const ranges = [
    { column: "created_at", index: "tickets_created", after: filters.created_after, before: filters.created_before },
    { column: "updated_at", index: "tickets_updated", after: filters.updated_after, before: filters.updated_before },
  ] as const;
  return ranges
    .filter(({ column, after, before }) => column !== by && (after !== undefined || before !== undefined))
    .map((range) => ({ ...range, isClosed: range.after !== undefined && range.before !== undefined }));
}
