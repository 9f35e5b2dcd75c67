import { type Statement, statement } from "../../../platform/database.ts";
import { Parameters } from "../../../platform/parameters.ts";
import { type Known, limitUnlessKnown } from "../../../projection/consistency/revision.ts";
import { matchOf, type Where } from "../../../search/match.ts";
import { firstPlaceOf, lastPlaceOf, placeOf, rowAt, timeAt } from "../../../search/place.ts";
import { conditionsOf, type SearchTerms, searchTermsOf } from "./filters.ts";
import { type AfterRow, COLUMNS, type RankedRow } from "./item.ts";
import type { Direction, ListRequest, Time } from "./request.ts";

/** How a page is ordered. */
export interface SearchOrder {
  readonly by: Time;
  readonly direction: Direction;
  /** Tickets with all of the text in their subject first. */
  readonly isRanked: boolean;
}

/** The search table of each order. */
const TABLES = {
  updated_at: "read_by_updated",
  created_at: "read_by_created",
  waiting_since: "read_by_waiting",
} as const satisfies Record<Time, string>;

interface Search {
  readonly request: ListRequest;
  readonly order: SearchOrder;
  readonly terms: SearchTerms;
  readonly after: AfterRow | undefined;
  readonly parameters: Parameters;
}

/**
 * A page of any filters, in any order, from the search table of that order. Its entries come in the order of their places; each leads
 * to a row, which is looked at once more. It reads two rows for each of the page, and those that share a time with the last.
 */
export function pageBySearch(
  request: ListRequest,
  order: SearchOrder,
  after: AfterRow | undefined,
  known: Known,
): Statement<RankedRow> {
  const terms = searchTermsOf(request.workspace_id, request.filters, order.by);
  if (!terms) return statement<RankedRow>("SELECT NULL WHERE false");
  const parameters = new Parameters();
  const { bind } = parameters;
  const search = { request, order, terms, after, parameters };
  // One row more than the page tells whether there is another.
  const wanted = request.skip + request.limit + 1;
  const most = parameters.take(limitUnlessKnown(known, request.workspace_id, wanted));
  const last = order.isRanked ? 1 : 0;
  // A cursor can be forged, and name any rank.
  const ranks = [0, 1].slice(Math.min(Math.max(after?.[0] ?? 0, 0), last), last + 1);
  const parts = ranks.map((rank, index) => {
    const sooner = index === 0 ? "" : ` - (SELECT count(*) FROM found_${rank - 1})`;
    return `found_${rank} AS MATERIALIZED (${firstOf(search, rank)} LIMIT ${most}${sooner}),
cut_${rank} AS MATERIALIZED (${cutOf(search, rank, bind(wanted) + sooner)}),
tied_${rank} AS (${tiedWith(search, rank)})`;
  });
  const columns = `rank, ${COLUMNS.join(", ")}`;
  const rows = ranks.flatMap((rank) =>
    [`found_${rank}`, `tied_${rank}`].map((name) => `SELECT ${columns} FROM ${name}`),
  );
  return statement<RankedRow>(
    `WITH ${parts.join(",\n")}
${rows.join(" UNION ALL ")}
ORDER BY rank, ${order.by} ${order.direction}, id ${order.direction} LIMIT ${bind(request.limit + 1)} OFFSET ${bind(request.skip)}`,
    ...parameters.values,
  );
}

/** The entries of a rank in their order. */
function firstOf(search: Search, rank: number): string {
  const { order } = search;
  return `${entries(search, rank, placesWithin(search, rank))} ORDER BY entry.rowid ${order.direction}`;
}

/**
 * Where the limit cut, if it did: the last place of what it left.
 *
 * @param limit SQL for the limit that was
 */
function cutOf({ order }: Search, rank: number, limit: string): string {
  const last = order.direction === "desc" ? "min(place)" : "max(place)";
  return `SELECT ${last} AS place FROM found_${rank} HAVING count(*) > 0 AND count(*) = ${limit}`;
}

/**
 * The other entries of the time that the limit cut through: what shares a time is in the order of its ids, which is not that of the
 * entries.
 */
function tiedWith(search: Search, rank: number): string {
  const rest =
    search.order.direction === "desc"
      ? ["entry.rowid < cut.place", `entry.rowid >= ${timeAt("cut.place", "first")}`]
      : ["entry.rowid > cut.place", `entry.rowid <= ${timeAt("cut.place", "last")}`];
  return entries(search, rank, rest, `cut_${rank} AS cut CROSS JOIN `);
}

const RANKS: readonly Where[] = ["subject", "not the subject"];

/**
 * The entries of a rank, with their rows.
 *
 * @param places what bounds them: FTS5 takes one bound a side, and would go by the first
 */
function entries(
  { request, order, terms, after, parameters }: Search,
  rank: number,
  places: readonly string[],
  from = "",
): string {
  const { bind } = parameters;
  const table = TABLES[order.by];
  const match = matchOf(terms, order.isRanked ? RANKS[rank] : "anywhere");
  const column = `row.${order.by}`;
  const conditions = [
    `entry.${table} MATCH ${bind(match)}`,
    ...places,
    `row.workspace_id = ${bind(request.workspace_id)}`,
    // An entry that was left behind leads nowhere.
    `entry.rowid = ${placeOf(column, "row.n")}`,
    ...conditionsOf(request.filters, "row", parameters),
    ...(after?.[0] === rank
      ? [`(${column}, row.id) ${order.direction === "desc" ? "<" : ">"} (${bind(after[1])}, ${bind(after[2])})`]
      : []),
  ];
  return `SELECT ${rank} AS rank, entry.rowid AS place, ${COLUMNS.map((name) => `row.${name}`).join(", ")}
  FROM ${from}${table} AS entry CROSS JOIN read_tickets AS row ON row.n = ${rowAt("entry.rowid")}
  WHERE ${conditions.join("\n    AND ")}`;
}

/** The places that a page can have: from the time of the row before it on, and in the range that its order is asked for. */
function placesWithin({ request: { filters }, order, after, parameters: { bind } }: Search, rank: number): string[] {
  const passed = after?.[0] === rank ? [after[1]] : [];
  const [least, most] = {
    updated_at: [filters.updated_after, filters.updated_before],
    created_at: [filters.created_after, filters.created_before],
    waiting_since: [],
  }[order.by].map((bound) => (bound === undefined ? [] : [bound]));
  const from = [...(least ?? []), ...(order.direction === "asc" ? passed : [])];
  const to = [...(most ?? []), ...(order.direction === "desc" ? passed : [])];
  return [
    ...(from.length > 0 ? [`entry.rowid >= ${firstPlaceOf(bind(Math.max(...from)))}`] : []),
    ...(to.length > 0 ? [`entry.rowid <= ${lastPlaceOf(bind(Math.min(...to)))}`] : []),
  ];
}
