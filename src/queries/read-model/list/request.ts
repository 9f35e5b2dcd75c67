import { readTickets } from "../../../platform/tables/read.ts";
import type { Expectation } from "../../../projection/consistency/fresh-read.ts";
import type { ListFilters } from "./filters.ts";

/** The columns by which lists can be ordered. */
export const TIMES = ["updated_at", "created_at", "waiting_since"] as const;
export type Time = (typeof TIMES)[number];

export type Direction = "asc" | "desc";

/**
 * The order of a list. Ties are ordered by id, in the same direction. `waiting_since` has only tickets whose customer waits. `relevance`
 * has the tickets whose subject matches first, then the others; each group has the latest change first.
 */
export interface ListOrder {
  readonly by: Time | "relevance";
  readonly direction: Direction;
}

export const DEFAULT_ORDER: ListOrder = { by: "updated_at", direction: "desc" };

/** One page of a list. */
export interface ListRequest {
  readonly workspace_id: string;
  readonly filters: ListFilters;
  /** The default is the latest change first. */
  readonly order?: ListOrder | undefined;
  /** Maximum number of rows. */
  readonly limit: number;
  /** Rows to skip. Each of them is read. */
  readonly skip: number;
  /** The `next_cursor` of the previous page. */
  readonly cursor?: string | undefined;
  readonly expectation: Expectation;
  /** The entity tags of this page that the client has; `*` matches every tag. */
  readonly tags?: readonly string[] | "*";
}

/** Normalizes filters: sorted, without duplicates and without filters that match everything. Equal filters have equal cursors. */
export function canonical({ status, priority, tag = [], ...others }: ListFilters): ListFilters {
  const given: ListFilters = {
    status: someOf(status, readTickets.status.enumValues.length),
    priority: someOf(priority, readTickets.priority.enumValues.length),
    tag: someOf(tag, Number.POSITIVE_INFINITY),
    ...others,
  };
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Distinct values, sorted; undefined if none or all possible values are given. */
function someOf<Value extends string>(values: readonly Value[] = [], all: number): readonly Value[] | undefined {
  const distinct = [...new Set(values)].toSorted();
  return distinct.length === 0 || distinct.length === all ? undefined : distinct;
}
