import { type Statement, statement } from "../../src/platform/database.ts";
import { Parameters } from "../../src/platform/parameters.ts";
import type { ListFilters } from "../../src/queries/read-model/list/filters.ts";
import type { ListOrder } from "../../src/queries/read-model/list/request.ts";
import { conditionsOf } from "./conditions.ts";
import { COLUMNS, COMPUTED, type Row, waitingSince } from "./row.ts";
import { phrasesOf, rankBy } from "./search.ts";
import { type Source, sourcesOf } from "./sources.ts";

/** One page of a list. */
export interface PageRequest {
  readonly workspaceId: string;
  /** Canonical. */
  readonly filters: ListFilters;
  readonly order: ListOrder;
  /** The row that the page comes after. */
  readonly after: readonly [rank: number, time: number, id: string] | undefined;
  readonly limit: number;
  readonly skip: number;
}

/**
 * The statement of a page, composed for what is asked for: SQLite would take a worse index for one that leaves each filter open. First the
 * tickets of the page are found, then whatever else is shown is computed of these alone.
 */
export function pageOf(request: PageRequest): Statement<Row> {
  const parameters = new Parameters();
  const { bind } = parameters;
  const { order, limit, skip } = request;
  const { probes, sources } = sourcesOf(request, bind);
  const most = `LIMIT ${bind(limit + 1)} OFFSET ${bind(skip)}`;
  const [only, ...others] = sources;
  const found =
    only && others.length === 0
      ? `${firstOf(request, only, bind)} ${most}`
      : `${merged(request, sources, bind)} ORDER BY ${orderOf(order, "")} ${most}`;
  const before = probes.length === 0 ? "" : `WITH ${probes.join(",\n")}\n`;
  return statement<Row>(
    `${before}SELECT t.*, ${COMPUTED} FROM (${found}) AS t
ORDER BY ${orderOf(order, "t.")}`,
    ...parameters.values,
  );
}

/** The first tickets of several sources, each in the order of the page. */
function merged(request: PageRequest, sources: readonly Source[], bind: Parameters["bind"]): string {
  const wanted = bind(request.skip + request.limit + 1);
  const parts = sources.map((source) => {
    const limit = source.gate === undefined ? wanted : `iif(${source.gate}, ${wanted}, 0)`;
    return `SELECT * FROM (${firstOf(request, source, bind)} LIMIT ${limit})`;
  });
  return parts.join("\nUNION ALL ");
}

/** The tickets of one source, in the order of the page. */
function firstOf(request: PageRequest, source: Source, bind: Parameters["bind"]): string {
  const { order, filters, after } = request;
  const rank = order.by === "relevance" ? rankBy(phrasesOf(filters.q ?? ""), bind) : "0";
  const conditions = [...source.conditions, ...conditionsOf(request, source.leading, bind)];
  const rows = `SELECT ${COLUMNS.map((name) => `t.${name}`).join(", ")}`;
  if (order.by === "updated_at" || order.by === "created_at") {
    const all = [...conditions, ...(after ? [isAfter(`(t.${order.by}, t.id)`, order, after, bind)] : [])];
    return `${rows}, 0 AS rank FROM ${source.from} WHERE ${all.join(" AND ")} ORDER BY ${orderOf(order, "t.")}`;
  }
  // What the order needs is computed once a ticket: with a limit of its own, SQLite does not take the inner query apart.
  const key = order.by === "relevance" ? `${rank} AS rank` : `0 AS rank, ${waitingSince("t")} AS waiting_at`;
  const inner = `${rows}, ${key} FROM ${source.from} WHERE ${conditions.join(" AND ")} LIMIT -1`;
  const behind = [
    ...(order.by === "waiting_since" ? ["waiting_at IS NOT NULL"] : []),
    ...(after && order.by === "waiting_since" ? [isAfter("(waiting_at, id)", order, after, bind)] : []),
    ...(after && order.by === "relevance"
      ? [
          `(rank > ${bind(after[0])} OR (rank = ${bind(after[0])} AND ${isAfter("(updated_at, id)", order, after, bind)}))`,
        ]
      : []),
  ];
  return `SELECT * FROM (${inner}) WHERE ${["true", ...behind].join(" AND ")} ORDER BY ${orderOf(order, "")}`;
}

function isAfter(
  key: string,
  { direction }: ListOrder,
  [, time, id]: NonNullable<PageRequest["after"]>,
  bind: Parameters["bind"],
): string {
  return `${key} ${direction === "desc" ? "<" : ">"} (${bind(time)}, ${bind(id)})`;
}

function orderOf({ by, direction }: ListOrder, from: string): string {
  if (by === "relevance") return `${from}rank, ${from}updated_at DESC, ${from}id DESC`;
  const key = by === "waiting_since" ? "waiting_at" : by;
  return `${from}${key} ${direction}, ${from}id ${direction}`;
}
