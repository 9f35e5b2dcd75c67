import { beforeEach, describe, expect, test } from "vitest";
import { answered, emptyTables, service } from "../service.ts";
import { breachesOfMetrics } from "./metrics-text.ts";

beforeEach(emptyTables);

const textOf = async (desk: ReturnType<typeof service>) => await (await desk.get("/metrics")).text();

describe("the text of GET /metrics", () => {
  test("keeps the format on an empty database", async () => {
    expect(breachesOfMetrics(await textOf(service()))).toEqual([]);
  });

  test("keeps the format, and times are in seconds", async () => {
    const desk = service();
    // Later and later to become visible, so that several buckets are filled.
    for (const milliseconds of [1, 60, 400, 3_000, 20_000, 200_000]) {
      await desk.create();
      desk.time.now += milliseconds;
      await desk.deliverSent();
    }
    await desk.sweep();
    const text = await textOf(desk);
    expect(breachesOfMetrics(text)).toEqual([]);
    const figures = await answered<Record<"sweep" | "consumer", { last_at: string }>>(
      await desk.get("/projections"),
      200,
    );
    for (const [metric, { last_at }] of [
      ["cron", figures.sweep],
      ["consumer", figures.consumer],
    ] as const) {
      expect(text).toContain(`\nedgedesk_${metric}_last_seen_timestamp_seconds ${Date.parse(last_at) / 1_000}\n`);
    }
    expect(text).toContain('\nedgedesk_commit_to_visible_seconds_bucket{le="+Inf"} 6\n');
  });
});

describe("a text is found wrong", () => {
  const HISTOGRAM = [
    "# HELP a_seconds Seconds.",
    "# TYPE a_seconds histogram",
    'a_seconds_bucket{le="0.1"} 1',
    'a_seconds_bucket{le="1"} 3',
    'a_seconds_bucket{le="+Inf"} 4',
    "a_seconds_sum 7.5",
    "a_seconds_count 4",
  ];
  const RIGHT = [
    ...HISTOGRAM,
    "# HELP b_total Things.",
    "# TYPE b_total counter",
    'b_total{kind="one"} 1',
    'b_total{kind="other"} 0',
    "# HELP b_seen_timestamp_seconds When.",
    "# TYPE b_seen_timestamp_seconds gauge",
    "b_seen_timestamp_seconds 1763802000.5",
  ];

  test("only if it is", () => expect(breachesOfMetrics(`${RIGHT.join("\n")}\n`)).toEqual([]));

  test.each([
    ["a series twice", 'kind="other"', 'kind="one"', /twice/],
    ["a falling bucket", 'le="1"} 3', 'le="1"} 0', /less than the bucket before/],
    ["a bound after a greater one", 'le="0.1"', 'le="2"', /greater bound/],
    ["a bucket of all that is not the count", "count 4", "count 5", /more or less/],
    ["no bucket of all", 'a_seconds_bucket{le="+Inf"} 4\n', "", /no bucket of all/],
    ["no sum", "a_seconds_sum 7.5\n", "", /no sum/],
    ["milliseconds", "1763802000.5", "1763802000500", /not in seconds/],
    ["a time for a sample", "7.5", "7.5 1763802000500", /a time of its own/],
    ["no number", "7.5", "null", /no line/],
    ["not a number", "7.5", "NaN", /no number/],
    ["a type twice", "# HELP b_total", "# TYPE a_seconds histogram\n# HELP b_total", /two groups/],
    ["no help", "# HELP b_total Things.\n", "", /no help/],
    ["no type", "# TYPE b_total counter\n", "", /no line/],
    ["a sample of another metric", "b_total{kind=", "c_total{kind=", /no line/],
    ["an empty line", "# HELP b_total", "\n# HELP b_total", /no line/],
    ["a metric without samples", "b_seen_timestamp_seconds 1763802000.5\n", "", /no sample/],
    ["a counter of another name", /b_total/g, "b_count", /no name of a counter/],
    ["a label that is not closed", 'kind="one"}', 'kind="one}', /no line/],
  ])("for %s", (_, from, to, breach) => {
    const text = `${RIGHT.join("\n")}\n`.replace(from, to);
    expect(breachesOfMetrics(text).join("; ")).toMatch(breach);
  });

  test("for a last line that ends early", () => {
    expect(breachesOfMetrics(RIGHT.join("\n"))).toEqual(["the last line has no newline"]);
  });
});
