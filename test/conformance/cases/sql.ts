import { expect, test } from "vitest";
import type { OpenDatabase } from "../suite.ts";
import { changesOf, messageOf, rows, runAll } from "./tools.ts";

/** The SQL that the service uses or may come to use. */
export function sqlCases(open: OpenDatabase): void {
  test("JSON: -> and ->> keep types, a missing field is null", async () => {
    const json = JSON.stringify({ i: 1, big: 2 ** 53, f: 1.5, n: null, t: true, o: { s: 'é "\n' }, a: [1, "b"] });
    const sql = `SELECT ?1 ->> 'i' AS i, typeof(?1 ->> 'i') AS ti, ?1 ->> 'big' AS big, ?1 ->> '$.f' AS f, typeof(?1 ->> 'f') AS tf,
      ?1 ->> 'n' AS n, ?1 ->> 't' AS t, ?1 ->> 'none' AS none, ?1 ->> '$.o.s' AS s, ?1 -> 'o' AS o, ?1 -> '$.a[1]' AS a1, ?1 ->> '$.a[#-1]' AS last`;
    expect(await rows(await open(), sql, json)).toEqual([
      {
        i: 1,
        ti: "integer",
        big: 2 ** 53,
        f: 1.5,
        tf: "real",
        n: null,
        t: 1,
        none: null,
        s: 'é "\n',
        o: '{"s":"é \\"\\n"}',
        a1: '"b"',
        last: "b",
      },
    ]);
  });

  test("json_each: one parameter for many values, in their order", async () => {
    const db = await open();
    const given = '[1,"a",null,2.5,true,{"x":1}]';
    expect(await rows(db, "SELECT key, value, type, atom FROM json_each(?1)", given)).toEqual([
      { key: 0, value: 1, type: "integer", atom: 1 },
      { key: 1, value: "a", type: "text", atom: "a" },
      { key: 2, value: null, type: "null", atom: null },
      { key: 3, value: 2.5, type: "real", atom: 2.5 },
      { key: 4, value: 1, type: "true", atom: 1 },
      { key: 5, value: '{"x":1}', type: "object", atom: null },
    ]);
    expect(await rows(db, "SELECT key, value FROM json_each(?1)", '{"b":1,"a":2}')).toEqual([
      { key: "b", value: 1 },
      { key: "a", value: 2 },
    ]);
    expect(await rows(db, "SELECT json_group_array(value) AS all_of FROM json_each('[1,\"b\"]')")).toEqual([
      { all_of: '[1,"b"]' },
    ]);
  });

  test("STRICT: what JSON holds goes in by its type", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE t (k TEXT NOT NULL, n INTEGER, d TEXT) STRICT");
    const insert = `INSERT INTO t SELECT value ->> 'k', value ->> 'n', value -> 'd' FROM json_each(?1) WHERE true RETURNING *`;
    const given = [
      { k: "a", n: 1, d: { x: [1] } },
      { k: "b", n: null, d: null },
    ];
    expect(await rows(db, insert, JSON.stringify(given))).toEqual([
      { k: "a", n: 1, d: '{"x":[1]}' },
      { k: "b", n: null, d: "null" },
    ]);
    expect(await messageOf(() => rows(db, insert, '[{"k":5,"n":"x","d":0}]'))).toMatch(
      /cannot store TEXT value in INTEGER/,
    );
  });

  test("row values: comparison, IN, and IS DISTINCT FROM with nulls", async () => {
    const db = await open();
    const sql = `SELECT (1, 'b') < (1, 'c') AS less, (1, 2) IN (SELECT 1, 2 UNION ALL SELECT 3, 4) AS included,
      (1, NULL) IS (1, NULL) AS same, (1, NULL) IS DISTINCT FROM (1, NULL) AS distinct_same,
      (1, NULL) IS DISTINCT FROM (1, 2) AS distinct_other, (1, NULL) = (1, NULL) AS equal`;
    expect(await rows(db, sql)).toEqual([
      { less: 1, included: 1, same: 1, distinct_same: 0, distinct_other: 1, equal: null },
    ]);
    expect(await rows(db, "SELECT (?1, ?2) < (5, 'b') AS less, ?1 << min(?3, 10) AS shifted", 5, "a", 2)).toEqual([
      { less: 1, shifted: 20 },
    ]);
  });

  test("UPDATE … FROM, and DELETE by a joined subquery", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (w TEXT, id TEXT, n INTEGER, PRIMARY KEY (w, id)) STRICT, WITHOUT ROWID",
      "INSERT INTO t VALUES ('w', 'a', 1), ('w', 'b', 2), ('v', 'a', 3)",
    );
    const update = `UPDATE t SET n = t.n + 10 * (given.value ->> 'n') FROM json_each(?1) AS given
      WHERE t.w = given.value ->> 'w' AND t.id = given.value ->> 'id' AND t.n < 3`;
    const given = ["w", "v"].map((w) => ({ w, id: "a", n: 4 }));
    expect(await changesOf(db, update, JSON.stringify(given))).toMatchObject({ changes: 1 });
    expect(await rows(db, "SELECT id, n FROM t WHERE w = 'w' ORDER BY id")).toEqual([
      { id: "a", n: 41 },
      { id: "b", n: 2 },
    ]);
    const remove = "DELETE FROM t WHERE (w, id) IN (SELECT 'w', value FROM json_each(?1)) RETURNING id";
    expect(await rows(db, remove, '["b","c"]')).toEqual([{ id: "b" }]);
  });

  test("window functions", async () => {
    const sql = `SELECT n, sum(n) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before,
      row_number() OVER (ORDER BY n DESC) AS place FROM (SELECT value AS n FROM json_each('[1,2,3]')) ORDER BY n`;
    expect(await rows(await open(), sql)).toEqual([
      { n: 1, before: null, place: 3 },
      { n: 2, before: 1, place: 2 },
      { n: 3, before: 3, place: 1 },
    ]);
  });

  test("UNION ALL of ordered branches, ORDER BY, LIMIT, OFFSET with parameters", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (s TEXT, at INTEGER, id TEXT, PRIMARY KEY (s, at, id)) STRICT, WITHOUT ROWID",
      "INSERT INTO t VALUES ('a', 1, 'x'), ('a', 3, 'x'), ('b', 2, 'x'), ('b', 3, 'y'), ('c', 9, 'x')",
    );
    const branch = "SELECT at, id FROM t WHERE s = ? AND (at, id) < (?, ?)";
    const sql = `${branch} UNION ALL ${branch} ORDER BY at DESC, id DESC LIMIT ? OFFSET ?`;
    expect(await rows(db, sql, "a", 3, "y", "b", 3, "y", 2, 1)).toEqual([
      { at: 2, id: "x" },
      { at: 1, id: "x" },
    ]);
  });

  test("partial indexes, also unique ones", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (id INTEGER PRIMARY KEY, e TEXT) STRICT",
      "CREATE UNIQUE INDEX t_e ON t (e) WHERE e IS NOT NULL",
      "INSERT INTO t (e) VALUES (NULL), (NULL), ('a')",
    );
    expect(await messageOf(() => rows(db, "INSERT INTO t (e) VALUES ('a')"))).toMatch(
      /UNIQUE constraint failed: t\.e:/,
    );
    const plan = await rows(db, "EXPLAIN QUERY PLAN SELECT id FROM t WHERE e = ?1", "a");
    expect(plan[0]?.["detail"]).toBe("SEARCH t USING COVERING INDEX t_e (e=?)");
  });

  test("generated columns, and indexes on them", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (d TEXT NOT NULL, k TEXT AS (d ->> 'k') STORED, n INTEGER AS (length(d)) VIRTUAL) STRICT",
      "CREATE INDEX t_k ON t (k, n)",
      `INSERT INTO t (d) VALUES ('{"k":"a"}')`,
    );
    expect(await rows(db, "SELECT k, n FROM t WHERE k = 'a'")).toEqual([{ k: "a", n: 9 }]);
    expect(await messageOf(() => rows(db, "UPDATE t SET n = 1"))).toBe(
      'D1_ERROR: cannot UPDATE generated column "n": SQLITE_ERROR',
    );
  });

  test("triggers with several statements keep counters exact, and fire only where the guard lets a row through", async () => {
    const db = await open();
    await runAll(
      db,
      "CREATE TABLE t (id TEXT PRIMARY KEY, s TEXT NOT NULL, v INTEGER NOT NULL) STRICT, WITHOUT ROWID",
      "CREATE TABLE n (s TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID",
      `CREATE TRIGGER t_insert AFTER INSERT ON t BEGIN
         INSERT INTO n VALUES (NEW.s, 1) ON CONFLICT (s) DO UPDATE SET count = count + 1; -- one more;
       END`,
      `CREATE TRIGGER t_update AFTER UPDATE OF s ON t WHEN OLD.s IS DISTINCT FROM NEW.s BEGIN
         UPDATE n SET count = count - 1 WHERE s = OLD.s;
         INSERT INTO n VALUES (NEW.s, 1) ON CONFLICT (s) DO UPDATE SET count = count + 1;
       END`,
    );
    const write = `INSERT INTO t SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?1) WHERE true
      ON CONFLICT (id) DO UPDATE SET s = excluded.s, v = excluded.v WHERE excluded.v > v`;
    const changes = async (...given: unknown[]) => (await changesOf(db, write, JSON.stringify(given))).changes;
    expect(await changes(["a", "open", 1], ["b", "open", 1])).toBe(4);
    expect(await changes(["a", "open", 1], ["b", "done", 0])).toBe(0);
    expect(await changes(["a", "done", 2], ["b", "open", 2])).toBe(4);
    expect(await rows(db, "SELECT * FROM n ORDER BY s")).toEqual([
      { s: "done", count: 1 },
      { s: "open", count: 1 },
    ]);
  });

  test("a text in double quotes is a string where no column has that name", async () => {
    expect(await rows(await open(), 'SELECT "nobody" AS a')).toEqual([{ a: "nobody" }]);
  });

  test("FTS5: contentless with deletes, tokens of one's own, no positions", async () => {
    const db = await open();
    await runAll(
      db,
      `CREATE VIRTUAL TABLE f USING fts5(body, content='', contentless_delete=1, detail=none, tokenize="unicode61 tokenchars ':'")`,
      "INSERT INTO f (rowid, body) VALUES (1, 'status:open Printer'), (2, 'status:done printer')",
      "INSERT INTO f (rowid, body) VALUES (7, 'status:open scanner')",
    );
    const find = async (query: string) =>
      (await rows(db, "SELECT rowid FROM f WHERE f MATCH ?1 ORDER BY rowid DESC LIMIT 10", query)).map(
        (row) => row["rowid"],
      );
    expect(await find('"status:open"')).toEqual([7, 1]);
    expect(await find('"status:open" "printer"')).toEqual([1]);
    await runAll(db, "UPDATE f SET body = 'status:done scanner' WHERE rowid = 7", "DELETE FROM f WHERE rowid = 1");
    expect(await find('"status:done"')).toEqual([7, 2]);
    expect(await find('"status:open"')).toEqual([]);
    await runAll(db, "INSERT INTO f (f) VALUES ('optimize')", "INSERT INTO f (f) VALUES ('integrity-check')");
    expect(await rows(db, "SELECT rowid, body FROM f WHERE f MATCH 'printer'")).toEqual([{ rowid: 2, body: null }]);
    expect(await messageOf(() => find('"a b"'))).toBe(
      "D1_ERROR: fts5: phrase queries are not supported (detail!=full): SQLITE_ERROR",
    );
    expect(await messageOf(() => find("NEAR("))).toBe('D1_ERROR: fts5: syntax error near "": SQLITE_ERROR');
    expect(await messageOf(() => find('"'))).toBe("D1_ERROR: unterminated string: SQLITE_ERROR");
    expect(await messageOf(() => find("nocolumn: x"))).toBe("D1_ERROR: no such column: nocolumn: SQLITE_ERROR");
  });

  test("FTS5 counts the writes to its own tables among the changes, and undoes them with the batch", async () => {
    const db = await open();
    await runAll(db, "CREATE VIRTUAL TABLE f USING fts5(body)", "CREATE TABLE t (a PRIMARY KEY)");
    const insert = "INSERT INTO f (rowid, body) VALUES (1, 'one')";
    expect((await changesOf(db, insert)).changes).toBeGreaterThan(1);
    const failing = ["DELETE FROM f", "INSERT INTO f (rowid, body) VALUES (2, 'two')", "INSERT INTO t VALUES (1), (1)"];
    expect(await messageOf(() => db.batch(failing.map((sql) => db.prepare(sql))))).toMatch(/UNIQUE/);
    expect(await rows(db, "SELECT rowid FROM f WHERE f MATCH 'one OR two'")).toEqual([{ rowid: 1 }]);
  });

  test("AUTOINCREMENT never gives a number twice", async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT) STRICT");
    const insert = "INSERT INTO t DEFAULT VALUES RETURNING id";
    expect(await rows(db, insert)).toEqual([{ id: 1 }]);
    await runAll(db, "DELETE FROM t");
    expect(await rows(db, insert)).toEqual([{ id: 2 }]);
    expect(await rows(db, "INSERT INTO t VALUES (9007199254740993) RETURNING id")).toEqual([{ id: 2 ** 53 }]);
  });
}
