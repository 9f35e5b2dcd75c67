import type { Seal } from "../../platform/sealed.ts";
import { readFresh } from "../../projection/consistency/fresh-read.ts";
import type { Known } from "../../projection/consistency/revision.ts";
import type { Token } from "../../projection/consistency/token.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { decodeCursor, encodeCursor } from "../cursor.ts";
import { instant } from "../instant.ts";
import { type TicketListItem, toItem } from "./list/item.ts";
import { planOf } from "./list/plan.ts";
import { canonical, DEFAULT_ORDER, type ListRequest } from "./list/request.ts";

export type { ListFilters } from "./list/filters.ts";
export type { TicketListItem } from "./list/item.ts";
export type { ListOrder, ListRequest } from "./list/request.ts";

/** A page of the list, and how fresh it is. */
export interface ListPage {
  readonly items: TicketListItem[];
  readonly next_cursor: string | null;
  /** Every change recorded before this moment is on the page, RFC 3339. */
  readonly as_of: string;
  /** Tickets that the token names and that are parked: their rows may be out of date. Only where there are any. */
  readonly stale?: string[];
}

/** A page, and what its reader has seen by it. */
export interface ListAnswer {
  /** Undefined where the reader has it by one of its tags. */
  readonly page: ListPage | undefined;
  /**
   * Stands for this page as long as no row of the workspace changes; null while changes are under way, which would soon end that.
   * Only `as_of` moves on under the same tag, and an earlier one stays true.
   */
  readonly tag: string | null;
  readonly token: Token;
  readonly newestSeq: number;
}

/**
 * A page of the ticket list: one D1 call, answered by the nearest replica. It reads the read tables only, through an index or a search
 * table in the page's own order, and no row where its reader has the page. What its reader expects and the read model does not have
 * yet is projected on the spot, in two calls more.
 *
 * @throws Refusal `invalid-cursor`, `not-yet-consistent`, `rebuilding`
 */
export async function listTickets(deps: Projecting, given: ListRequest): Promise<ListAnswer> {
  const request = { ...given, filters: canonical(given.filters), order: given.order ?? DEFAULT_ORDER };
  const { workspace_id, filters, order, limit, cursor, skip } = request;
  const scope = ["tickets", `${order.by} ${order.direction}`, workspace_id, filters];
  // Everything that makes a page another one, but for the rows: a tag means nothing for any other.
  const tagScope = ["tickets etag", deps.projection.projector, ...scope, limit, cursor ?? null, skip];
  const seal = await deps.seal();
  const after =
    cursor === undefined ? undefined : decodeCursor(seal, scope, cursor, ["number", "number", "text"] as const);
  const plan = planOf(request, order);
  const { shown, revision, stale, ...seen } = await readFresh(deps, workspace_id, request.expectation, {
    statement: (known) => plan.page(after, known),
    filters: plan.columns,
    known: knownBy(seal, tagScope, request.tags),
  });
  const answer = { ...seen, tag: revision === null ? null : seal.seal(tagScope, revision) };
  if (!shown) return { ...answer, page: undefined };
  const items = shown.rows.slice(0, limit);
  const last = shown.rows.length > limit ? items.at(-1) : undefined;
  const next_cursor = last ? encodeCursor(seal, scope, plan.positionOf(last)) : null;
  const content = { items: items.map(toItem), next_cursor, as_of: instant(shown.as_of) };
  return { ...answer, page: stale.length > 0 ? { ...content, stale: [...stale] } : content };
}

/** What a reader with these tags has. Revisions only grow: of several, none but the greatest can be the one that there is. */
function knownBy(seal: Seal, scope: unknown, tags: ListRequest["tags"] = []): Known {
  if (tags === "*") return "any";
  const revisions = tags.map((tag) => seal.open(scope, tag)).filter(isRevision);
  return revisions.length === 0 ? undefined : Math.max(...revisions);
}

function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
