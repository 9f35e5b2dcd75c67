import { expect, test } from "vitest";
import type { OpenDatabase } from "../suite.ts";
import { messageOf, messagesOf, rows, runAll } from "./tools.ts";

const TABLE = "CREATE TABLE log (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT NOT NULL UNIQUE) STRICT";
const TAKEN = "D1_ERROR: UNIQUE constraint failed: log.what: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_UNIQUE)";

/** A batch is one transaction. */
export function batchCases(open: OpenDatabase): void {
  const opened = async () => {
    const db = await open();
    await runAll(db, TABLE);
    return { db, add: (what: string | null) => db.prepare("INSERT INTO log (what) VALUES (?1)").bind(what) };
  };

  test("gives a result a statement, each with what came before it", async () => {
    const { db, add } = await opened();
    const results = await db.batch([
      add("a"),
      db.prepare("SELECT what FROM log"),
      add("b"),
      db.prepare("SELECT what FROM log ORDER BY id"),
    ]);
    expect(results.map((result) => result.results)).toEqual([[], [{ what: "a" }], [], [{ what: "a" }, { what: "b" }]]);
    expect(results.map(({ meta }) => [meta.changes, meta.last_row_id])).toEqual([
      [1, 1],
      [0, 1],
      [1, 2],
      [0, 2],
    ]);
  });

  test("an error undoes all of it, numbers too, wherever it comes", async () => {
    const { db, add } = await opened();
    await add("a").run();
    const nothing = db.prepare("SELEC");
    expect(await messageOf(() => db.batch([add("b"), add("c"), add("a")]))).toBe(TAKEN);
    expect(await messageOf(() => db.batch([add("a"), add("b")]))).toBe(TAKEN);
    expect(await messageOf(() => db.batch([add("b"), nothing, add("c")]))).toBe(
      'D1_ERROR: near "SELEC": syntax error: SQLITE_ERROR',
    );
    expect(await messageOf(() => db.batch([add("b"), db.prepare("SELECT ?1"), add("c")]))).toMatch(/Wrong number/);
    expect(await rows(db, "SELECT * FROM log")).toEqual([{ id: 1, what: "a" }]);
    await add("d").run();
    expect(await rows(db, "SELECT * FROM log")).toEqual([
      { id: 1, what: "a" },
      { id: 2, what: "d" },
    ]);
  });

  test("an error undoes what triggers did, and the schema's changes", async () => {
    const { db, add } = await opened();
    await runAll(
      db,
      "CREATE TABLE echo (what TEXT) STRICT",
      "CREATE TRIGGER echoes AFTER INSERT ON log BEGIN INSERT INTO echo VALUES (NEW.what); END",
    );
    const batch = [db.prepare("CREATE TABLE new (a)"), db.prepare("INSERT INTO new VALUES (1)"), add("a"), add(null)];
    expect(await messageOf(() => db.batch(batch))).toMatch(/NOT NULL constraint failed: log.what/);
    expect(await rows(db, "SELECT * FROM echo")).toEqual([]);
    expect(await messagesOf(db, "SELECT * FROM new")).toEqual(["D1_ERROR: no such table: new: SQLITE_ERROR"]);
  });

  test("a statement by itself is all or nothing too", async () => {
    const { db } = await opened();
    expect(await messagesOf(db, "INSERT INTO log (what) VALUES ('a'), ('b'), ('a')")).toEqual([TAKEN]);
    expect(await messagesOf(db, "INSERT OR FAIL INTO log (what) VALUES ('a'), ('a')")).toEqual([TAKEN]);
    expect(await rows(db, "SELECT * FROM log")).toEqual([]);
  });

  test("the same statement may come several times, bound to different values", async () => {
    const { db } = await opened();
    const statement = db.prepare("SELECT ?1 AS a");
    const [one, two] = [statement.bind(1), statement.bind(2)];
    const results = await db.batch([two, one, two]);
    expect(results.map((result) => result.results)).toEqual([[{ a: 2 }], [{ a: 1 }], [{ a: 2 }]]);
  });

  test("sees a table that it has made itself", async () => {
    const { db } = await opened();
    const results = await db.batch([
      db.prepare("CREATE TABLE fresh (a INTEGER) STRICT"),
      db.prepare("INSERT INTO fresh VALUES (1)"),
      db.prepare("ALTER TABLE fresh ADD COLUMN b TEXT DEFAULT 'x'"),
      db.prepare("SELECT * FROM fresh"),
    ]);
    expect(results[3]?.results).toEqual([{ a: 1, b: "x" }]);
  });

  test("SELECT * follows a change of the schema", async () => {
    const { db, add } = await opened();
    await add("a").run();
    const statement = db.prepare("SELECT * FROM log");
    expect((await statement.all()).results).toEqual([{ id: 1, what: "a" }]);
    await runAll(db, "ALTER TABLE log ADD COLUMN more TEXT DEFAULT 'x'");
    expect((await statement.all()).results).toEqual([{ id: 1, what: "a", more: "x" }]);
  });

  test("last_insert_rowid() is another row's after a trigger or a later insert", async () => {
    const { db, add } = await opened();
    const id = "SELECT last_insert_rowid() AS id, changes() AS changes";
    const [, first, , second] = await db.batch([add("a"), db.prepare(id), add("b"), db.prepare(id)]);
    expect([first?.results, second?.results]).toEqual([[{ id: 1, changes: 1 }], [{ id: 2, changes: 1 }]]);
  });

  test("blank statements are left out; nothing else is nothing", async () => {
    const { db } = await opened();
    const results = await db.batch([db.prepare(" "), db.prepare("SELECT 1 AS a")]);
    expect(results.map((result) => result.results)).toEqual([[{ a: 1 }]]);
    expect(await messageOf(() => db.batch([]))).toBe("D1_ERROR: No SQL statements detected.");
    expect(await messagesOf(db, "")).toEqual(["D1_ERROR: No SQL statements detected."]);
  });

  test("exec() takes a statement a line, all or nothing", async () => {
    const { db } = await opened();
    const result = await db.exec("INSERT INTO log (what) VALUES ('a')\n\nINSERT INTO log (what) VALUES ('b')\n");
    expect(result.count).toBe(2);
    expect(await messageOf(() => db.exec("INSERT INTO log (what) VALUES ('c')\nSELEC"))).toBe(
      "D1_EXEC_ERROR: Error in line 1: INSERT INTO log (what) VALUES ('c'): near \"SELEC\": syntax error: SQLITE_ERROR",
    );
    expect(await rows(db, "SELECT what FROM log ORDER BY id")).toEqual([{ what: "a" }, { what: "b" }]);
  });
}
