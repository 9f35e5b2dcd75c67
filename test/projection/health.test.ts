import { describe, expect, test } from "vitest";
import { reasonsOf, type Vitals } from "../../src/projection/status/health.ts";
import { DRIFT_KINDS } from "../../src/projection/walks/drift.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const NOW = Date.UTC(2026, 10, 23, 8);

const WELL: Vitals = {
  complete: true,
  oldestWaiting: 0,
  parked: 0,
  cronSilence: 0,
  consumerSilence: null,
  auditAge: null,
  rebuildStandstill: null,
  drift: [],
  databaseBytes: 0,
  maxDatabaseBytes: 10_000_000_000,
  erasureAge: null,
  purgeAge: null,
  now: NOW,
};

const codes = (vitals: Partial<Vitals>) => reasonsOf({ ...WELL, ...vitals }).map(({ code }) => code);
const details = (vitals: Partial<Vitals>) => reasonsOf({ ...WELL, ...vitals }).map(({ detail }) => detail);

test("where all is well there is no reason, also if nothing has happened yet", () => {
  expect(codes({})).toEqual([]);
});

describe("each alarm begins right behind its limit", () => {
  test.each([
    ["projection-late", "oldestWaiting", MINUTE],
    ["parked", "parked", 0],
    ["cron-silent", "cronSilence", 3 * MINUTE],
    ["consumer-silent", "consumerSilence", 15 * MINUTE],
    ["audit-late", "auditAge", 24 * HOUR],
    ["rebuild-stalled", "rebuildStandstill", 10 * MINUTE],
    ["database-full", "databaseBytes", 9_000_000_000],
    ["erasure-late", "erasureAge", 15 * MINUTE],
    ["erasure-late", "purgeAge", 3 * HOUR],
  ] as const)("%s: %s over %i", (code, vital, limit) => {
    expect(codes({ [vital]: limit })).toEqual([]);
    expect(codes({ [vital]: limit + 1 })).toEqual([code]);
  });

  test("database-full: on the free plan over 450 MB", () => {
    const maxDatabaseBytes = 500_000_000;
    expect(codes({ maxDatabaseBytes, databaseBytes: 450_000_000 })).toEqual([]);
    expect(codes({ maxDatabaseBytes, databaseBytes: 450_000_001 })).toEqual(["database-full"]);
  });

  test("lists-waiting: as soon as rows are missing", () => {
    expect(codes({ complete: false })).toEqual(["lists-waiting"]);
  });

  test("cron-silent: also where it never ran", () => {
    expect(codes({ cronSilence: null })).toEqual(["cron-silent"]);
  });
});

describe("drift", () => {
  const found = (kind: (typeof DRIFT_KINDS)[number], ago: number) => ({
    ...{ kind, found: 1, healed: 1 },
    last_found_at: NOW - ago,
  });

  test("is remembered for a day, healed or not", () => {
    expect(codes({ drift: [found("changed", 24 * HOUR - 1)] })).toEqual(["drift"]);
    expect(codes({ drift: [found("changed", 24 * HOUR)] })).toEqual([]);
  });

  test.each(DRIFT_KINDS)("of every kind but `outdated` is a reason: %s", (kind) => {
    expect(codes({ drift: [found(kind, 0)] })).toEqual(kind === "outdated" ? [] : ["drift"]);
  });

  test("is told by the kinds that are a reason", () => {
    expect(details({ drift: [found("changed", 0), found("outdated", 0), found("orphan", 0)] })).toEqual([
      expect.stringMatching(/: changed, orphan$/),
    ]);
  });
});

test("reasons say how long, and how many", () => {
  expect(details({ oldestWaiting: 61_499 })).toEqual([expect.stringContaining(" 61 seconds ")]);
  expect(details({ parked: 7 })).toEqual([expect.stringMatching(/ 7$/)]);
  expect(details({ cronSilence: 200_000 })).toEqual([
    expect.stringContaining("cron has given no sign of life for 200 seconds"),
  ]);
  expect(details({ cronSilence: null })).toEqual([expect.stringContaining("cron has never run")]);
  expect(details({ consumerSilence: 901_000 })).toEqual([
    expect.stringContaining("consumer has given no sign of life for 901 seconds"),
  ]);
  expect(details({ auditAge: 90_000_000 })).toEqual([expect.stringContaining(" 90000 seconds")]);
  expect(details({ rebuildStandstill: 601_000 })).toEqual([expect.stringContaining(" 601 seconds")]);
  expect(details({ databaseBytes: 9_250_000_000 })).toEqual([expect.stringContaining(" 9.3 GB of at most 10 GB")]);
  expect(details({ databaseBytes: 460_400_000, maxDatabaseBytes: 500_000_000 })).toEqual([
    expect.stringContaining(" 460 MB of at most 500 MB"),
  ]);
});
