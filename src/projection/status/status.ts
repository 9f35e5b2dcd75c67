import type { Database } from "../../platform/database.ts";
import { maxDatabaseBytesOf } from "../../platform/usage.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { backlogFigures } from "../core/backlog.ts";
import { type Figures, LAG_BUCKETS_MS, readFigures } from "../core/figures.ts";
import { type Job, jobOf, readJobs } from "../core/jobs.ts";
import { type Extent, readExtent } from "../walks/completeness.ts";
import { driftCounts, driftExamples } from "../walks/drift.ts";
import { erasureFigures, oldestPurge } from "./erasures.ts";
import { reasonsOf } from "./health.ts";

/** Status of the projection. Times are milliseconds since 1970. */
export type ProjectionStatus = Awaited<ReturnType<typeof projectionStatus>>;

/** Reads the projection status of a workspace's database, in one D1 call. */
export async function projectionStatus(deps: Projecting, database: Database) {
  const [[backlog], [figures], jobs, [size], counts, [erasures], [purge]] = await database
    .session("first-primary")
    .batch(
      backlogFigures(),
      readFigures(),
      readJobs(),
      readExtent(deps.projection),
      driftCounts(),
      erasureFigures(),
      oldestPurge(),
    );
  if (!backlog || !figures || !size || !erasures || !purge)
    throw new Error("the database has lost the rows that its migrations made");
  // The database's clock advances only with writes, so this worker's clock may be more accurate.
  const now = Math.max(backlog.now, deps.clock());
  const age = (at: number | null) => (at === null ? null : Math.max(0, now - at));
  // Heartbeats use the Workers' clocks.
  const silence = (at: number | null) => (at === null ? null : Math.abs(deps.clock() - at));
  const [audit, rebuild] = [jobOf(jobs, "audit"), jobOf(jobs, "rebuild")];
  const reasons = reasonsOf({
    complete: size.complete === 1,
    oldestWaiting: age(backlog.oldest_waiting) ?? 0,
    parked: backlog.parked,
    cronSilence: silence(figures.cron_at),
    consumerSilence: silence(figures.consumer_at),
    auditAge: silence(audit.finished_at ?? audit.started_at),
    rebuildStandstill: silence(rebuildIdleSince(rebuild, audit)),
    drift: counts,
    databaseBytes: deps.usage.databaseBytes,
    maxDatabaseBytes: maxDatabaseBytesOf(deps.usage),
    erasureAge: age(erasures.oldest),
    purgeAge: age(purge.wanted_at),
    now,
  });
  return {
    status: reasons.length === 0 ? ("ok" as const) : ("degraded" as const),
    reasons,
    as_of: backlog.oldest ?? backlog.now,
    tickets: size.tickets,
    backlog: { count: backlog.count, oldest_seconds: (age(backlog.oldest) ?? 0) / 1000 },
    parked: backlog.parked,
    dead_letters: backlog.dead_letters,
    projected: projectedStatus(figures),
    sweep: { passes: figures.sweeps, tickets: figures.swept_tickets, last_at: figures.cron_at },
    consumer: { last_at: figures.consumer_at },
    drift: {
      found: sum(counts.map(({ found }) => found)),
      healed: sum(counts.map(({ healed }) => healed)),
      last_found_at: counts.length > 0 ? Math.max(...counts.map(({ last_found_at }) => last_found_at)) : null,
      kinds: counts,
    },
    erasures: {
      count: erasures.count,
      failing: erasures.failing,
      oldest_seconds: (age(erasures.oldest) ?? 0) / 1000,
      purge_oldest_seconds: (age(purge.wanted_at) ?? 0) / 1000,
    },
    audit: auditStatus(audit, size, now),
    rebuild: rebuildStatus(rebuild, size),
  };
}

/** Time when a running rebuild last advanced; null if none is running. */
function rebuildIdleSince(rebuild: Job, audit: Job): number | null {
  if (rebuild.state === "running") return rebuild.updated_at;
  return rebuild.state === "verifying" ? audit.updated_at : null;
}

export async function readRebuildStatus(deps: Projecting, database: Database) {
  const [jobs, [size]] = await database.session("first-primary").batch(readJobs(), readExtent(deps.projection));
  return rebuildStatus(jobOf(jobs, "rebuild"), size ?? EMPTY_EXTENT);
}

export async function readAuditStatus(deps: Projecting, database: Database) {
  const [jobs, [size]] = await database.session("first-primary").batch(readJobs(), readExtent(deps.projection));
  return auditStatus(jobOf(jobs, "audit"), size ?? EMPTY_EXTENT, deps.clock());
}

/** Reads the audit status with the drift found so far: counts by kind, and the latest examples. */
export async function readAuditReport(deps: Projecting, database: Database) {
  const [jobs, [size], kinds, examples] = await database
    .session("first-primary")
    .batch(readJobs(), readExtent(deps.projection), driftCounts(), driftExamples());
  return { status: auditStatus(jobOf(jobs, "audit"), size ?? EMPTY_EXTENT, deps.clock()), kinds, examples };
}

const EMPTY_EXTENT: Extent = { complete: 0, tickets: 0, rows: 0, lacks_rows: 1 };

function projectedStatus({ tickets, batches, failures, lag_ms, ...figures }: Figures) {
  const buckets = LAG_BUCKETS_MS.map((le) => ({ le: le / 1000, count: figures[`lag_${le}`] }));
  return { tickets, batches, failures, lag_seconds: { count: tickets, sum: lag_ms / 1000, buckets } };
}

function rebuildStatus(job: Job, size: Extent) {
  const { state, run, projector, failed, started_at, found } = job;
  const finished = state === "finished";
  return {
    state,
    run,
    projector,
    ...progress(job, size),
    failed,
    lists: size.complete === 1 ? ("served" as const) : ("waiting" as const),
    started_at,
    finished_at: finished ? job.finished_at : null,
    drift_found: finished ? found : null,
  };
}

function auditStatus(job: Job, size: Extent, now: number) {
  const { run, started_at, found, failed, finished_at } = job;
  const state = job.state === "running" || job.state === "finished" ? job.state : ("idle" as const);
  const walked = progress(job, size);
  return {
    state,
    run,
    ...walked,
    failed,
    coverage: walked.total === 0 ? 1 : (walked.done - failed) / walked.total,
    found,
    started_at,
    finished_at,
    age_seconds: finished_at === null ? null : Math.max(0, now - finished_at) / 1000,
  };
}

/** Progress, rate and remaining time of a walk, as far as they are known. */
function progress({ state, done, started_at, updated_at }: Job, { tickets }: Extent) {
  // A finished walk does not include later tickets. A running one may be ahead of the ticket counter.
  const total = state === "finished" ? done : Math.max(tickets, done);
  const elapsed = started_at === null || updated_at === null ? 0 : (updated_at - started_at) / 1000;
  const rate = elapsed > 0 && done > 0 ? done / elapsed : null;
  return { done, total, rate, seconds_left: state === "running" && rate !== null ? (total - done) / rate : null };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
