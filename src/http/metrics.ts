import { REASON_CODES } from "../projection/status/health.ts";
import type { ProjectionStatus } from "../projection/status/status.ts";
import { DRIFT_KINDS, type DriftCount } from "../projection/walks/drift.ts";

/** The text format that Prometheus reads (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: readonly (readonly [suffix: string, value: number])[];
}

/** The figures as metrics. What has no value yet is left out. */
export function metricsOf(status: ProjectionStatus): string {
  const { backlog, projected, sweep, consumer, drift, erasures, audit, rebuild } = status;
  const lag = projected.lag_seconds;
  const metrics: readonly Metric[] = [
    gauge("backlog_tickets", "Tickets whose newest change is not projected yet.", backlog.count),
    gauge("backlog_oldest_seconds", "Age of the oldest change that is not projected yet.", backlog.oldest_seconds),
    gauge("parked_tickets", "Tickets that could not be projected and wait for somebody to look.", status.parked),
    gauge("dead_letters", "Messages that nobody could read, kept.", status.dead_letters),
    counter(
      "projected_tickets_total",
      "Tickets made visible: entries of the backlog that were projected.",
      projected.tickets,
    ),
    counter("projected_batches_total", "Batches that made tickets visible.", projected.batches),
    counter("projection_failures_total", "Projections of single tickets that failed.", projected.failures),
    {
      ...named("commit_to_visible_seconds", "Time from the commit of a change to its row being visible."),
      type: "histogram",
      samples: [
        ...lag.buckets.map(({ le, count }) => [`_bucket{le="${le}"}`, count] as const),
        ['_bucket{le="+Inf"}', lag.count],
        ["_sum", lag.sum],
        ["_count", lag.count],
      ],
    },
    counter("sweeps_total", "Passes of the sweep.", sweep.passes),
    counter("swept_tickets_total", "Overdue tickets that the sweep has taken up.", sweep.tickets),
    gauge("cron_last_seen_timestamp_seconds", "When the cron last ran.", unix(sweep.last_at)),
    gauge("consumer_last_seen_timestamp_seconds", "When the queue's consumer last ran.", unix(consumer.last_at)),
    {
      ...named("drift_found_total", "Differences between read model and source that audits have found."),
      type: "counter",
      samples: byKind(drift.kinds, ({ found }) => found),
    },
    {
      ...named("drift_healed_total", "Of these, how many are mended."),
      type: "counter",
      samples: byKind(drift.kinds, ({ healed }) => healed),
    },
    gauge("erasures_open", "Erasures that are not done yet.", erasures.count),
    gauge("erasures_failing", "Erasures whose latest turns erased nothing.", erasures.failing),
    gauge(
      "erasure_oldest_seconds",
      "Since the oldest erasure that is not done was asked for.",
      erasures.oldest_seconds,
    ),
    gauge(
      "search_purge_oldest_seconds",
      "How long the search tables have held words of erased customers.",
      erasures.purge_oldest_seconds,
    ),
    gauge("audit_age_seconds", "Since the latest audit of everything was done.", audit.age_seconds),
    gauge("audit_coverage_ratio", "Share of the tickets that the current audit has compared.", audit.coverage),
    gauge("rebuild_running", "1 while a rebuild is under way.", isUnderWay(rebuild.state) ? 1 : 0),
    gauge("rebuild_done_tickets", "Tickets that the latest rebuild has written.", rebuild.done),
    gauge("rebuild_failed_tickets", "Tickets that it has left to the backlog.", rebuild.failed),
    gauge("source_tickets", "Tickets that there are.", status.tickets),
    gauge("lists_served", "0 while lists wait for a rebuild.", rebuild.lists === "served" ? 1 : 0),
    {
      ...named("reason", "1 for each reason that GET /health/ready gives."),
      type: "gauge",
      samples: REASON_CODES.map((code) => [
        `{code="${code}"}`,
        status.reasons.some((reason) => reason.code === code) ? 1 : 0,
      ]),
    },
    gauge("healthy", "1 where GET /health/ready says ok.", status.status === "ok" ? 1 : 0),
  ];
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(written)
    .join("");
}

function named(name: string, help: string) {
  return { name: `edgedesk_${name}`, help };
}

function gauge(name: string, help: string, value: number | null): Metric {
  return { ...named(name, help), type: "gauge", samples: value === null ? [] : [["", value]] };
}

function counter(name: string, help: string, value: number): Metric {
  return { ...named(name, help), type: "counter", samples: [["", value]] };
}

/** A sample for each kind, also where there is none of it yet: `increase()` does not see a counter that begins with 1. */
function byKind(counts: readonly DriftCount[], value: (count: DriftCount) => number): Metric["samples"] {
  return DRIFT_KINDS.map((kind) => {
    const count = counts.find((one) => one.kind === kind);
    return [`{kind="${kind}"}`, count ? value(count) : 0];
  });
}

function unix(milliseconds: number | null): number | null {
  return milliseconds === null ? null : milliseconds / 1000;
}

function isUnderWay(state: string): boolean {
  return state === "running" || state === "verifying";
}

function written({ name, type, help, samples }: Metric): string {
  const lines = samples.map(([suffix, value]) => `${name}${suffix} ${value}`);
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}
