import type { Bound, Query, Table } from "./connection.ts";

/** Sends statements to the database, as one call. */
export type Send = (queries: readonly Query[]) => Promise<D1Result[]>;

// Apart from the objects, so that they look like D1's.
const queries = new WeakMap<D1PreparedStatement, Query>();
const tables = new WeakMap<D1Result, Table>();

/** What a prepared statement stands for. */
export function queryOf(statement: D1PreparedStatement): Query {
  const query = queries.get(statement);
  if (!query) throw new TypeError("not a statement of this D1 stand-in");
  return query;
}

/** Makes a result as D1 gives it, and remembers the table, in which two columns may have one name. */
export function resultOf(table: Table, servedBy: string, isPrimary: boolean): D1Result {
  const { columns, rows, changes, lastRowId } = table;
  const result: D1Result = {
    success: true,
    meta: {
      served_by: servedBy,
      served_by_primary: isPrimary,
      total_attempts: 1,
      duration: 0,
      timings: { sql_duration_ms: 0 },
      changes,
      last_row_id: lastRowId,
      changed_db: changes > 0,
      // node:sqlite cannot count these.
      size_after: 0,
      rows_read: 0,
      rows_written: 0,
    },
    results: rows.map((row) => Object.fromEntries(row.map((cell, index) => [columns[index] ?? "", cell]))),
  };
  tables.set(result, table);
  return result;
}

/** A statement of the stand-in. */
export class SimulatedStatement implements D1PreparedStatement {
  readonly #send: Send;
  readonly #query: Query;

  constructor(send: Send, query: Query) {
    this.#send = send;
    this.#query = query;
    queries.set(this, query);
  }

  bind(...values: unknown[]): SimulatedStatement {
    return new SimulatedStatement(this.#send, { sql: this.#query.sql, params: values.map(bound) });
  }

  async all<Row>(): Promise<D1Result<Row>> {
    return (await this.#result()) as D1Result<Row>;
  }

  async run<Row>(): Promise<D1Result<Row>> {
    return await this.all<Row>();
  }

  first<Value = unknown>(column: string): Promise<Value | null>;
  first<Row = Record<string, unknown>>(): Promise<Row | null>;
  async first(column?: string): Promise<unknown> {
    const { results } = await this.all<Record<string, unknown>>();
    const [row] = results;
    if (!row) return null;
    if (column === undefined) return row;
    if (row[column] === undefined) throw d1Error("D1_COLUMN_NOTFOUND", "Column not found", ` (${column})`);
    return row[column];
  }

  raw<Row = unknown[]>(options: { columnNames: true }): Promise<[string[], ...Row[]]>;
  raw<Row = unknown[]>(options?: { columnNames?: false }): Promise<Row[]>;
  async raw(options?: { columnNames?: boolean }): Promise<unknown[]> {
    const table = tables.get(await this.#result());
    if (!table) throw new TypeError("a gate has to hand the results of execute() on as they are");
    return [...(options?.columnNames ? [[...table.columns]] : []), ...table.rows.map((row) => [...row])];
  }

  async #result(): Promise<D1Result> {
    const [result] = await this.#send([this.#query]);
    if (!result) throw new TypeError("a gate has to hand the results of execute() on as they are");
    return result;
  }
}

/** An error as D1 throws it. */
export function d1Error(prefix: string, message: string, detail = ""): Error {
  return new Error(`${prefix}: ${message}${detail}`, { cause: new Error(message) });
}

function bound(value: unknown): Bound {
  if (typeof value === "number" || typeof value === "string" || value === null) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (Array.isArray(value) && value.every(isByte)) return value;
  if (value instanceof ArrayBuffer) return Array.from(new Uint8Array(value));
  // As D1 does it: element by element. A DataView has none, and becomes an empty blob.
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  throw d1Error("D1_TYPE_ERROR", `Type '${typeof value}' not supported for value '${value}'`);
}

function isByte(value: unknown): boolean {
  return typeof value === "number" && value >= 0 && value < 256;
}
