import { afterEach, describe, expect, test } from "vitest";
import { desk } from "../conformance/cases/desk.ts";
import { recordCalls } from "../recorder.ts";
import { templateOf } from "./d1/connection.ts";
import { type Call, type Options, SimulatedD1 } from "./d1.ts";

const template = templateOf("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT) STRICT");
const opened: SimulatedD1[] = [];

function open(options: Options = {}): SimulatedD1 {
  const d1 = new SimulatedD1({ template, ...options });
  opened.push(d1);
  return d1;
}

afterEach(() => {
  for (const d1 of opened.splice(0)) d1.close();
});

const write = (d1: Pick<D1Database, "prepare">, a: number) => d1.prepare("INSERT INTO t (a) VALUES (?1)").bind(a).run();

async function read(d1: Pick<D1Database, "prepare">): Promise<unknown[]> {
  return (await d1.prepare("SELECT a FROM t ORDER BY a").raw()).flat();
}

describe("the gate", () => {
  test("sees every call, its statements and where it goes", async () => {
    const calls: Call[] = [];
    const d1 = open({
      gate: async (call, execute) => {
        calls.push(call);
        return execute();
      },
    });
    const session = d1.withSession("first-unconstrained");
    await d1.prepare("SELECT 1").all();
    await d1.batch([d1.prepare("SELECT 1"), d1.prepare("SELECT 2")]);
    await session.prepare("SELECT 3").first();
    await session.batch([session.prepare("SELECT 4"), session.prepare("DELETE FROM t")]);
    await session.prepare("WITH x AS (SELECT 1 AS a) INSERT INTO t (a) SELECT a FROM x").run();
    await session.prepare("WITH x AS (SELECT replace('a', 'b', 'c') AS a) SELECT a FROM x").raw();
    await d1.exec("SELECT 5\nSELECT 6");
    expect(calls.map(({ statements, target }) => [statements.length, target])).toEqual([
      [1, "primary"],
      [2, "primary"],
      [1, "replica"],
      [2, "primary"],
      [1, "primary"],
      [1, "replica"],
      [2, "primary"],
    ]);
  });

  test("may fail a call before it takes effect, after it, or let it take effect late", async () => {
    let fate: "before" | "after" | "late" = "before";
    const late: (() => void)[] = [];
    const d1 = open({
      gate: async (_, execute) => {
        if (fate === "after") execute();
        if (fate === "late") late.push(execute);
        throw new Error("Network connection lost.");
      },
    });
    const session = d1.withSession("first-primary");
    await expect(write(session, 1)).rejects.toThrow("Network connection lost.");
    expect(d1.peek("SELECT a FROM t")).toEqual([]);
    fate = "after";
    await expect(write(session, 2)).rejects.toThrow("Network connection lost.");
    expect(d1.peek("SELECT a FROM t")).toEqual([{ a: 2 }]);
    fate = "late";
    await expect(write(session, 3)).rejects.toThrow("Network connection lost.");
    expect(d1.peek("SELECT a FROM t")).toEqual([{ a: 2 }]);
    for (const execute of late) execute();
    expect(d1.peek("SELECT a FROM t")).toEqual([{ a: 2 }, { a: 3 }]);
    // Who got no answer has seen nothing.
    expect(session.getBookmark()).toBeNull();
    expect(d1.log).toHaveLength(2);
  });

  test("execute throws at once what the database throws, and may be called again", async () => {
    const errors: unknown[] = [];
    const d1 = open({
      gate: async (_, execute) => {
        execute();
        try {
          return execute();
        } catch (error) {
          errors.push(error);
          throw error;
        }
      },
    });
    await expect(write(d1, 1)).rejects.toThrow("D1_ERROR: UNIQUE constraint failed: t.a: SQLITE_CONSTRAINT");
    expect(errors).toHaveLength(1);
    expect(d1.log).toHaveLength(1);
  });

  test("nothing else is asynchronous: a call is over after a few microtasks", async () => {
    const d1 = open();
    let rows: unknown;
    void d1.batch([d1.prepare("INSERT INTO t (a) VALUES (1)"), d1.prepare("SELECT a FROM t")]).then((results) => {
      rows = results[1]?.results;
    });
    for (let tick = 0; tick < 10; tick++) await Promise.resolve();
    expect(rows).toEqual([{ a: 1 }]);
  });
});

describe("the log", () => {
  test("has the calls that changed something, each with its bookmark, without what they only read", async () => {
    const d1 = open();
    await write(d1, 1);
    await d1.prepare("UPDATE t SET b = 'x' WHERE a = 9").run();
    await d1.batch([d1.prepare("SELECT 1"), d1.prepare("CREATE TABLE u (a)"), d1.prepare("SELECT * FROM u")]);
    await expect(write(d1, 1)).rejects.toThrow("UNIQUE");
    expect(d1.log.map(({ queries }) => queries.map(({ sql }) => sql))).toEqual([
      ["INSERT INTO t (a) VALUES (?1)"],
      ["CREATE TABLE u (a)"],
    ]);
    const bookmarks = d1.log.map(({ bookmark }) => bookmark);
    expect(bookmarks.at(-1)).toBe(d1.bookmark);
    expect(bookmarks).toEqual(bookmarks.toSorted());
    // As the runtime compares them.
    expect(bookmarks).toEqual(bookmarks.toSorted((one, other) => one.localeCompare(other)));
  });
});

describe("replicas", () => {
  /** Four rows, and a replica that has seen two of them. */
  async function lagging() {
    const d1 = open();
    const [replica] = d1.replicas;
    if (!replica) throw new Error("no replica");
    const writer = d1.withSession("first-primary");
    const bookmarks: string[] = [];
    for (const a of [1, 2, 3, 4]) {
      await write(writer, a);
      bookmarks.push(writer.getBookmark() ?? "");
    }
    replica.lag = 2;
    return { d1, replica, bookmarks };
  }

  test("an unconstrained session reads as far behind as the simulation wants it, and knows it", async () => {
    const { d1, bookmarks } = await lagging();
    const session = d1.withSession("first-unconstrained");
    expect(await read(session)).toEqual([1, 2]);
    expect(session.getBookmark()).toBe(bookmarks[1]);
    expect(await read(d1)).toEqual([1, 2, 3, 4]);
    expect(await read(d1.withSession("first-primary"))).toEqual([1, 2, 3, 4]);
  });

  test("a replica never goes back, and catches up when the lag shrinks", async () => {
    const { d1, replica } = await lagging();
    expect(await read(d1.withSession())).toEqual([1, 2]);
    replica.lag = 4;
    expect(await read(d1.withSession())).toEqual([1, 2]);
    replica.lag = 1;
    expect(await read(d1.withSession())).toEqual([1, 2, 3]);
    expect(replica.position).toBe(3);
  });

  test("a bookmark brings it up at least to that state", async () => {
    const { d1, bookmarks } = await lagging();
    const session = d1.withSession(bookmarks[2] ?? "");
    expect(await read(session)).toEqual([1, 2, 3]);
    expect(session.getBookmark()).toBe(bookmarks[2]);
    expect(await read(d1.withSession(bookmarks[0] ?? ""))).toEqual([1, 2, 3]);
  });

  test("a session reads its own writes, which go to the primary", async () => {
    const { d1 } = await lagging();
    const session = d1.withSession("first-unconstrained");
    expect(await read(session)).toEqual([1, 2]);
    await write(session, 5);
    expect(session.getBookmark()).toBe(d1.bookmark);
    expect(await read(session)).toEqual([1, 2, 3, 4, 5]);
  });

  test("first-primary is about the first call alone: what others write after it may be missing from the next", async () => {
    const { d1, replica } = await lagging();
    const session = d1.withSession("first-primary");
    expect(await read(session)).toEqual([1, 2, 3, 4]);
    await write(d1, 5);
    replica.lag = 1;
    expect(await read(session)).toEqual([1, 2, 3, 4]);
    expect(await read(d1)).toEqual([1, 2, 3, 4, 5]);
  });

  test("with several replicas, a reader without a bookmark can go back in time, one with it cannot", async () => {
    const d1 = open({ replicas: 2 });
    const behind = d1.replicas[1];
    if (!behind) throw new Error("no second replica");
    await write(d1, 1);
    behind.lag = 1;
    const session = d1.withSession();
    expect(await read(session)).toEqual([1]);
    d1.nearest = 1;
    expect(await read(d1.withSession())).toEqual([]);
    expect(await read(session)).toEqual([1]);
  });

  test("without replicas all calls go to the primary", async () => {
    const d1 = open({ replicas: 0 });
    const session = d1.withSession();
    const { meta } = await session.prepare("SELECT 1").run();
    expect(meta).toMatchObject({ served_by: "primary", served_by_primary: true });
  });
});

describe("the project's own schema", () => {
  test("is what a new database has, each its own", async () => {
    const [one, other] = [new SimulatedD1(), new SimulatedD1()];
    opened.push(one, other);
    await one.prepare("UPDATE db_clock SET at = 5").run();
    expect(one.peek("SELECT at FROM db_clock")).toEqual([{ at: 5 }]);
    expect(other.peek("SELECT at FROM db_clock")).toEqual([{ at: 0 }]);
  });

  test("a replica that applied the log has what the primary had, row by row", async () => {
    const d1 = new SimulatedD1();
    opened.push(d1);
    const service = desk(d1);
    const { id } = await service.post("/tickets", 201, { customer_id: "c", subject: "s", message: "m" });
    await service.post(`/tickets/${id}/notes`, 200, { note: "n" }, { "Idempotency-Key": "k" });
    await service.deliver([...service.sent.splice(0), "nonsense"]);
    await service.post(`/tickets/${id}/messages`, 200, { body: "b", from: "agent" });
    service.time.now += 60_000;
    await service.sweep();
    const names = d1.peek<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    const tables = names.map(({ name }) => `SELECT * FROM ${name}`);
    const before = tables.map((sql) => d1.peek(sql));
    expect(before.flat().length).toBeGreaterThan(8);
    await d1.prepare("UPDATE db_clock SET at = at + 1").run();
    for (const replica of d1.replicas) replica.lag = 1;
    const session = d1.withSession();
    const results = await session.batch(tables.map((sql) => session.prepare(sql)));
    expect(results.map((result) => result.results)).toEqual(before);
  });

  test("works behind the recorder of the other tests", async () => {
    const { database, calls } = recordCalls(open());
    const session = database.withSession("first-primary");
    await session.batch([session.prepare("SELECT ?1").bind(1)]);
    expect(calls).toMatchObject([{ statements: ["SELECT ?1"] }]);
  });
});

test("peek() only reads", () => {
  expect(() => open().peek("DELETE FROM t")).toThrow("peek() only reads");
});

describe("what a seed could not replay is refused", () => {
  const refused = [
    "SELECT random()",
    "SELECT hex(randomblob(4))",
    "SELECT date('now')",
    "SELECT unixepoch()",
    "INSERT INTO t (b) VALUES (CURRENT_TIMESTAMP)",
  ];
  test.each(refused)("%s", async (sql) => {
    await expect(open().prepare(sql).all()).rejects.toThrow(/the stand-in refuses .+, which a seed cannot replay/);
  });

  test.each(["SELECT date(5, 'unixepoch') AS a", "SELECT 'random()' AS a", "SELECT 1 AS random -- now"])(
    "but not %s",
    async (sql) => {
      await expect(open().prepare(sql).all()).resolves.toMatchObject({ success: true });
    },
  );
});
