import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import { DEFAULT_ORDER, type ListOrder } from "../../src/queries/read-model/list/request.ts";

/** A view of the list. */
export interface View {
  /** In a few words, for a table. */
  readonly what: string;
  readonly filters: ListFilters;
  readonly order: ListOrder;
}

const order = (by: ListOrder["by"], direction: ListOrder["direction"]): ListOrder => ({ by, direction });
const view = (what: string, filters: ListFilters, by: ListOrder = DEFAULT_ORDER): View => ({
  what,
  filters,
  order: by,
});

/**
 * The views whose pages are measured: none and each filter alone in the default order, the orders, and what help desks have as tabs.
 *
 * @param middle times between which a tenth of the tickets was created, halfway through
 */
export function listViews(middle: Middle): readonly View[] {
  const created = { created_after: middle.after, created_before: middle.before };
  const byCreated = order("created_at", "desc");
  const longestWait = order("waiting_since", "asc");
  return [
    view("all", {}),
    view("status=open", { status: ["open"] }),
    view("status=open,pending", { status: ["open", "pending"] }),
    view("priority=urgent", { priority: ["urgent"] }),
    view("assignee=agent-0", { assignee_id: "agent-0" }),
    view("assignee=none", { assignee_id: null }),
    view("customer", { customer_id: "customer-0" }),
    view("external_id", { external_id: "mail-7" }),
    view("tag: 42 %", { tag: ["topic-0"] }),
    view("tag: 0.06 %", { tag: ["topic-8"] }),
    view("has_note", { has_note: true }),
    view("waiting", { waiting: true }),
    view("unreplied", { unreplied: true }),
    view("created: a tenth", created),
    view("updated: a tenth", { updated_after: middle.after, updated_before: middle.before }),
    view("all, oldest change first", {}, order("updated_at", "asc")),
    view("all by created", {}, byCreated),
    view("all by created, oldest first", {}, order("created_at", "asc")),
    view("by waiting, longest first", {}, longestWait),
    view("by waiting, shortest first", {}, order("waiting_since", "desc")),
    view("open by created", { status: ["open"] }, byCreated),
    view("created: a tenth, by created", created, byCreated),
    view("open + urgent", { status: ["open"], priority: ["urgent"] }),
    view("open + agent-0", { status: ["open"], assignee_id: "agent-0" }),
    view("open + tag: 16 %", { status: ["open"], tag: ["topic-2"] }),
    view("unreplied + has_note", { unreplied: true, has_note: true }),
    view("closed + created: a tenth", { status: ["closed"], ...created }),
    view("urgent by waiting", { priority: ["urgent"] }, longestWait),
    view("agent-0 by waiting", { assignee_id: "agent-0" }, longestWait),
    view("open + nobody + tag: 16 %", { status: ["open"], assignee_id: null, tag: ["topic-2"] }),
    view("urgent + tag: 1 % by created", { priority: ["urgent"], tag: ["topic-6"] }, byCreated),
  ];
}

/** Two times. */
export interface Middle {
  readonly after: number;
  readonly before: number;
}

/** The parameters of a view, as its address has them. */
export function queryOf({ filters, order: { by, direction } }: Pick<View, "filters" | "order">): URLSearchParams {
  const { assignee_id, ...others } = filters;
  const query = new URLSearchParams({ sort: by, direction });
  if (assignee_id !== undefined) query.set("assignee", assignee_id ?? "none");
  for (const [name, value] of Object.entries(others)) {
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, textOf(name, one));
  }
  return query;
}

function textOf(name: string, value: unknown): string {
  return /_(after|before)$/u.test(name) && typeof value === "number" ? new Date(value).toISOString() : String(value);
}
