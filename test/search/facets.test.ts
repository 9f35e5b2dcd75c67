import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { facetWord, periodsAt, periodsWithin } from "../../src/search/facets.ts";
import { matchOf } from "../../src/search/match.ts";

const DAY = 86_400_000;

describe("a facet", () => {
  const anything = fc.string({ unit: "binary" }).map((text) => text.toWellFormed());

  test("is a word of its own, whatever the value", () => {
    const facets = fc.tuple(anything, fc.constantFrom("tag", "customer"), anything);
    const property = fc.property(facets, facets, (one, other) => {
      expect(facetWord(...one)).toMatch(/^[a-z0-9._-]+$/);
      if (JSON.stringify(one) !== JSON.stringify(other)) expect(facetWord(...one)).not.toBe(facetWord(...other));
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  test("is written as it always was: rows of earlier deployments have these words", () => {
    expect(facetWord("acme", "customer", "Zoë Ä.1")).toBe("acme.customer..5ao.c3.ab.20.c3.84.2e1");
    expect(facetWord("acme", "customer", "\u000f0")).toBe("acme.customer..0f0");
    expect(facetWord("acme", "waiting", true)).toBe("acme.waiting.1");
  });

  test("tells nobody from anybody, and a workspace from another", () => {
    const facets = [
      facetWord("a", "assignee", null),
      facetWord("a", "assignee", ""),
      facetWord("a", "assignee", "none"),
      facetWord("A", "assignee", "none"),
      facetWord("a.assignee", "assignee", "none"),
    ];
    expect(new Set(facets).size).toBe(facets.length);
  });
});

describe("periods", () => {
  test("of a time", () => {
    expect(periodsAt(Date.UTC(2026, 1, 28, 23, 59))).toEqual(["2026", "2026-02", "2026-02-28"]);
    expect(periodsAt(-1)).toEqual(["before"]);
    expect(periodsAt(Date.UTC(2101, 0))).toEqual(["after"]);
    // To the millisecond: what is outside has one period for all of it.
    expect(periodsAt(0)).toEqual(["1970", "1970-01", "1970-01-01"]);
    expect(periodsAt(Date.UTC(2101, 0) - 1)).toEqual(["2100", "2100-12", "2100-12-31"]);
  });

  test("of a range are few, cover it, and at most a day more at either end", () => {
    const time = fc.integer({ min: Date.UTC(1969, 6), max: Date.UTC(2101, 6) });
    const property = fc.property(fc.option(time), fc.option(time), time, (after, before, at) => {
      const periods = periodsWithin({ ...(after !== null && { after }), ...(before !== null && { before }) });
      expect(periods.length).toBeLessThanOrEqual(220);
      const isCovered = periodsAt(at).some((period) => periods.includes(period));
      const [from, to] = [after ?? Number.NEGATIVE_INFINITY, before ?? Number.POSITIVE_INFINITY];
      if (at >= from && at < to) expect(isCovered).toBe(true);
      const isFar = at < from - DAY || at >= to + DAY || from >= to;
      if (isFar && at >= 0 && at < Date.UTC(2101, 0)) expect(isCovered).toBe(false);
    });
    fc.assert(property, { numRuns: 5_000 });
  });

  test("of a range at either end of the calendar", () => {
    const [first, end] = [0, Date.UTC(2101, 0)];
    expect(periodsWithin({ after: first, before: first })).toEqual([]);
    expect(periodsWithin({ after: first, before: 1 })).toEqual(["1970-01-01"]);
    expect(periodsWithin({ before: first })).toEqual(["before"]);
    expect(periodsWithin({ after: -1, before: 1 })).toEqual(["before", "1970-01-01"]);
    expect(periodsWithin({ after: end - 1, before: end })).toEqual(["2100-12-31"]);
    expect(periodsWithin({ after: end - 1 })).toEqual(["2100-12-31", "after"]);
    expect(periodsWithin({ after: end })).toEqual(["after"]);
    expect(periodsWithin({ after: Date.UTC(2100, 0), before: end })).toEqual(["2100"]);
    expect(periodsWithin({ after: Date.UTC(2100, 11), before: end })).toEqual(["2100-12"]);
  });

  test("are years and months where they can", () => {
    expect(periodsWithin({ after: Date.UTC(2025, 10, 29, 5), before: Date.UTC(2027, 1, 2, 1) })).toEqual([
      ...["2025-11-29", "2025-11-30", "2025-12", "2026", "2027-01", "2027-02-01", "2027-02-02"],
    ]);
  });
});

test("an expression has each word in quotes", () => {
  const phrase = (words: string[], isPrefix = false) => ({ words, isPrefix });
  const search = {
    facets: ["w.all", ["w.a", "w.b"]],
    text: [phrase(["a", "b"]), phrase(["請"], true)],
    notes: [phrase(["n"])],
  };
  expect(matchOf(search)).toBe(
    'facets : ("w.all" AND ("w.a" OR "w.b")) AND {subject messages} : ("a b" AND "請" *) AND notes : ("n")',
  );
  expect(matchOf({ facets: ["w.all"], text: [phrase(["a"])] }, "not the subject")).toBe(
    'facets : ("w.all") AND ({subject messages} : ("a") NOT subject : ("a"))',
  );
});
