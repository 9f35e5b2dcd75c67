import { expect, test } from "vitest";
import { metricsOf } from "../../src/http/metrics.ts";
import { REASON_CODES } from "../../src/projection/status/health.ts";
import type { ProjectionStatus } from "../../src/projection/status/status.ts";
import { DRIFT_KINDS } from "../../src/projection/walks/drift.ts";

const [firstKind = "changed", secondKind = "missing"] = DRIFT_KINDS;

/** Each figure is another one, so that none can stand in for another. Times are milliseconds. */
const STATUS: ProjectionStatus = {
  status: "degraded",
  reasons: [{ code: "parked", detail: "" }],
  as_of: 1,
  tickets: 101,
  backlog: { count: 102, oldest_seconds: 103.5 },
  parked: 104,
  dead_letters: 105,
  projected: {
    ...{ tickets: 106, batches: 107, failures: 108 },
    lag_seconds: {
      count: 109,
      sum: 110.25,
      buckets: [
        { le: 0.01, count: 4 },
        { le: 60, count: 90 },
      ],
    },
  },
  sweep: { passes: 111, tickets: 112, last_at: 1_795_420_800_500 },
  consumer: { last_at: 1_795_420_801_500 },
  drift: {
    ...{ found: 113, healed: 114, last_found_at: 1 },
    kinds: [
      { kind: firstKind, found: 115, healed: 116, last_found_at: 1 },
      { kind: secondKind, found: 117, healed: 118, last_found_at: 1 },
    ],
  },
  erasures: { count: 127, failing: 128, oldest_seconds: 129.5, purge_oldest_seconds: 130.5 },
  audit: {
    ...{ state: "running", run: 1, pace: "cron", done: 119, total: 120, rate: 1, seconds_left: 1, failed: 121 },
    ...{ coverage: 0.625, found: 122, started_at: 1, finished_at: 1, age_seconds: 123.5 },
  } as ProjectionStatus["audit"],
  rebuild: {
    ...{ state: "verifying", run: 1, projector: 1, done: 124, total: 125, rate: 1, seconds_left: 1, failed: 126 },
    ...{ lists: "served", started_at: 1, finished_at: null, drift_found: null },
  } as ProjectionStatus["rebuild"],
};

/** The samples of a status, by their names and labels. */
function samplesOf(status: ProjectionStatus): Record<string, number> {
  const lines = metricsOf(status).trimEnd().split("\n");
  const samples = lines.filter((line) => !line.startsWith("#")).map((line) => line.split(" "));
  return Object.fromEntries(samples.map(([name = "", value]) => [name.replace("edgedesk_", ""), Number(value)]));
}

test("each figure is the metric of its name, in seconds, of its type", () => {
  const kinds = (one: number, other: number) =>
    DRIFT_KINDS.map((kind) => (kind === firstKind ? one : kind === secondKind ? other : 0));
  const [found, healed] = [kinds(115, 117), kinds(116, 118)];
  expect(samplesOf(STATUS)).toEqual({
    backlog_tickets: 102,
    backlog_oldest_seconds: 103.5,
    parked_tickets: 104,
    dead_letters: 105,
    projected_tickets_total: 106,
    projected_batches_total: 107,
    projection_failures_total: 108,
    'commit_to_visible_seconds_bucket{le="0.01"}': 4,
    'commit_to_visible_seconds_bucket{le="60"}': 90,
    'commit_to_visible_seconds_bucket{le="+Inf"}': 109,
    commit_to_visible_seconds_sum: 110.25,
    commit_to_visible_seconds_count: 109,
    sweeps_total: 111,
    swept_tickets_total: 112,
    cron_last_seen_timestamp_seconds: 1_795_420_800.5,
    consumer_last_seen_timestamp_seconds: 1_795_420_801.5,
    ...Object.fromEntries(DRIFT_KINDS.map((kind, index) => [`drift_found_total{kind="${kind}"}`, found[index]])),
    ...Object.fromEntries(DRIFT_KINDS.map((kind, index) => [`drift_healed_total{kind="${kind}"}`, healed[index]])),
    erasures_open: 127,
    erasures_failing: 128,
    erasure_oldest_seconds: 129.5,
    search_purge_oldest_seconds: 130.5,
    audit_age_seconds: 123.5,
    audit_coverage_ratio: 0.625,
    rebuild_running: 1,
    rebuild_done_tickets: 124,
    rebuild_failed_tickets: 126,
    source_tickets: 101,
    lists_served: 1,
    ...Object.fromEntries(REASON_CODES.map((code) => [`reason{code="${code}"}`, code === "parked" ? 1 : 0])),
    healthy: 0,
  });
  const types = [...metricsOf(STATUS).matchAll(/^# TYPE edgedesk_(\w+) (\w+)$/gm)].map(([, name = "", type]) => [
    name,
    type,
  ]);
  for (const [name = "", type] of types) {
    expect([name, type]).toEqual([
      name,
      name.endsWith("_total") ? "counter" : name === "commit_to_visible_seconds" ? "histogram" : "gauge",
    ]);
  }
});

test.each([
  ["rebuild_running", 1, { rebuild: { ...STATUS.rebuild, state: "running" } }],
  ["rebuild_running", 0, { rebuild: { ...STATUS.rebuild, state: "finished" } }],
  ["rebuild_running", 0, { rebuild: { ...STATUS.rebuild, state: "cancelled" } }],
  ["lists_served", 0, { rebuild: { ...STATUS.rebuild, lists: "waiting" } }],
  ["healthy", 1, { status: "ok" }],
  // Nothing that has no value yet is shown as 0.
  ["cron_last_seen_timestamp_seconds", undefined, { sweep: { ...STATUS.sweep, last_at: null } }],
  ["consumer_last_seen_timestamp_seconds", undefined, { consumer: { last_at: null } }],
  ["audit_age_seconds", undefined, { audit: { ...STATUS.audit, age_seconds: null } }],
] as const)("%s is %s", (name, value, changed) => {
  expect(samplesOf({ ...STATUS, ...changed } as ProjectionStatus)[name]).toBe(value);
});
