import type { Parameters } from "../../src/db/parameters.ts";
import type { ListFilters, ListOrder } from "../../src/queries/list/request.ts";
import type { PageRequest } from "./page.ts";

/** A filter that may have few tickets, and has an index, though not in the order of the list. */
export interface Narrow {
  /** SQL after FROM, with the tickets as `t`. */
  readonly from: string;
  /** The same for who only counts: an index alone. */
  readonly counted: string;
  readonly conditions: readonly string[];
}

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
  return [...tagged, ...assigned, ...within];
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
