import { expect, test } from "vitest";
import type { OpenDatabase } from "../suite.ts";
import { changesOf, errorOf, messageOf, rows, runAll } from "./tools.ts";

/** A statement by itself: how it is bound, what it gives back, and what it counts. */
export function statementCases(open: OpenDatabase): void {
  test("all() and run() give rows and the same meta", async () => {
    const statement = (await open()).prepare("SELECT 1 AS a UNION ALL SELECT 2");
    for (const result of [await statement.all(), await statement.run()]) {
      expect(result).toMatchObject({ success: true, results: [{ a: 1 }, { a: 2 }] });
      expect(result.meta).toMatchObject({ changes: 0, changed_db: false, served_by_primary: true });
      for (const field of ["duration", "last_row_id", "rows_read", "rows_written", "size_after"]) {
        expect(result.meta[field]).toBeTypeOf("number");
      }
    }
  });

  test("first() gives a row, a column, or null", async () => {
    const db = await open();
    expect(await db.prepare("SELECT 1 AS a, NULL AS b").first()).toEqual({ a: 1, b: null });
    expect(await db.prepare("SELECT 1 AS a").first("a")).toBe(1);
    expect(await db.prepare("SELECT NULL AS a").first("a")).toBeNull();
    expect(await db.prepare("SELECT 1 AS a WHERE 0").first()).toBeNull();
    expect(await db.prepare("SELECT 1 AS a WHERE 0").first("b")).toBeNull();
    const error = await errorOf(() => db.prepare("SELECT 1 AS a").first("b"));
    expect(error).toMatchObject({
      message: "D1_COLUMN_NOTFOUND: Column not found (b)",
      cause: { message: "Column not found" },
    });
  });

  test("raw() gives arrays, in which a name may come twice; in objects the later one wins", async () => {
    const statement = (await open()).prepare("SELECT 1 AS a, 2 AS a, x'01' AS b");
    expect(await statement.raw()).toEqual([[1, 2, [1]]]);
    expect(await statement.raw({ columnNames: true })).toEqual([
      ["a", "a", "b"],
      [1, 2, [1]],
    ]);
    expect((await statement.all()).results).toEqual([{ a: 2, b: [1] }]);
  });

  test("raw() names the columns even of no rows", async () => {
    const statement = (await open()).prepare("SELECT 1 AS a WHERE 0");
    expect(await statement.raw({ columnNames: true })).toEqual([["a"]]);
    expect(await statement.raw()).toEqual([]);
  });

  test("parameters are numbered or in order, may repeat and leave gaps", async () => {
    const db = await open();
    expect(await rows(db, "SELECT ?2 AS b, ?1 AS a, ?2 AS c", "x", "y")).toEqual([{ b: "y", a: "x", c: "y" }]);
    expect(await rows(db, "SELECT ? AS a, ? AS b", "x", "y")).toEqual([{ a: "x", b: "y" }]);
    expect(await rows(db, "SELECT ?3 AS c", "x", "y", "z")).toEqual([{ c: "z" }]);
    expect(await rows(db, "SELECT '?' AS a, /* ? */ ?1 AS \"?2\" -- ?3", "x")).toEqual([{ a: "?", "?2": "x" }]);
  });

  test("as many values as parameters, no more and no fewer", async () => {
    const db = await open();
    const message = "D1_ERROR: Wrong number of parameter bindings for SQL query.";
    expect(await messageOf(() => rows(db, "SELECT ?1, ?2", "x"))).toBe(message);
    expect(await messageOf(() => rows(db, "SELECT ?, ?", "x"))).toBe(message);
    expect(await messageOf(() => rows(db, "SELECT ?1", "x", "y"))).toBe(message);
    expect(await messageOf(() => rows(db, "SELECT 1", "x"))).toBe(message);
    expect(await messageOf(() => db.prepare("SELECT ?1").all())).toBe(message);
  });

  test("a statement can be bound again and again", async () => {
    const statement = (await open()).prepare("SELECT ?1 AS a");
    const [one, two] = [statement.bind(1), statement.bind(2)];
    expect((await two.all()).results).toEqual([{ a: 2 }]);
    expect((await one.all()).results).toEqual([{ a: 1 }]);
    expect((await one.bind(3).all()).results).toEqual([{ a: 3 }]);
  });

  test("one statement may end with a semicolon and begin with a comment", async () => {
    const db = await open();
    expect(await rows(db, "SELECT 1 AS a; ")).toEqual([{ a: 1 }]);
    expect(await rows(db, "-- one\nSELECT 1 AS a")).toEqual([{ a: 1 }]);
    expect(await rows(db, "/* one; */ SELECT ';' AS a")).toEqual([{ a: ";" }]);
  });

  test("changes counts what was written, by whatever", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE item (id INTEGER PRIMARY KEY, n INTEGER) STRICT",
      "CREATE TABLE part (id INTEGER PRIMARY KEY, item INTEGER REFERENCES item (id) ON DELETE CASCADE) STRICT",
      "CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, what TEXT) STRICT",
      "CREATE TRIGGER told AFTER INSERT ON item BEGIN INSERT INTO note (what) VALUES ('a;'); INSERT INTO note (what) VALUES ('b'); END",
    );
    const changed = { changed_db: true };
    expect(await changesOf(db, "INSERT INTO item VALUES (5, 1), (7, 1)")).toEqual({
      changes: 6,
      last_row_id: 7,
      ...changed,
    });
    expect(await changesOf(db, "INSERT INTO item VALUES (9, 2) RETURNING n")).toEqual({
      changes: 3,
      last_row_id: 9,
      ...changed,
    });
    expect(await changesOf(db, "INSERT INTO part VALUES (1, 5), (2, 5), (3, 7)")).toMatchObject({ changes: 3 });
    expect(await changesOf(db, "UPDATE item SET n = n")).toMatchObject({ changes: 3, last_row_id: 3 });
    expect(await changesOf(db, "DELETE FROM item WHERE id = 5")).toMatchObject({ changes: 3 });
    expect(await changesOf(db, "UPDATE item SET n = 1 WHERE 0")).toMatchObject({ changes: 0, changed_db: false });
    expect(await changesOf(db, "SELECT * FROM item")).toMatchObject({ changes: 0, changed_db: false });
    expect(await changesOf(db, "DELETE FROM note")).toMatchObject({ changes: 6 });
  });

  test("changes of an upsert: what its guard lets through", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE pair (k TEXT PRIMARY KEY, v INTEGER) STRICT, WITHOUT ROWID");
    const upsert =
      "INSERT INTO pair VALUES ('a', ?1) ON CONFLICT (k) DO UPDATE SET v = excluded.v WHERE excluded.v > v";
    const changes = async (sql: string, ...params: unknown[]) => (await changesOf(db, sql, ...params)).changes;
    expect(await changes(upsert, 1)).toBe(1);
    expect(await changes(upsert, 1)).toBe(0);
    expect(await changes(upsert, 2)).toBe(1);
    expect(await changes("INSERT INTO pair VALUES ('a', 9) ON CONFLICT DO NOTHING")).toBe(0);
    expect(await changes("INSERT OR IGNORE INTO pair VALUES ('a', 9)")).toBe(0);
    expect(await changes("INSERT OR REPLACE INTO pair VALUES ('a', 9)")).toBe(1);
    expect(await rows(db, "SELECT * FROM pair")).toEqual([{ k: "a", v: 9 }]);
  });

  test("RETURNING gives the rows written, and none that the guard held back", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE pair (k TEXT PRIMARY KEY, v INTEGER) STRICT, WITHOUT ROWID");
    const upsert = `INSERT INTO pair VALUES ('a', ?1), ('b', ?1)
      ON CONFLICT (k) DO UPDATE SET v = excluded.v WHERE excluded.v > v RETURNING k, v, typeof(v) AS type`;
    const written = ["a", "b"].map((k) => ({ k, v: 1, type: "integer" }));
    expect(await rows(db, upsert, 1)).toEqual(written);
    expect(await rows(db, upsert, 1)).toEqual([]);
    expect(await rows(db, "UPDATE pair SET v = 5 WHERE k = 'b' RETURNING *")).toEqual([{ k: "b", v: 5 }]);
    expect(await rows(db, "DELETE FROM pair WHERE v = 5 RETURNING k")).toEqual([{ k: "b" }]);
    expect(await rows(db, "WITH one AS (SELECT 'c' AS k) INSERT INTO pair SELECT k, 3 FROM one RETURNING k")).toEqual([
      { k: "c" },
    ]);
  });
}
