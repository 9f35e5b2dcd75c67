import { copyFileSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { getTableName } from "drizzle-orm";
import { ticketList } from "../../src/projection/read-models/ticket-list/ticket-list.ts";

const TABLE = getTableName(ticketList.table);
/** Tables that a row of the read table is counted and searched in, by its triggers. */
const KEPT_BY_TRIGGERS = ["read_tallies", "read_revisions"];
/** The better one counts: in the other, others may have had the processor. */
const RUNS = 2;

/** Takes all that is derived from a database, as somebody would who has lost it: lists wait for a rebuild then. */
export function loseReadModel(file: string): void {
  const db = open(file);
  withoutTriggers(db, [TABLE, ...KEPT_BY_TRIGGERS], () => {
    for (const table of [TABLE, ...KEPT_BY_TRIGGERS]) db.exec(`DELETE FROM ${table}`);
    for (const { name } of ticketList.search) db.exec(`INSERT INTO ${name} (${name}) VALUES ('delete-all')`);
    db.exec("UPDATE db_clock SET read_rows = 0");
  });
  db.exec("UPDATE read_state SET complete = 0; PRAGMA wal_checkpoint(TRUNCATE)");
  db.close();
}

/**
 * The database's own ceiling for what is projected: read rows a second that one statement copies from another file into the emptied
 * table, with all its indexes and triggers, in one transaction.
 */
export function readRowsCeiling(filled: string, folder: string): number {
  return best(filled, folder, loseReadModel, (db) => {
    const columns = columnsOf(db, TABLE).filter((column) => column !== "n");
    return `INSERT INTO main.${TABLE} (${columns}) SELECT ${columns} FROM filled.${TABLE} ORDER BY workspace_id, id`;
  });
}

/** The same for what an import records: tickets a second, each with its events. */
export function sourceCeiling(filled: string, folder: string): number {
  const lose = (file: string) => {
    const db = open(file);
    db.exec("DELETE FROM ticket_events; DELETE FROM tickets; PRAGMA wal_checkpoint(TRUNCATE)");
    db.close();
  };
  return best(filled, folder, lose, (db) => {
    const columns = columnsOf(db, "ticket_events").filter((column) => column !== "seq");
    return `INSERT INTO main.ticket_events (${columns}) SELECT ${columns} FROM filled.ticket_events ORDER BY seq;
      INSERT INTO main.tickets SELECT * FROM filled.tickets ORDER BY workspace_id, id`;
  });
}

function best(
  filled: string,
  folder: string,
  lose: (file: string) => void,
  sqlOf: (db: DatabaseSync) => string,
): number {
  const copy = `${folder}/ceiling.sqlite`;
  const rates = Array.from({ length: RUNS }, () => {
    remove(copy);
    copyFileSync(filled, copy);
    lose(copy);
    const db = open(copy);
    try {
      db.prepare("ATTACH ? AS filled").run(filled);
      const sql = sqlOf(db);
      const begun = performance.now();
      db.exec(`BEGIN; ${sql}; COMMIT`);
      const seconds = (performance.now() - begun) / 1_000;
      return Number(db.prepare("SELECT count(*) AS count FROM filled.tickets").get()?.["count"]) / seconds;
    } finally {
      db.close();
      remove(copy);
    }
  });
  return Math.max(...rates);
}

/** With its log: another file's would be taken for its own. */
function remove(file: string): void {
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${file}${suffix}`, { force: true });
}

/** With a write-ahead log like the runtime's, and no wait for the disk: a ceiling. */
function open(file: string): DatabaseSync {
  const db = new DatabaseSync(file, { enableDoubleQuotedStringLiterals: true });
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF");
  return db;
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  const rows = db.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  return rows.map(({ name }) => String(name));
}

function withoutTriggers(db: DatabaseSync, tables: readonly string[], work: () => void): void {
  const triggers = db
    .prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (SELECT value FROM json_each(?))",
    )
    .all(JSON.stringify(tables));
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${String(name)}`);
  work();
  for (const { sql } of triggers) db.exec(String(sql));
}
