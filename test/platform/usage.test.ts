import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { Database, statement } from "../../src/platform/database.ts";
import { isDatabaseAtFault } from "../../src/platform/failures.ts";
import { BudgetSpent, maxCallsOf, maxDatabaseBytesOf, Usage } from "../../src/platform/usage.ts";

const READ = statement("SELECT 1");

describe("the budget of one invocation", () => {
  test("refuses a call beyond it, without sending it", async () => {
    const usage = new Usage(2);
    const session = new Database(env.DB, usage).session("first-primary");
    await session.batch(READ);
    await session.batch(READ);
    expect(usage.isSpent).toBe(false);
    await expect(session.batch(READ)).rejects.toThrow(BudgetSpent);
    expect(usage).toMatchObject({ calls: 2, left: 0, isSpent: true });
  });

  test("counts failed calls, like the platform", async () => {
    const usage = new Usage(1);
    const session = new Database(env.DB, usage).session("first-primary");
    await expect(session.batch(statement("SELECT no_such_column"))).rejects.toThrow("no such column");
    expect(usage.left).toBe(0);
  });

  test("keeps reserved calls for later work, and releases them after an error", async () => {
    const usage = new Usage(10);
    await usage.reserve(3, async () => {
      expect(usage.left).toBe(7);
      await usage.reserve(7, async () => {
        expect(usage.allows(1)).toBe(false);
        expect(() => usage.begin()).toThrow(BudgetSpent);
      });
      expect(usage.allows(7)).toBe(true);
    });
    await expect(usage.reserve(10, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(usage.left).toBe(10);
  });

  test("when spent is not an error of the work: another invocation may do it", () => {
    expect(isDatabaseAtFault(new BudgetSpent(50))).toBe(true);
  });

  test.each([
    [undefined, 1_000],
    ["", 1_000],
    ["50", 50],
    [50, 50],
    ["1000", 1_000],
    // No plan allows more, and no part could finish anything with less: the free plan's is the safe one.
    ["1001", 50],
    ["49", 50],
    ["0", 50],
    ["-5", 50],
    ["99.5", 50],
    ["many", 50],
  ])("MAX_D1_CALLS = %j means %i", (setting, calls) => {
    expect(maxCallsOf(setting)).toBe(calls);
  });

  test.each([
    ["50", 500_000_000],
    ["1000", 10_000_000_000],
    [undefined, 10_000_000_000],
  ])("MAX_D1_CALLS = %j tells the plan, and its database of %i bytes", (setting, bytes) => {
    expect(maxDatabaseBytesOf(new Usage(maxCallsOf(setting)))).toBe(bytes);
  });
});
