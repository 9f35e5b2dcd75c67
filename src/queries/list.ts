import { and, desc, eq, getTableColumns, type SQL, sql } from "drizzle-orm";
import { QueryBuilder, unionAll } from "drizzle-orm/sqlite-core";
import { compile, type Statement, statement } from "../db/database.ts";
import { type ReadTicket, readTickets } from "../db/read.ts";
import type { Deps } from "../deps.ts";
import { type Expectation, readFresh } from "../projection/fresh-read.ts";
import { type Known, limitUnless } from "../projection/revision.ts";
import type { Token } from "../projection/token.ts";
import { seal, unseal } from "../sealed.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { instant, instantOrNull } from "./instant.ts";

/** What a list is narrowed to; what is left out does not narrow it. */
export interface ListFilters {
  /** Any of these. */
  readonly status: readonly ReadTicket["status"][];
  readonly has_note?: boolean | undefined;
  readonly customer_id?: string | undefined;
}

/** One page of a list. */
export interface ListRequest {
  readonly workspace_id: string;
  readonly filters: ListFilters;
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

/** What a list shows of a ticket. */
export type TicketListItem = ReturnType<typeof toItem>;

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

const { workspace_id: _, projector: __, ...shown } = getTableColumns(readTickets);

type ListRow = Omit<ReadTicket, "workspace_id" | "projector">;

/**
 * The ticket list, latest change first: one D1 call, answered by the nearest replica. It reads rows of the read table only,
 * through an index in the page's own order, and none where its reader has the page. What its reader expects and the read model does
 * not have yet is projected on the spot, in two calls more.
 *
 * @throws Refusal `invalid-cursor`, `not-yet-consistent`, `rebuilding`
 */
export async function listTickets(deps: Deps, request: ListRequest): Promise<ListAnswer> {
  const scope = ["tickets", "updated_at desc", request.workspace_id, canonical(request.filters)];
  const after =
    request.cursor === undefined ? undefined : decodeCursor(scope, request.cursor, ["number", "text"] as const);
  const tagScope = tagScopeOf(request, deps.projection.projector);
  const { shown, revision, stale, ...seen } = await readFresh(deps, request.workspace_id, request.expectation, {
    statement: (known) => page(request, after, known),
    filters: filteredColumns(request.filters),
    known: knownBy(tagScope, request.tags),
  });
  const answer = { ...seen, tag: revision === null ? null : seal(tagScope, revision) };
  if (!shown) return { ...answer, page: undefined };
  const items = shown.rows.slice(0, request.limit);
  const last = shown.rows.length > request.limit ? items.at(-1) : undefined;
  const next_cursor = last ? encodeCursor(scope, [last.updated_at, last.id]) : null;
  const content = { items: items.map(toItem), next_cursor, as_of: instant(shown.as_of) };
  return { ...answer, page: stale.length > 0 ? { ...content, stale: [...stale] } : content };
}

/** Everything that makes a page another one, but for the rows: a tag means nothing for any other. */
function tagScopeOf({ workspace_id, filters, limit, cursor, skip }: ListRequest, projector: number) {
  return ["tickets etag", projector, workspace_id, canonical(filters), limit, cursor ?? null, skip];
}

/** What a reader with these tags has. Revisions only grow: of several, none but the greatest can be the one that there is. */
function knownBy(scope: unknown, tags: ListRequest["tags"] = []): Known {
  if (tags === "*") return "any";
  const revisions = tags.map((tag) => unseal(scope, tag)).filter(isRevision);
  return revisions.length === 0 ? undefined : Math.max(...revisions);
}

/** A tag can be forged, and hold anything. */
function isRevision(value: unknown): value is number {
  return Number.isSafeInteger(value);
}

/** `updated_at` and id of the row that the page comes after. */
type After = readonly [updatedAt: number, id: string];

function page(
  { workspace_id, filters, limit, skip }: ListRequest,
  after: After | undefined,
  known: Known,
): Statement<ListRow> {
  // One branch a status: SQLite merges them in order, each from its index, where IN (…) would sort all that matches.
  const branches = canonical(filters).status.map((status) => branch(workspace_id, { ...filters, status }, after));
  const [first = branch(workspace_id, { ...filters, status: undefined }, after), second, ...others] = branches;
  const rows = second ? unionAll(first, second, ...others) : first;
  const { sql, params } = compile(rows.orderBy(desc(readTickets.updated_at), desc(readTickets.id)));
  // One row more than the page tells whether there is another.
  const most = limitUnless(known, workspace_id, limit + 1);
  return statement<ListRow>(`${sql} ${most.sql} OFFSET ?`, ...params, ...most.params, skip);
}

/** The columns that lists filter by, what narrows most first: the first that is given leads to the index. */
const FILTERED = ["customer_id", "status", "has_note"] as const;

interface Branch extends Omit<ListFilters, "status"> {
  readonly status: ReadTicket["status"] | undefined;
}

function branch(workspaceId: string, filters: Branch, after: After | undefined) {
  const given = FILTERED.flatMap((column) => {
    const value = filters[column];
    return value === undefined
      ? []
      : [[readTickets[column], typeof value === "boolean" ? Number(value) : value] as const];
  });
  // The unary + keeps the planner from the others' indexes.
  const conditions = given.map(
    ([column, value], index): SQL => (index === 0 ? eq(column, value) : sql`+${column} = ${value}`),
  );
  return new QueryBuilder()
    .select(shown)
    .from(readTickets)
    .where(and(eq(readTickets.workspace_id, workspaceId), ...conditions, after && isAfter(after)));
}

function isAfter([updatedAt, id]: After): SQL {
  return sql`(${readTickets.updated_at}, ${readTickets.id}) < (${updatedAt}, ${id})`;
}

const ALL_STATUSES = readTickets.status.enumValues.length;

/** The same filters written one way: a cursor goes on with them however the caller wrote them. */
function canonical({ status, ...others }: ListFilters) {
  const distinct = [...new Set(status)].toSorted();
  return { status: distinct.length === ALL_STATUSES ? [] : distinct, ...others };
}

/** The columns by which a list is narrowed. */
function filteredColumns(filters: ListFilters): string[] {
  const { status, ...others } = canonical(filters);
  const given = Object.entries({ ...others, status: status.length > 0 ? status : undefined });
  return given.flatMap(([column, value]) => (value === undefined ? [] : [column]));
}

function toItem(row: ListRow) {
  return {
    ...row,
    tags: JSON.parse(row.tags) as string[],
    has_note: row.has_note === 1,
    last_message_at: instant(row.last_message_at),
    waiting_since: instantOrNull(row.waiting_since),
    first_replied_at: instantOrNull(row.first_replied_at),
    resolved_at: instantOrNull(row.resolved_at),
    closed_at: instantOrNull(row.closed_at),
    created_at: instant(row.created_at),
    updated_at: instant(row.updated_at),
  };
}
