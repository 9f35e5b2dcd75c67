import { type ReadTicket, readTickets } from "../../../platform/tables/read.ts";
import type { Expectation } from "../../../projection/consistency/fresh-read.ts";

/** What a list is narrowed to: tickets for which all of it is true. What is left out does not narrow it. */
export interface ListFilters {
  /** Any of these. */
  readonly status?: readonly ReadTicket["status"][] | undefined;
  /** Any of these. */
  readonly priority?: readonly ReadTicket["priority"][] | undefined;
  /** All of these. */
  readonly tag?: readonly string[] | undefined;
  /** An agent; null: nobody. */
  readonly assignee_id?: string | null | undefined;
  readonly customer_id?: string | undefined;
  readonly external_id?: string | undefined;
  readonly has_note?: boolean | undefined;
  /** Whether the customer waits for an answer. */
  readonly waiting?: boolean | undefined;
  /** Whether no agent has written yet. */
  readonly unreplied?: boolean | undefined;
  // Milliseconds since 1970; what begins with the first belongs to it, what begins with the second does not.
  readonly created_after?: number | undefined;
  readonly created_before?: number | undefined;
  readonly updated_after?: number | undefined;
  readonly updated_before?: number | undefined;
  /** Words and "phrases" in the subject and the public messages. */
  readonly q?: string | undefined;
  /** The same in the notes. */
  readonly q_notes?: string | undefined;
}

/** The times by which lists can be ordered. */
export const TIMES = ["updated_at", "created_at", "waiting_since"] as const;
export type Time = (typeof TIMES)[number];

export type Direction = "asc" | "desc";

/**
 * The order of a list; what is equal is in the order of its ids, the same way round. By `waiting_since` are only tickets that wait. By
 * relevance are first those with all that is searched for in their subject, then the others, the latest change first.
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
  /** The latest change first, unless said. */
  readonly order?: ListOrder | undefined;
  /** Rows a page. */
  readonly limit: number;
  /** Rows to leave out at the start; for people, since each of them is read. */
  readonly skip: number;
  /** The page after this cursor. */
  readonly cursor?: string | undefined;
  readonly expectation: Expectation;
  /** Tags of this page that its reader has; `*` stands for every one that there could be. */
  readonly tags?: readonly string[] | "*";
}

/** The same filters written one way, without those that narrow nothing: a cursor goes on with them however the caller wrote them. */
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

/** Each value once; undefined where that is none or all that there are. */
function someOf<Value extends string>(values: readonly Value[] = [], all: number): readonly Value[] | undefined {
  const distinct = [...new Set(values)].toSorted();
  return distinct.length === 0 || distinct.length === all ? undefined : distinct;
}
