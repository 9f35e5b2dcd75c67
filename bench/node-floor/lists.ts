import { DatabaseSync, type StatementSync } from "node:sqlite";
import { ROOT_WORKSPACE } from "../../src/http/middleware/authenticate.ts";
import { listFilters, listOrder, listQuery } from "../../src/http/schemas/list-query.ts";
import type { Value } from "../../src/platform/database.ts";
import { EMPTY_TOKEN } from "../../src/projection/consistency/token.ts";
import { decodeCursor, encodeCursor } from "../../src/queries/cursor.ts";
import { type RankedRow, toItem } from "../../src/queries/read-model/list/item.ts";
import { planOf } from "../../src/queries/read-model/list/plan.ts";
import { canonical } from "../../src/queries/read-model/list/request.ts";
import { SEAL } from "../data/sealing.ts";

/** A list that is ready to be read again. */
interface Ready {
  readonly statement: StatementSync;
  readonly params: readonly Value[];
  readonly limit: number;
  readonly cursorAfter: (row: RankedRow) => string;
}

/**
 * Lists from the read tables of a filled Edgedesk database, by the very statements that Edgedesk has D1 run, each prepared once. How
 * fresh they are, nobody asks.
 */
export class Lists {
  readonly #db: DatabaseSync;
  readonly #ready = new Map<string, Ready>();

  constructor(database: string) {
    this.#db = new DatabaseSync(database, { readOnly: true });
  }

  /**
   * One page.
   *
   * @param search the query of the request's address. What it asks for is looked at once: a server written for a few lists would have
   * them ready.
   */
  page(search: string) {
    const { statement, params, limit, cursorAfter } = this.#ready.get(search) ?? this.#prepare(search);
    const rows = statement.all(...params).filter(isRow);
    const shown = rows.slice(0, limit);
    const last = rows.length > limit ? shown.at(-1) : undefined;
    return { items: shown.map(toItem), next_cursor: last ? cursorAfter(last) : null };
  }

  /** The floor of what reads a database. */
  one(): unknown {
    return this.#db.prepare("SELECT 1 AS one").get();
  }

  #prepare(search: string): Ready {
    const query = listQuery.parse(paramsOf(new URLSearchParams(search)));
    const { limit, cursor, skip = 0 } = query;
    const filters = canonical(listFilters(query, null) ?? {});
    const order = listOrder(query);
    const scope = ["tickets", `${order.by} ${order.direction}`, ROOT_WORKSPACE, filters];
    const after =
      cursor === undefined ? undefined : decodeCursor(SEAL, scope, cursor, ["number", "number", "text"] as const);
    const expectation = { token: EMPTY_TOKEN, latest: false, wait: 0 };
    const plan = planOf({ workspace_id: ROOT_WORKSPACE, filters, order, limit, skip, expectation }, order);
    const { sql, params } = plan.page(after, undefined);
    const cursorAfter = (row: RankedRow) => encodeCursor(SEAL, scope, plan.positionOf(row));
    const ready = { statement: this.#db.prepare(sql), params, limit, cursorAfter };
    this.#ready.set(search, ready);
    return ready;
  }
}

/** They come from the statement that makes such rows: one look, for the types. */
function isRow(row: Readonly<Record<string, unknown>>): row is RankedRow {
  return "rank" in row;
}

function paramsOf(params: URLSearchParams): Record<string, string | string[] | undefined> {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? values[0] : values];
    }),
  );
}
