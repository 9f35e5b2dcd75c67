import { expect, test } from "vitest";
import type { Differences, OpenDatabase } from "../suite.ts";
import { messageOf, messagesOf, rows } from "./tools.ts";

/** D1's limits, each from both sides (https://developers.cloudflare.com/d1/platform/limits/). */
export function limitCases(open: OpenDatabase, { enforcesValueSize, hasSqliteLimits }: Differences): void {
  test("100 parameters", async () => {
    const db = await open();
    const values = (count: number) => Array.from({ length: count }, (_, index) => index);
    const list = (count: number) => `SELECT ${count - 1} IN (${Array(count).fill("?").join()}) AS is_last`;
    expect(await rows(db, list(100), ...values(100))).toEqual([{ is_last: 1 }]);
    expect(await messageOf(() => rows(db, list(101), ...values(101)))).toBe(
      "D1_ERROR: too many SQL variables: SQLITE_ERROR",
    );
    expect(await rows(db, "SELECT ?100 AS last", ...values(100))).toEqual([{ last: 99 }]);
    const outOfRange = "D1_ERROR: variable number must be between ?1 and ?100: SQLITE_ERROR";
    expect(await messageOf(() => rows(db, "SELECT ?101", ...values(101)))).toBe(outOfRange);
    expect(await messageOf(() => rows(db, "SELECT ?0", 1))).toBe(outOfRange);
  });

  test("100,000 bytes of SQL", async () => {
    const db = await open();
    // "é" takes two bytes.
    const sql = (bytes: number) => `SELECT 'é${"x".repeat(bytes - "SELECT 'éé' AS a".length)}' AS a`;
    expect(await rows(db, sql(100_000))).toHaveLength(1);
    expect(await messagesOf(db, sql(100_001))).toEqual(["D1_ERROR: statement too long: SQLITE_TOOBIG"]);
  });

  test("2,000,000 bytes a value: JSON of a megabyte has room", async () => {
    const db = await open();
    const sql = "SELECT length(?1) AS n";
    expect(await rows(db, sql, "x".repeat(2_000_000))).toEqual([{ n: 2_000_000 }]);
    const ids = JSON.stringify(Array.from({ length: 50_000 }, (_, index) => `ticket-${index}`));
    expect(await rows(db, "SELECT count(*) AS n, max(value) AS last FROM json_each(?1)", ids)).toEqual([
      { n: 50_000, last: "ticket-9999" },
    ]);
    if (!enforcesValueSize) return;
    const tooBig = "D1_ERROR: string or blob too big: SQLITE_TOOBIG";
    expect(await messageOf(() => rows(db, sql, "x".repeat(2_000_001)))).toBe(tooBig);
    expect(await messageOf(() => rows(db, sql, "é".repeat(1_000_001)))).toBe(tooBig);
  });

  // The rest are SQLite's own.
  test.runIf(hasSqliteLimits)("50 bytes of a LIKE pattern", async () => {
    const db = await open();
    const sql = "SELECT 'a' LIKE ?1 AS a";
    expect(await rows(db, sql, "%".repeat(50))).toEqual([{ a: 1 }]);
    expect(await messageOf(() => rows(db, sql, "%".repeat(51)))).toBe(
      "D1_ERROR: LIKE or GLOB pattern too complex: SQLITE_ERROR",
    );
  });

  test.runIf(enforcesValueSize && hasSqliteLimits)("32 arguments of a function", async () => {
    const db = await open();
    const sql = (count: number) => `SELECT json_array(${Array(count).fill("1").join()}) AS a`;
    expect(await rows(db, sql(32))).toHaveLength(1);
    expect(await messagesOf(db, sql(33))).toEqual([
      "D1_ERROR: too many arguments on function json_array: SQLITE_ERROR",
    ]);
  });

  test.runIf(enforcesValueSize && hasSqliteLimits)("2,000,000 bytes a row", async () => {
    const db = await open();
    await rows(db, "CREATE TABLE wide (a TEXT, b TEXT)");
    const insert = "INSERT INTO wide VALUES (?1, ?2)";
    expect(await rows(db, insert, "x".repeat(1_000_000), "x".repeat(999_900))).toEqual([]);
    expect(await messageOf(() => rows(db, insert, "x".repeat(1_000_000), "x".repeat(1_000_000)))).toBe(
      "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
    );
  });

  test.runIf(hasSqliteLimits)("5 terms of a compound SELECT", async () => {
    const db = await open();
    const sql = (terms: number) => Array(terms).fill("SELECT 1 AS a").join(" UNION ALL ");
    expect(await rows(db, sql(5))).toHaveLength(5);
    expect(await messagesOf(db, sql(6))).toEqual(["D1_ERROR: too many terms in compound SELECT: SQLITE_ERROR"]);
  });

  test.runIf(hasSqliteLimits)("100 columns", async () => {
    const db = await open();
    const columns = (count: number) => Array.from({ length: count }, (_, index) => `1 AS c${index}`).join();
    expect(Object.keys((await rows(db, `SELECT ${columns(100)}`))[0] ?? {})).toHaveLength(100);
    expect(await messagesOf(db, `SELECT ${columns(101)}`)).toEqual([
      "D1_ERROR: too many columns in result set: SQLITE_ERROR",
    ]);
  });

  test.runIf(hasSqliteLimits)("100 levels of an expression", async () => {
    const db = await open();
    expect(await rows(db, `SELECT ${Array(100).fill(1).join("+")} AS sum`)).toEqual([{ sum: 100 }]);
    expect(await messagesOf(db, `SELECT ${Array(101).fill(1).join("+")}`)).toEqual([
      "D1_ERROR: Expression tree is too large (maximum depth 100): SQLITE_ERROR",
    ]);
  });
}
