import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { ofOneInvocation, refusedMessages, refusedParameters, refusedStatement } from "../platform-limits.ts";
import { recordCalls, violations } from "../recorder.ts";
import { oversizedRow } from "../stored-rows.ts";

/** What the recorder noted of a file that breaks the limits on purpose. */
const noted = () => violations.splice(0);

describe("the limits of production, which the recorder enforces in every test", () => {
  test("a parameter: 2,000,000 bytes, not characters", async () => {
    const session = recordCalls(env.DB).database.withSession("first-primary");
    const read = (value: string) => session.batch([session.prepare("SELECT length(?1) AS n").bind(value)]);
    await read("é".repeat(1_000_000));
    await expect(read("é".repeat(1_000_001))).rejects.toThrow("string or blob too big: SQLITE_TOOBIG");
    expect(noted()).toHaveLength(1);
    expect(refusedParameters(Array(101).fill(1))).toBe("too many SQL variables: SQLITE_ERROR");
  });

  test("a value that a statement computes", async () => {
    const session = recordCalls(env.DB).database.withSession("first-primary");
    const read = session.batch([session.prepare("SELECT ?1 || ?1 AS twice").bind("x".repeat(1_200_000))]);
    await expect(read).rejects.toThrow("string or blob too big");
    expect(noted()).toHaveLength(1);
  });

  test("a stored row, whose values are each small enough", async () => {
    const session = recordCalls(env.DB).database.withSession("first-primary");
    const half = "x".repeat(1_100_000);
    const write = session.prepare(
      "INSERT INTO dead_letters (queue, message_id, body, reason, kept_at) VALUES ('q', 'm', ?1, ?2, 1)",
    );
    await expect(session.batch([write.bind(half, half)])).rejects.toThrow("a row of dead_letters");
    expect(await oversizedRow(env.DB)).toContain("a row of dead_letters");
    await env.DB.prepare("DELETE FROM dead_letters").run();
    expect(await oversizedRow(env.DB)).toBeUndefined();
    expect(noted()).toHaveLength(1);
  });

  test("a statement: 100,000 bytes, and 32 arguments of a function", () => {
    expect(refusedStatement(`SELECT '${"é".repeat(49_995)}'`)).toBeUndefined();
    expect(refusedStatement(`SELECT '${"é".repeat(49_996)}'`)).toBe("statement too long: SQLITE_TOOBIG");
    const list = (count: number) => Array.from({ length: count }, (_, index) => `f(${index}, ',')`).join();
    expect(refusedStatement(`SELECT json_array(${list(32)})`)).toBeUndefined();
    expect(refusedStatement(`SELECT json_array(${list(33)})`)).toContain("too many arguments on function json_array");
    // Columns and lists of values are no arguments.
    expect(refusedStatement(`INSERT INTO t (${list(40)}) SELECT a IN (${list(40)}) FROM t`)).toBeUndefined();
    expect(refusedStatement(`INSERT INTO t VALUES (${list(40)})`)).toBeUndefined();
  });

  test("messages: 100 and 256 KB a call, 128 KB each, 12 hours of delay", () => {
    const messages = (count: number, bytes = 1) => Array.from({ length: count }, () => ({ body: "x".repeat(bytes) }));
    expect(refusedMessages(messages(100, 2_400))).toBeUndefined();
    expect(refusedMessages(messages(100, 2_500))).toContain("256 KB");
    expect(refusedMessages(messages(101))).toContain("100");
    expect(refusedMessages(messages(1, 127_898))).toBeUndefined();
    expect(refusedMessages(messages(1, 127_899))).toContain("128 KB");
    expect(refusedMessages([{ body: "x", delaySeconds: 43_201 }])).toContain("43200");
    expect(refusedMessages([])).toContain("no messages");
  });

  test("calls of one invocation, over all of its sessions", async () => {
    const { database, invocation } = ofOneInvocation(env.DB, 2);
    const call = () => {
      const session = database.withSession("first-primary");
      return session.batch([session.prepare("SELECT 1")]);
    };
    await call();
    await call();
    expect(call).toThrow("Too many API requests by single worker invocation.");
    expect(invocation.calls).toBe(3);
  });
});
