import { rmSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Statement, Value } from "../../src/platform/database.ts";

/** A row as SQLite gives it. */
export type Row = Readonly<Record<string, unknown>>;

/** Megabytes of pages that are kept in memory. */
const CACHE_MB = 700;

/**
 * A database file that is being filled, by one process and with nothing that would keep it whole if the machine stopped: who is cut
 * short begins again.
 */
export class FileUnderWork {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** @param file nothing that was there before stays */
  constructor(file: string) {
    for (const suffix of ["", "-wal", "-shm", "-journal"]) rmSync(`${file}${suffix}`, { force: true });
    // D1 takes "text" in double quotes for a string where no column has that name. What FTS5 keeps is not protected: see search-index.ts.
    this.#db = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true, defensive: false });
    this.#db.exec(`PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA temp_store = MEMORY; PRAGMA cache_size = ${-1_000 * CACHE_MB};`);
  }

  /** Runs SQL text of any number of statements. */
  script(sql: string): void {
    this.#db.exec(sql);
  }

  /** Runs statements of the service, or others. */
  run(statements: readonly Statement[]): void {
    for (const { sql, params } of statements) this.#prepared(sql).run(...params);
  }

  /** Runs one statement, again and again with other values. */
  write(sql: string, ...params: readonly Value[]): void {
    this.#prepared(sql).run(...params);
  }

  all({ sql, params }: Pick<Statement, "sql" | "params">): Row[] {
    return this.#prepared(sql).all(...params);
  }

  /** The first column of the first row, as a number. */
  number(sql: string): number {
    const [row = {}] = this.all({ sql, params: [] });
    return Number(Object.values(row)[0]);
  }

  /** Makes all that the work writes one transaction. */
  inTransaction(work: () => void): void {
    this.#db.exec("BEGIN");
    work();
    this.#db.exec("COMMIT");
  }

  /** Makes a function known to SQL; called for each row anew. */
  define(name: string, call: () => null): void {
    this.#db.function(name, { deterministic: false }, call);
  }

  /** Leaves the file as the runtime leaves one: it has a write-ahead log. */
  close(): void {
    this.#statements.clear();
    this.#db.exec("PRAGMA locking_mode = NORMAL; PRAGMA journal_mode = WAL;");
    this.#db.close();
  }

  #prepared(sql: string): StatementSync {
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      prepared = this.#db.prepare(sql);
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }
}
