import { expect, test } from "vitest";
import type { OpenDatabase } from "../suite.ts";
import { errorOf, messagesOf, rows, runAll } from "./tools.ts";

function constraint(message: string, kind: string): string {
  return `D1_ERROR: ${message}: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_${kind})`;
}

/** Errors, word for word: the service reads some of them. */
export function errorCases(open: OpenDatabase): void {
  test("constraints", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL CHECK (b <> 'x'), c INT UNIQUE, d BLOB, UNIQUE (b, c)) STRICT",
      "CREATE TABLE k (a TEXT, b TEXT, PRIMARY KEY (a, b)) STRICT, WITHOUT ROWID",
      "CREATE TABLE n (b TEXT, CONSTRAINT short CHECK (length(b) < 5))",
      "CREATE TABLE child (t INTEGER REFERENCES t (a))",
      "CREATE TRIGGER never BEFORE DELETE ON t BEGIN SELECT RAISE(ABORT, 'never; ever'); END",
      "INSERT INTO t VALUES (1, 'a', 1, NULL)",
      "INSERT INTO k VALUES ('a', 'b')",
    );
    const messages = await messagesOf(
      db,
      "INSERT INTO t VALUES (1, 'b', 2, NULL)",
      "INSERT INTO t VALUES (2, 'b', 1, NULL)",
      "INSERT INTO k VALUES ('a', 'b')",
      "INSERT INTO t VALUES (2, NULL, 2, NULL)",
      "INSERT INTO t VALUES (2, 'x', 2, NULL)",
      "INSERT INTO n VALUES ('too long')",
      "INSERT INTO t VALUES (2, 'b', 'q', NULL)",
      "INSERT INTO t VALUES (2, 'b', 2, 'text')",
      "INSERT INTO t VALUES ('q', 'b', 2, NULL)",
      "INSERT INTO child VALUES (9)",
      "DELETE FROM t",
    );
    expect(messages).toEqual([
      constraint("UNIQUE constraint failed: t.a", "PRIMARYKEY"),
      constraint("UNIQUE constraint failed: t.c", "UNIQUE"),
      constraint("UNIQUE constraint failed: k.a, k.b", "PRIMARYKEY"),
      constraint("NOT NULL constraint failed: t.b", "NOTNULL"),
      constraint("CHECK constraint failed: b <> 'x'", "CHECK"),
      constraint("CHECK constraint failed: short", "CHECK"),
      constraint("cannot store TEXT value in INT column t.c", "DATATYPE"),
      constraint("cannot store TEXT value in BLOB column t.d", "DATATYPE"),
      "D1_ERROR: datatype mismatch: SQLITE_MISMATCH",
      constraint("FOREIGN KEY constraint failed", "FOREIGNKEY"),
      constraint("never; ever", "TRIGGER"),
    ]);
  });

  test("an error is an Error, its cause has the message without the prefix", async () => {
    const db = await open();
    const error = await errorOf(() => db.prepare("SELECT * FROM nope").all());
    expect(error.constructor).toBe(Error);
    expect(error.name).toBe("Error");
    expect(error.cause).toEqual(new Error("no such table: nope: SQLITE_ERROR"));
  });

  test("nothing is thrown before the call: not by prepare, not by bind", async () => {
    const db = await open();
    expect(() => db.prepare("SELEC").bind("too many")).not.toThrow();
  });

  test("SQL that cannot be prepared", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE t (a)", "CREATE INDEX i ON t (a)");
    const messages = await messagesOf(
      db,
      "SELEC 1",
      "SELECT 1 +",
      "SELECT 'a",
      "SELECT * FROM nope",
      "SELECT nope",
      "SELECT nope()",
      "SELECT ltrim()",
      "SELECT a FROM t UNION ALL SELECT a FROM t ORDER BY b",
      "INSERT INTO t (a) VALUES (1, 2)",
      "INSERT INTO t (nope) VALUES (1)",
      "CREATE TABLE t (a)",
      "CREATE INDEX i ON t (a)",
      "DROP TABLE nope",
    );
    expect(messages).toEqual(
      [
        'near "SELEC": syntax error',
        "incomplete input",
        'unrecognized token: "\'a"',
        "no such table: nope",
        "no such column: nope",
        "no such function: nope",
        "wrong number of arguments to function ltrim()",
        "1st ORDER BY term does not match any column in the result set",
        "2 values for 1 columns",
        "table t has no column named nope",
        "table t already exists",
        "index i already exists",
        "no such table: nope",
      ].map((message) => `D1_ERROR: ${message}: SQLITE_ERROR`),
    );
  });

  test("SQL that fails while it runs", async () => {
    const db = await open();
    const messages = await messagesOf(
      db,
      "SELECT abs(-9223372036854775808)",
      "SELECT '{' ->> 'a'",
      "SELECT * FROM json_each('nonsense')",
    );
    expect(messages).toEqual(
      ["integer overflow", "malformed JSON", "malformed JSON"].map((message) => `D1_ERROR: ${message}: SQLITE_ERROR`),
    );
  });

  test.each(["BEGIN", "BEGIN IMMEDIATE", "COMMIT", "END", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "/* so */ begin"])(
    "no transactions by hand: %s",
    async (sql) => {
      const db = await open();
      const [message] = await messagesOf(db, sql);
      expect(message).toMatch(/^D1_ERROR: To execute a transaction, please use the state\.storage\.transaction\(\)/);
      expect(await rows(db, "SELECT 1 AS a")).toEqual([{ a: 1 }]);
    },
  );

  test.each([
    "PRAGMA user_version",
    "PRAGMA user_version = 3",
    "PRAGMA journal_mode",
    "PRAGMA writable_schema = ON",
    "PRAGMA page_count",
    "SELECT * FROM pragma_user_version",
    "ATTACH ':memory:' AS other",
    "DETACH other",
    "CREATE TEMP TABLE t (a)",
    "CREATE TABLE _cf_t (a)",
  ])("not authorized: %s", async (sql) => {
    expect(await messagesOf(await open(), sql)).toEqual(["D1_ERROR: not authorized: SQLITE_AUTH"]);
  });

  test("functions that D1 has not, or does not let be used", async () => {
    const messages = await messagesOf(
      await open(),
      "SELECT sqlite_version()",
      "SELECT sqlite_source_id()",
      "SELECT median(1)",
      "SELECT 'a' REGEXP 'b'",
      "VACUUM",
    );
    expect(messages).toEqual([
      "D1_ERROR: not authorized to use function: sqlite_version: SQLITE_ERROR",
      "D1_ERROR: not authorized to use function: sqlite_source_id: SQLITE_ERROR",
      "D1_ERROR: no such function: median: SQLITE_ERROR",
      "D1_ERROR: no such function: REGEXP: SQLITE_ERROR",
      "D1_ERROR: cannot VACUUM from within a transaction: SQLITE_ERROR",
    ]);
  });

  test("pragmas that it does let be used", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE t (a TEXT NOT NULL) STRICT", "PRAGMA optimize", "PRAGMA defer_foreign_keys = ON");
    expect(await rows(db, "PRAGMA foreign_keys")).toEqual([{ foreign_keys: 1 }]);
    expect(await rows(db, "SELECT name, type FROM pragma_table_info('t')")).toEqual([{ name: "a", type: "TEXT" }]);
    expect(await rows(db, "SELECT strict FROM pragma_table_list WHERE name = 't'")).toEqual([{ strict: 1 }]);
    expect(await rows(db, "PRAGMA quick_check")).toEqual([{ quick_check: "ok" }]);
  });
}
