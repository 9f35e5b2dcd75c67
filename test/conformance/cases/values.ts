import { expect, test } from "vitest";
import type { Differences, OpenDatabase } from "../suite.ts";
import { errorOf, messageOf, rows } from "./tools.ts";

/** What goes in, what SQLite sees, and what comes out. */
export function valueCases(open: OpenDatabase, { readsNul }: Differences): void {
  const bytes = new Uint8Array([1, 2, 255]);

  test.each([
    ["an integer", 5, "real", 5],
    ["a fraction", 5.5, "real", 5.5],
    ["minus zero", -0, "real", 0],
    ["more than 2^53", 2 ** 60, "real", 2 ** 60],
    ["NaN", Number.NaN, "null", null],
    ["Infinity", Number.POSITIVE_INFINITY, "null", null],
    ["true", true, "real", 1],
    ["false", false, "real", 0],
    ["null", null, "null", null],
    ["a text", "a é 漢 😀 '\"\n", "text", "a é 漢 😀 '\"\n"],
    ["no text", "", "text", ""],
    ["a Uint8Array", bytes, "blob", [1, 2, 255]],
    ["a part of one", bytes.subarray(1), "blob", [2, 255]],
    ["an ArrayBuffer", bytes.buffer, "blob", [1, 2, 255]],
    ["an array of bytes", [1, 2.5, 255], "blob", [1, 2, 255]],
    ["an empty array", [], "blob", []],
    ["an array of wider elements, cut", new Uint16Array([1, 258]), "blob", [1, 2]],
    ["a DataView, lost", new DataView(bytes.buffer), "blob", []],
  ])("bound: %s", async (_name, value, type, back) => {
    const db = await open();
    expect(await rows(db, "SELECT typeof(?1) AS type, ?1 AS value", value)).toEqual([{ type, value: back }]);
  });

  test.each([
    ["undefined", undefined, "D1_TYPE_ERROR: Type 'undefined' not supported for value 'undefined'"],
    ["a bigint", 5n, "D1_TYPE_ERROR: Type 'bigint' not supported for value '5'"],
    ["an object", {}, "D1_TYPE_ERROR: Type 'object' not supported for value '[object Object]'"],
    ["an array with more than bytes", [256], "D1_TYPE_ERROR: Type 'object' not supported for value '256'"],
    ["an array of texts", ["a"], "D1_TYPE_ERROR: Type 'object' not supported for value 'a'"],
  ])("refused by bind() itself: %s", async (_name, value, message) => {
    const statement = (await open()).prepare("SELECT ?1");
    expect(() => statement.bind(value)).toThrow(new Error(message));
    expect((await errorOf(() => statement.bind(value))).cause).toEqual(new Error(message.slice(15)));
  });

  test("results: integers as far as a double goes, no infinities, blobs as arrays", async () => {
    const db = await open();
    const sql = `SELECT 9223372036854775807 AS most, -9223372036854775808 AS least, 9007199254740993 AS rounded, 5.0 AS whole,
      9e999 AS infinite, -0.0 AS zero, 0.1 + 0.2 AS sum, x'00ff' AS bytes, x'' AS none_at_all, zeroblob(2) AS zeros, NULL AS none`;
    expect(await rows(db, sql)).toEqual([
      {
        most: 2 ** 63,
        least: -(2 ** 63),
        rounded: 2 ** 53,
        whole: 5,
        infinite: null,
        zero: 0,
        sum: 0.1 + 0.2,
        bytes: [0, 255],
        none_at_all: [],
        zeros: [0, 0],
        none: null,
      },
    ]);
  });

  test("a number is REAL: in a TEXT column 5 becomes 5.0, in an untyped one it stays REAL", async () => {
    const db = await open();
    await db.prepare("CREATE TABLE loose (t TEXT, i INTEGER, n)").run();
    const sql = "INSERT INTO loose VALUES (?1, ?1, ?1) RETURNING t, typeof(i) AS i, typeof(n) AS n";
    expect(await rows(db, sql, 5)).toEqual([{ t: "5.0", i: "integer", n: "real" }]);
    expect(await rows(db, sql, 2.5)).toEqual([{ t: "2.5", i: "real", n: "real" }]);
  });

  test("in a STRICT table a whole number becomes an integer, any other is refused", async () => {
    const db = await open();
    await db.prepare("CREATE TABLE firm (i INTEGER, t TEXT, a ANY) STRICT").run();
    const sql = "INSERT INTO firm VALUES (?1, ?2, ?1) RETURNING typeof(i) AS i, t, typeof(a) AS a";
    expect(await rows(db, sql, 2 ** 52, 7)).toEqual([{ i: "integer", t: "7.0", a: "real" }]);
    expect(await messageOf(() => rows(db, sql, 2.5, "x"))).toBe(
      "D1_ERROR: cannot store REAL value in INTEGER column firm.i: SQLITE_CONSTRAINT (extended: SQLITE_CONSTRAINT_DATATYPE)",
    );
  });

  test("a text is kept with its NUL, at which length() stops", async () => {
    const db = await open();
    const sql = "SELECT length(?1) AS length, hex(?1) AS hex, ?1 AS text";
    const text = readsNul ? "a\0b" : "a";
    expect(await rows(db, sql, "a\0b")).toEqual([{ length: 1, hex: "610062", text }]);
  });

  test("a lone surrogate comes back changed, bound or from JSON", async () => {
    const db = await open();
    const [row] = await rows(db, "SELECT ?1 AS bound, ?2 ->> '$' AS parsed", "a\ud800b", '"a\\ud800b"');
    for (const text of [row?.["bound"], row?.["parsed"]]) {
      expect(text).toMatch(/^a\ufffd+b$/);
    }
  });

  test("bytes that are no UTF-8 come back as replacement characters", async () => {
    expect(await rows(await open(), "SELECT CAST(x'61ff62' AS TEXT) AS text")).toEqual([{ text: "a\ufffdb" }]);
  });
}
