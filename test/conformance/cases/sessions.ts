import { expect, test } from "vitest";
import type { Differences, OpenDatabase } from "../suite.ts";
import { messageOf, runAll } from "./tools.ts";

const BOOKMARK = /^[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{32}$/;

/** Sessions and bookmarks, as far as a database without replicas shows them. */
export function sessionCases(open: OpenDatabase, { hasRealBookmarks }: Differences): void {
  const opened = async () => {
    const db = await open();
    await runAll(db, "CREATE TABLE t (a INTEGER) STRICT");
    return db;
  };

  test.each(["first-primary", "first-unconstrained", " first-primary ", "", undefined])(
    "withSession(%j): no bookmark before the first answer, then one",
    async (start) => {
      const session = (await opened()).withSession(start);
      expect(session.getBookmark()).toBeNull();
      await session.prepare("SELECT 1").all();
      expect(session.getBookmark()).toMatch(BOOKMARK);
    },
  );

  test("a session that starts with a bookmark has it before its first call", async () => {
    const db = await opened();
    const first = db.withSession("first-primary");
    await first.prepare("INSERT INTO t VALUES (1)").run();
    const bookmark = first.getBookmark() ?? "";
    expect(db.withSession(bookmark).getBookmark()).toBe(bookmark);
  });

  test("bookmarks never go back, and as texts are in the order of the writes", async () => {
    const db = await opened();
    const session = db.withSession("first-unconstrained");
    const seen: string[] = [];
    for (const sql of [
      "SELECT 1",
      "INSERT INTO t VALUES (1)",
      "SELECT * FROM t",
      "INSERT INTO t VALUES (2)",
      "SELECT 1",
    ]) {
      await session.batch([session.prepare(sql)]);
      seen.push(session.getBookmark() ?? "");
    }
    expect(seen).toEqual(seen.toSorted());
    expect(seen.at(-1)).not.toBe(seen[0]);
  });

  test("a session reads what it wrote, and what the session before it wrote", async () => {
    const db = await opened();
    const first = db.withSession("first-unconstrained");
    await first.prepare("INSERT INTO t VALUES (1)").run();
    const count = (session: D1DatabaseSession) => session.prepare("SELECT count(*) AS n FROM t").first("n");
    expect(await count(first)).toBe(1);
    const second = db.withSession(first.getBookmark() ?? "");
    expect(await count(second)).toBe(1);
    await second.batch([second.prepare("INSERT INTO t VALUES (2)")]);
    expect(await count(second)).toBe(2);
    expect(await count(db.withSession("first-primary"))).toBe(2);
    expect(await db.prepare("SELECT count(*) AS n FROM t").first("n")).toBe(2);
  });

  test("an error leaves the session without a bookmark, and good for more", async () => {
    const session = (await opened()).withSession("first-primary");
    expect(await messageOf(() => session.batch([session.prepare("SELEC")]))).toMatch(/^D1_ERROR: near "SELEC"/);
    expect(session.getBookmark()).toBeNull();
    expect(await session.prepare("SELECT 1 AS a").first("a")).toBe(1);
  });

  test("a batch is a transaction in a session too", async () => {
    const db = await opened();
    const session = db.withSession("first-primary");
    const insert = session.prepare("INSERT INTO t VALUES (?1)");
    await messageOf(() => session.batch([insert.bind(1), insert.bind("x")]));
    expect(await db.prepare("SELECT * FROM t").all()).toMatchObject({ results: [] });
  });

  test("a session has no exec(), and takes statements of the database", async () => {
    const db = await opened();
    const session = db.withSession("first-primary");
    expect("exec" in session).toBe(false);
    const [result] = await session.batch([db.prepare("SELECT ?1 AS a").bind("x")]);
    expect(result?.results).toEqual([{ a: "x" }]);
  });

  test.runIf(hasRealBookmarks)(
    "a text that is no bookmark, and one of a state to come, are refused at the call",
    async () => {
      const db = await opened();
      const later = `00000000-00ffffff-00000000-${"0".repeat(32)}`;
      for (const start of ["nonsense", "00000000", later]) {
        const session = db.withSession(start);
        expect(await messageOf(() => session.prepare("SELECT 1").all())).toMatch(/^D1_ERROR: .*bookmark/);
        expect(await messageOf(() => session.prepare("INSERT INTO t VALUES (1)").run())).toMatch(
          /^D1_ERROR: .*bookmark/,
        );
      }
    },
  );
}
