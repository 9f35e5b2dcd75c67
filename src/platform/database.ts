import { Deadline, PASS, type Patience, REAL_TIME } from "./deadline.ts";
import { causesOf } from "./errors.ts";
import { Usage } from "./usage.ts";

/** A value that SQLite can bind. Numbers bind as REAL, which the STRICT tables turn back into integers. */
export type Value = string | number | null;

/** One SQL statement with its parameters; `Row` is the shape of the rows that it returns. */
export interface Statement<Row = unknown> {
  readonly sql: string;
  readonly params: readonly Value[];
  /** Only a type: no statement ever has it. */
  readonly row?: Row;
}

type Rows<Statements extends readonly Statement[]> = {
  -readonly [Index in keyof Statements]: Statements[Index] extends Statement<infer Row> ? Row[] : never;
};

/** A statement written by hand, for what only SQLite itself can do (guards, `json_each`, windows). */
export function statement<Row = never>(sql: string, ...params: Value[]): Statement<Row> {
  return { sql, params };
}

/**
 * Where a session starts reading: the primary, the nearest replica, or any copy that has seen a bookmark.
 *
 * @see https://developers.cloudflare.com/d1/best-practices/read-replication/
 */
export type Start = "first-primary" | "first-unconstrained" | (string & {});

/** One D1 session: each call of {@link Session.batch} is one round trip and one transaction. */
export class Session {
  readonly #d1: D1DatabaseSession;
  readonly #usage: Usage;
  readonly #deadline: Deadline;

  constructor(d1: D1DatabaseSession, usage: Usage, deadline: Deadline) {
    this.#d1 = d1;
    this.#usage = usage;
    this.#deadline = deadline;
  }

  /**
   * Runs the statements in one call, all of them or none.
   *
   * @returns the rows of each statement, in order
   * @throws {@link UniqueViolation} when a key is taken; {@link BudgetSpent}; {@link DeadlineExceeded}; anything else as D1 threw it
   */
  async batch<const Statements extends readonly Statement[]>(...statements: Statements): Promise<Rows<Statements>> {
    return await this.readAfter([], ...statements);
  }

  /** The same, after statements that write and whose rows nobody looks at, in the same call. */
  async readAfter<const Statements extends readonly Statement[]>(
    writes: readonly Statement[],
    ...statements: Statements
  ): Promise<Rows<Statements>> {
    const prepared = [...writes, ...statements].map(({ sql, params }) => this.#d1.prepare(sql).bind(...params));
    this.#usage.begin();
    try {
      const results = await this.#deadline.meet(() => this.#d1.batch(prepared));
      this.#usage.end(results);
      // D1 types a batch as rows of one shape; here each statement carries the shape of its own rows.
      return results.slice(writes.length).map(({ results: rows }) => rows) as Rows<Statements>;
    } catch (error) {
      throw UniqueViolation.from(error) ?? error;
    }
  }

  /** The state of the database that this session has seen at least, or null where D1 gives none. */
  bookmark(): string | null {
    return this.#d1.getBookmark();
  }
}

/** For a database outside of any event. */
const UNHURRIED = { ...REAL_TIME, waitUntil: () => {} };

/** One D1 database. It holds both families of tables. */
export class Database {
  readonly #d1: D1Database;
  readonly #usage: Usage;
  readonly #deadline: Deadline;

  /**
   * @param usage adds up each call's cost
   * @param deadline how long calls may take
   */
  constructor(d1: D1Database, usage: Usage = new Usage(), deadline: Deadline = new Deadline(PASS, UNHURRIED)) {
    this.#d1 = d1;
    this.#usage = usage;
    this.#deadline = deadline;
  }

  session(start: Start): Session {
    return new Session(this.#d1.withSession(start), this.#usage, this.#deadline);
  }

  /** The same database for work that may take another time. */
  within(patience: Patience): Database {
    return new Database(this.#d1, this.#usage, this.#deadline.with(patience));
  }

  /** The same database for an event that may take so many milliseconds more. */
  extended(milliseconds: number): Database {
    return new Database(this.#d1, this.#usage, this.#deadline.extended(milliseconds));
  }

  /** Milliseconds that are left for calls of this event. */
  get timeLeft(): number {
    return this.#deadline.left;
  }
}

/** A unique key is taken: the whole batch was rolled back. */
export class UniqueViolation extends Error {
  override readonly name = "UniqueViolation";
  /** The key's columns as SQLite names them, `table.column, table.column`. */
  readonly key: string;

  constructor(key: string) {
    super(`the key ${key} is taken`);
    this.key = key;
  }

  static from(error: unknown): UniqueViolation | undefined {
    for (const { message } of causesOf(error)) {
      const [, key] = /UNIQUE constraint failed: ([\w., ]+)/.exec(message) ?? [];
      if (key !== undefined) return new UniqueViolation(key);
    }
    return undefined;
  }

  /** Whether the key belongs to that table. */
  isOn(table: string): boolean {
    return this.key.startsWith(`${table}.`);
  }
}
