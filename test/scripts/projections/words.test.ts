import { describe, expect, test } from "vitest";
import { lagInWords, percentile } from "../../../scripts/projections/lag.ts";
import { quotedCommand } from "../../../scripts/projections/paste.ts";
import { cut, table } from "../../../scripts/projections/table.ts";
import { ago, ahead, pace, seconds } from "../../../scripts/projections/times.ts";

describe("the lag", () => {
  const buckets = [
    { le: 0.01, count: 50 },
    { le: 2.5, count: 98 },
    { le: 60, count: 99 },
  ];

  test.each([
    [0.5, "up to 10 ms"],
    [0.51, "up to 2.5 s"],
    [0.99, "up to 1 min 0 s"],
    [1, "more than 1 min 0 s"],
  ])("of %d of all is the upper end of a bucket: %s", (share, text) => {
    expect(percentile({ count: 100, sum: 100, buckets }, share)).toBe(text);
  });

  test("is unknown before the first projection", () => {
    expect(lagInWords({ count: 0, sum: 0, buckets })).toBe("unknown: nothing was projected yet");
  });
});

describe("a table", () => {
  const rows = [
    ["1", "long", "an error that goes on and on and on and on"],
    ["200", "", "-"],
  ];

  test("is aligned, and cuts the last column to the terminal's width", () => {
    expect(table(["id", "name", "error"], rows, 45)).toEqual([
      "id   name  error",
      "1    long  an error that goes on and on and …",
      "200        -",
    ]);
  });

  test("puts the last column on its own line on a narrow terminal", () => {
    expect(table(["id", "name", "error"], rows, 20)).toEqual([
      "id   name",
      "  error",
      "1    long",
      "  an error that goe…",
      "200",
      "  -",
    ]);
  });

  test.each([
    ["exactly", 7, "exactly"],
    ["too long", 7, "too lo…"],
    ["日本語日本語", 12, "日本語日本語"],
    ["日本語日本語", 8, "日本語…"],
    ["👩‍👩‍👧‍👦 x", 3, "👩‍👩‍👧‍👦…"],
    ["anything", Number.POSITIVE_INFINITY, "anything"],
  ])("cuts %j to %d columns: %j", (text, columns, expected) => {
    expect(cut(text, columns)).toBe(expected);
  });
});

describe("times", () => {
  const now = Date.parse("2026-11-20T10:00:00.000Z");

  test.each([
    [ago(null, now), "never"],
    [ago("2026-11-20T09:59:26.000Z", now), "34 s ago"],
    // The server's clock and ours differ.
    [ago("2026-11-20T10:00:01.000Z", now), "0.0 s ago"],
    [ago("2026-11-17T08:00:00.123Z", now), "on 2026-11-17 08:00:00 UTC"],
    [ahead("2026-11-20T10:04:00.000Z", now), "4 min 0 s"],
    [ahead("2026-11-20T09:00:00.000Z", now), "now"],
    [ahead(null, now), "-"],
    [seconds(0.05), "50 ms"],
    [pace({ rate: 350.2, seconds_left: 61 }).join(), "350/s,1 min 1 s left"],
    [pace({ rate: 0.4, seconds_left: null }).join(), "0.4/s"],
  ])("%j", (said, expected) => {
    expect(said).toBe(expected);
  });
});

test.each([
  ["http://127.0.0.1:8787/", "`npm run projections -- status`"],
  ["https://edgedesk.example/", "`npm run projections -- status --url https://edgedesk.example/`"],
  ["http://[::1]:8787/", "`npm run projections -- status --url 'http://[::1]:8787/'`"],
])("a command to paste goes to %s, without the key", (url, expected) => {
  expect(quotedCommand({ url: new URL(url), key: "secret" }, "status")).toBe(expected);
});
