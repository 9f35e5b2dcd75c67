import { describe, expect, it } from "vitest";
import { UniqueViolation } from "../../src/platform/database.ts";
import { type FailureKind, failureOf, isDatabaseAtFault, mayBeTooLarge } from "../../src/platform/failures.ts";

/** Each text as the platform or a public report has it, and what it has to be taken for. */
const TEXTS: Readonly<Record<Exclude<FailureKind, "stalled">, readonly string[]>> = {
  lost: [
    "D1_ERROR: D1 DB reset because its code was updated.",
    "D1_ERROR: Internal error while starting up D1 DB storage caused object to be reset.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
    "D1_ERROR: Network connection lost.",
    "Network connection lost.",
    "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
    "D1_ERROR: Replica disconnected from primary.",
    "D1_ERROR: Can't read from request stream because client disconnected.",
    "D1_ERROR: internal error; reference = 8m4kq0r2s1",
    "internal error",
    "D1_ERROR: NOSENTRY database is locked: SQLITE_BUSY",
    "D1_ERROR: database table is locked: SQLITE_LOCKED",
    "D1_ERROR: Failed to parse body as JSON, got: error code: 1101",
    "D1_ERROR: Failed to parse body as JSON, got: <!DOCTYPE html><title>502 Bad Gateway</title>",
    'D1_ERROR: {"D1_RESET_DO":true}',
    "Durable Object reset because its code was updated.",
    "Cannot resolve Durable Object due to transient issue on remote node.",
  ],
  overloaded: [
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
    "Durable Object is overloaded. Too much data queued.",
    "Durable Object is overloaded. Too many requests for the same object within a 10 second window.",
    "D1_ERROR: Requests queued for too long.",
    "D1_ERROR: Too many requests queued.",
  ],
  exporting: ["D1_ERROR: Currently processing a long-running export. (code: 7500)"],
  "timed-out": [
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: query timed out",
    "The operation timed out.",
  ],
  "too-large": [
    "D1_ERROR: D1 DB's isolate exceeded its memory limit and was reset.",
    "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
    "D1_ERROR: out of memory: SQLITE_NOMEM",
  ],
  full: [
    "D1_ERROR: Exceeded maximum DB size.",
    "D1_ERROR: Exceeded maximum account storage limit.",
    "D1_ERROR: database or disk is full: SQLITE_FULL",
  ],
  "quota-spent": [
    "D1_ERROR: Your account has exceeded D1's free tier daily row read limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.",
    "D1_ERROR: Your account has exceeded D1's free tier daily row write limit. Upgrade to a paid plan or wait until tomorrow (midnight UTC) to continue.",
  ],
  "calls-spent": ["D1_ERROR: Too many API requests by single worker invocation.", "Too many subrequests."],
};

const cases = Object.entries(TEXTS).flatMap(([kind, texts]) => texts.map((text) => [text, kind] as const));

describe("an error of D1", () => {
  it.each(cases)("%s is: %s", (text, kind) => {
    expect(failureOf(new Error(text))).toBe(kind);
  });

  it.each(cases)("is recognised in the cause of another error: %s", (text, kind) => {
    const wrapped = new Error("Failed query: SELECT 1", { cause: new Error("D1_ERROR", { cause: new Error(text) }) });
    expect(failureOf(wrapped)).toBe(kind);
  });

  it.each([
    ["a key that is taken", "D1_ERROR: UNIQUE constraint failed: tickets.workspace_id, tickets.id: SQLITE_CONSTRAINT"],
    ["a value that is refused", "D1_ERROR: CHECK constraint failed: status: SQLITE_CONSTRAINT"],
    ["a statement that is wrong", 'D1_ERROR: near "SELEC": syntax error at offset 0: SQLITE_ERROR'],
    ["a value over the limit", "D1_ERROR: string or blob too big: SQLITE_TOOBIG"],
    ["anything else", "this ticket cannot be projected"],
  ])("is nothing of the kind where it is about %s", (_, text) => {
    expect(failureOf(new Error(text))).toBeUndefined();
  });

  it("is not recognised in another error", () => {
    for (const thrown of ["Network connection lost.", undefined, null, { message: "Network connection lost." }]) {
      expect(failureOf(thrown)).toBeUndefined();
    }
  });

  it("is not recognised in a cyclic chain of causes", () => {
    const error = new Error("odd");
    error.cause = error;
    expect(failureOf(error)).toBeUndefined();
  });

  it("tells whether the database is at fault, or the size of the batch may be", () => {
    const judged = Object.entries(TEXTS).map(([kind, [text]]) => {
      const error = new Error(text);
      return [kind, isDatabaseAtFault(error), mayBeTooLarge(error)];
    });
    expect(judged).toEqual([
      ["lost", true, false],
      ["overloaded", true, false],
      ["exporting", true, false],
      ["timed-out", true, true],
      ["too-large", false, true],
      ["full", true, false],
      ["quota-spent", true, false],
      ["calls-spent", true, false],
    ]);
    expect([isDatabaseAtFault(new Error("odd")), mayBeTooLarge(new Error("odd"))]).toEqual([false, false]);
  });
});

describe("a unique key that is taken", () => {
  it("is recognised in the cause of another error", () => {
    const cause = new Error("D1_ERROR: UNIQUE constraint failed: tickets.id: SQLITE_CONSTRAINT");
    expect(UniqueViolation.from(new Error("Failed query", { cause }))?.isOn("tickets")).toBe(true);
  });
});
