import type { FileUnderWork } from "./file.ts";

/** What stands in an FTS5 table, and where it is found. */
export interface IndexContent {
  readonly table: string;
  /** The table's columns. */
  readonly columns: readonly string[];
  /** SQL after FROM for the rows that have an entry, with the condition. */
  readonly rows: string;
  /** SQL for the rowid of a row's entry. */
  readonly place: string;
  /** SQL for a row's number. */
  readonly number: string;
  /** SQL after JOIN for the rows that have the numbers `placed.n`. */
  readonly again: string;
  /** SQL for the values of the columns. */
  readonly values: readonly string[];
}

/**
 * Bytes of entries in memory before a segment of them is written. With the usual 1 MB, a million tickets would be merged again and
 * again.
 */
const HASH_BYTES = 32_000_000;
const USUAL_HASH_BYTES = 1_048_576;
/** Entries from one sign of life to the next. */
const TELL_EVERY = 1_000;

/**
 * Fills an FTS5 table with the entries of rows that are there already, in the order of their places: FTS5 writes a segment each time
 * that an entry comes before the one before it. A live service writes in this order, because what it changes is the newest.
 *
 * @param told called now and then with the number of entries since it was last called
 */
export function fillIndex(file: FileUnderWork, content: IndexContent, told: (entries: number) => void): void {
  const { table, columns, rows, place, number, again, values } = content;
  file.script(`INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${HASH_BYTES});
    CREATE TEMP TABLE placed AS SELECT ${place} AS place, ${number} AS n FROM ${rows} ORDER BY place;`);
  let entries = 0;
  file.define("told", () => {
    if (++entries % TELL_EVERY === 0) told(TELL_EVERY);
    return null;
  });
  file.inTransaction(() => {
    file.script(`INSERT INTO ${table} (rowid, ${columns.join(", ")})
      SELECT coalesce(told(), placed.place), ${values.join(", ")} FROM placed CROSS JOIN ${again} ORDER BY placed.rowid;`);
  });
  // A table that nobody has configured has no row there.
  file.script(`INSERT INTO ${table} (${table}, rank) VALUES ('hashsize', ${USUAL_HASH_BYTES});
    DELETE FROM ${table}_config WHERE k = 'hashsize'; DROP TABLE placed;`);
}
