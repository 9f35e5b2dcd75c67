import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { MAX_FUNCTION_ARGUMENTS, MAX_VALUE_BYTES } from "../../platform-limits.ts";
import { analyse, isBlank } from "./sql.ts";

/** A value on its way to SQLite, as `bind()` leaves it: blobs are arrays of bytes. */
export type Bound = string | number | null | readonly number[];

/** A value on its way back. */
export type Cell = string | number | null | number[];

/** A statement and what it is bound to. */
export interface Query {
  readonly sql: string;
  readonly params: readonly Bound[];
}

/** What one statement gave. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows changed, by triggers, foreign keys and FTS5's own tables too. */
  readonly changes: number;
  readonly lastRowId: number;
}

/** What all statements of one call gave. */
export interface Outcome {
  readonly tables: readonly Table[];
  /** Whether the database is another one now. */
  readonly changed: boolean;
}

/** A database after the migrations, from which new ones are made. */
export interface Template {
  readonly sql: string;
  /** The same as a file: five times faster to open, where Node can (from 24.16). */
  readonly image: Uint8Array | undefined;
}

/** An error of the database; its message is D1's without the prefix. */
export class SqlError extends Error {
  override readonly name = "SqlError";
}

// What the runtime's SQLite is built with; the limits that have their own message are in sql.ts. The first two are production's, which the
// runtime does not hold.
const LIMITS = {
  length: MAX_VALUE_BYTES,
  functionArg: MAX_FUNCTION_ARGUMENTS,
  column: 100,
  exprDepth: 100,
  compoundSelect: 5,
  likePatternLength: 50,
  triggerDepth: 10,
};

const probe = open();
/** Before 24.15 Node has no way to set SQLite's limits. */
export const HAS_LIMITS = "limits" in probe;
/** Early versions of Node 24 end a text at its first NUL when they read it, and bind `?1` by name only. */
export const IS_EARLY = !bindsByPosition(probe);
probe.close();

/**
 * Reads the migrations and makes a template of them. The files go to SQLite whole: it knows better than any splitter where
 * a trigger ends. That D1's own splitter takes them is for the tests in the runtime to show.
 */
export function readMigrations(folder: string): Template {
  const files = readdirSync(folder).filter((file) => file.endsWith(".sql"));
  return templateOf(
    files
      .toSorted()
      .map((file) => readFileSync(join(folder, file), "utf8"))
      .join("\n"),
  );
}

/** Makes a template of a schema. */
export function templateOf(sql: string): Template {
  const db = open();
  db.exec(sql);
  const image = typeof db.serialize === "function" ? db.serialize() : undefined;
  db.close();
  return { sql, image };
}

/** One in-memory SQLite database that behaves as the one behind D1 does. Synchronous throughout. */
export class Connection {
  readonly #db = open();
  readonly #statements = new Map<string, Prepared>();
  readonly #counters: StatementSync;
  #totalChanges = 0;
  #lastRowId = 0;

  constructor({ sql, image }: Template) {
    if (image) this.#db.deserialize(image);
    else this.#db.exec(sql);
    this.#counters = prepareRaw(this.#db, "SELECT total_changes(), last_insert_rowid()");
    this.#count();
  }

  /**
   * Runs statements, all of them or none.
   *
   * @throws {@link SqlError}
   */
  run(queries: readonly Query[]): Outcome {
    const statements = queries.filter(({ sql }) => !isBlank(sql));
    if (statements.length === 0) throw new SqlError("No SQL statements detected.");
    if (statements.every(isRead)) return { tables: statements.map((query) => this.#step(query)), changed: false };
    const tables = this.#transaction(statements);
    const changed = statements.some(isSchema) || tables.some(({ changes }) => changes > 0);
    return { tables, changed };
  }

  close(): void {
    this.#db.close();
  }

  #transaction(statements: readonly Query[]): Table[] {
    this.#control("BEGIN");
    try {
      const tables = statements.map((query) => this.#step(query));
      this.#control("COMMIT");
      return tables;
    } catch (error) {
      // SQLite has rolled back by itself where a conflict clause told it to.
      if (this.#db.isTransaction) this.#control("ROLLBACK");
      throw error;
    } finally {
      this.#count();
      if (statements.some(isSchema)) this.#statements.clear();
    }
  }

  #step(query: Query): Table {
    const { sql, params } = query;
    const { kind, parameters, numbered, refusal } = analyse(sql);
    if (refusal) throw new SqlError(refusal);
    const { statement, columns } = this.#prepare(sql);
    if (params.length !== parameters) throw new SqlError("Wrong number of parameter bindings for SQL query.");
    const rows = run(statement, params.map(toSqlite), numbered);
    const changes = kind === "read" ? 0 : this.#count();
    return { columns, rows: rows.map((row) => row.map(fromSqlite)), changes, lastRowId: this.#lastRowId };
  }

  #prepare(sql: string): Prepared {
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      const statement = prepareRaw(this.#db, sql);
      prepared = { statement, columns: statement.columns().map(({ name }) => name) };
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }

  /** Begins and ends transactions, which {@link run} refuses. */
  #control(sql: "BEGIN" | "COMMIT" | "ROLLBACK"): void {
    translated(() => this.#prepare(sql).statement.run());
  }

  /** How many rows have changed since it was last asked. */
  #count(): number {
    const [row = []] = this.#counters.all() as unknown as bigint[][];
    const [total = 0, lastRowId = 0] = row.map(Number);
    const changes = total - this.#totalChanges;
    this.#totalChanges = total;
    this.#lastRowId = lastRowId;
    return changes;
  }
}

interface Prepared {
  readonly statement: StatementSync;
  readonly columns: readonly string[];
}

function open(): DatabaseSync {
  // D1 takes "text" in double quotes for a string where no column has that name.
  return new DatabaseSync(":memory:", { enableDoubleQuotedStringLiterals: true, limits: LIMITS });
}

function bindsByPosition(db: DatabaseSync): boolean {
  try {
    db.prepare("SELECT ?1").get(1);
    return true;
  } catch {
    return false;
  }
}

/** As bigints, since a number that JavaScript cannot hold exactly would throw; as arrays, since names may repeat. */
function prepareRaw(db: DatabaseSync, sql: string): StatementSync {
  return translated(() => {
    const statement = db.prepare(sql);
    statement.setReadBigInts(true);
    statement.setReturnArrays(true);
    if (IS_EARLY) statement.setAllowUnknownNamedParameters(true);
    return statement;
  });
}

type SqliteValue = string | number | null | Uint8Array;

function run(statement: StatementSync, params: readonly SqliteValue[], numbered: boolean) {
  const rows: unknown = translated(() => {
    if (!IS_EARLY || !numbered) return statement.all(...params);
    return statement.all(Object.fromEntries(params.map((value, index) => [`?${index + 1}`, value])));
  });
  // node:sqlite's types know nothing of setReturnArrays.
  return rows as (string | number | bigint | null | Uint8Array)[][];
}

function toSqlite(value: Bound): SqliteValue {
  // What JSON makes of numbers on their way to D1: NaN and the infinities are null, and -0 is 0.
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  if (typeof value === "string" || value === null) {
    if (!HAS_LIMITS && value !== null && Buffer.byteLength(value) > LIMITS.length) throw tooBig();
    return value;
  }
  return Uint8Array.from(value);
}

function fromSqlite(value: string | number | bigint | null | Uint8Array): Cell {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return Number.isFinite(value) ? value + 0 : null;
  return value instanceof Uint8Array ? Array.from(value) : value;
}

function isRead({ sql }: Query): boolean {
  return analyse(sql).kind === "read";
}

function isSchema({ sql }: Query): boolean {
  return analyse(sql).kind === "schema";
}

function tooBig(): SqlError {
  return new SqlError("string or blob too big: SQLITE_TOOBIG");
}

/** SQLite's result codes (https://sqlite.org/rescode.html), by number. */
const CODES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  6: "SQLITE_LOCKED",
  8: "SQLITE_READONLY",
  11: "SQLITE_CORRUPT",
  17: "SQLITE_SCHEMA",
  18: "SQLITE_TOOBIG",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
  21: "SQLITE_MISUSE",
  25: "SQLITE_RANGE",
};

const CONSTRAINTS = [
  "CHECK",
  "COMMITHOOK",
  "FOREIGNKEY",
  "FUNCTION",
  "NOTNULL",
  "PRIMARYKEY",
  "TRIGGER",
  "UNIQUE",
  "VTAB",
  "ROWID",
  "PINNED",
  "DATATYPE",
];

/** Runs what calls SQLite, and gives its errors the form that D1 gives them, except for the offset, which Node hides. */
function translated<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Error && "errcode" in error && typeof error.errcode === "number")) throw error;
    const code = CODES[error.errcode & 0xff] ?? `SQLITE_${error.errcode & 0xff}`;
    const constraint = code === "SQLITE_CONSTRAINT" && CONSTRAINTS[(error.errcode >> 8) - 1];
    const extended = constraint ? ` (extended: ${code}_${constraint})` : "";
    throw new SqlError(`${error.message}: ${code}${extended}`);
  }
}
