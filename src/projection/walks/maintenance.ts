import type { Database } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { announce } from "../../platform/queue.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Figures, readFigures } from "../core/figures.ts";
import { isAbandoned, type Job, jobOf, messageOf, readJobs, startJob } from "../core/jobs.ts";
import { audit, isAuditable, startAudit } from "./audit.ts";
import { type Extent, readExtent, updateCompleteness } from "./completeness.ts";
import { markHealed } from "./drift.ts";
import { rebuild, requeueOutdated, startRebuild } from "./rebuild.ts";
import { runJob, runSlices, type Walk } from "./walk.ts";

/** Duration of one complete audit by the cron, in minutes. */
const ROUND_MINUTES = 720;

/** Limits of one audit pass, in tickets. */
const MIN_TICKETS_PER_PASS = 10;
const MAX_TICKETS_PER_PASS = 10_000;

/** Maximum number of slices in one pass: slices of long texts have few tickets. */
const MAX_SLICES_PER_PASS = 60;

/** Maximum number of lost rows for which lists stay available. */
const MAX_SMALL_LOSS = 1_000;

/** Silence after which the cron sends the consumer a heartbeat, in milliseconds. */
const SILENCE_MS = 240_000;

/**
 * Keeps the read model complete and current: starts rebuilds, resumes abandoned rebuilds and audits, and runs part of
 * a continuous audit. A deployment that is older than the newest one does nothing.
 */
export async function maintainReadModel(deps: Projecting): Promise<void> {
  for (const database of deps.databases()) {
    try {
      await maintainDatabase(deps, database);
    } catch (error) {
      deps.log("error", "tend.failed", { reason: reasonOf(error) });
    }
  }
}

async function maintainDatabase(deps: Projecting, database: Database): Promise<void> {
  const now = deps.clock();
  const [jobs, [size], [figures]] = await database
    .session("first-primary")
    .readAfter(
      [markHealed(now), requeueOutdated(deps, isRebuiltBy(deps.projection.projector))],
      readJobs(),
      readExtent(deps.projection),
      readFigures(),
    );
  if (!size || !figures) return;
  const silent = isSilent(figures, now);
  if (silent) await announce(deps, [{ job: "heartbeat" }]);
  if (jobOf(jobs, "rebuild").projector > deps.projection.projector) return;
  const state = { size, silent, now };
  await maintainRebuild(deps, database, jobOf(jobs, "rebuild"), state);
  if (isAuditable(deps.projection, jobs, size)) await maintainAudit(deps, database, jobOf(jobs, "audit"), state);
}

/** State that a cron pass has read. */
interface PassState {
  readonly size: Extent;
  /** Whether the queue may accept messages without delivering them. */
  readonly silent: boolean;
  readonly now: number;
}

/** SQL condition for a finished rebuild by this projector: only then does no walk replace an older row. */
function isRebuiltBy(projector: number): string {
  return `EXISTS (SELECT 1 FROM projection_jobs AS job
    WHERE job.name = 'rebuild' AND job.projector = ${projector} AND job.state NOT IN ('running', 'cancelled'))`;
}

function isSilent({ consumer_at }: Figures, now: number): boolean {
  return consumer_at === null || Math.abs(now - consumer_at) > SILENCE_MS;
}

async function maintainRebuild(
  deps: Projecting,
  database: Database,
  job: Job,
  { size, silent, now }: PassState,
): Promise<void> {
  const isNew = job.projector < deps.projection.projector;
  const complete = await updatedCompleteness(deps, database, size, isNew || job.state === "running");
  // Cancelling a rebuild that lists wait for postpones it indefinitely.
  const isWanted = complete === 0 && job.state !== "running" && (job.state !== "cancelled" || job.due_at <= now);
  if (isNew || isWanted) await startRebuild(deps, database);
  else if (isAbandoned(job, now)) await resume(deps, database, rebuild, job, silent);
}

/**
 * Checks for missing rows, and decides whether lists become unavailable. A small loss only starts an audit, which
 * finds, repairs and counts the rows while lists are served, or corrects wrong counters.
 *
 * @param rebuilding whether a rebuild is running or about to start: it also restores a small loss
 */
async function updatedCompleteness(
  deps: Projecting,
  database: Database,
  size: Extent,
  rebuilding: boolean,
): Promise<Extent["complete"]> {
  if (size.complete === 0 || size.lacks_rows === 0) return size.complete;
  deps.log("error", "read_model.rows_missing", { rows: size.rows, tickets: size.tickets });
  if (isSmallLoss(size)) {
    if (!rebuilding) await startAudit(deps, database);
    return size.complete;
  }
  const session = database.session("first-primary");
  const [[now]] = await session.readAfter([updateCompleteness(deps.projection)], readExtent(deps.projection));
  return now?.complete ?? size.complete;
}

/** Whether lists without the missing rows, until an audit ends, are better than no lists. */
function isSmallLoss({ tickets, rows }: Extent): boolean {
  const missing = tickets - rows;
  return missing <= MAX_SMALL_LOSS && missing * 10 <= tickets;
}

async function maintainAudit(
  deps: Projecting,
  database: Database,
  job: Job,
  { size, silent, now }: PassState,
): Promise<void> {
  // An audit from an older deployment does not continue.
  const isRunning = job.state === "running" && job.projector === deps.projection.projector;
  if (isRunning && isAbandoned(job, now)) return await resume(deps, database, audit, job, silent);
  if (isRunning && job.pace === "queue") return;
  const [[begun]] = isRunning
    ? [[]]
    : await database.session("first-primary").batch(
        startJob(deps, {
          name: "audit",
          pace: "cron",
          when: `(state <> 'running' OR projector < ${deps.projection.projector})`,
        }),
      );
  // Another worker has just started one.
  if (!isRunning && !begun) return;
  const next = begun ?? job;
  const pass = Math.min(Math.max(Math.ceil(size.tickets / ROUND_MINUTES), MIN_TICKETS_PER_PASS), MAX_TICKETS_PER_PASS);
  const tickets = Math.ceil(pass / Math.ceil(pass / deps.sliceTickets));
  await runSlices(deps, database, audit, next, { slices: MAX_SLICES_PER_PASS, tickets, total: pass });
}

/** Resumes a job by the queue or, if the queue rejects the message or may not deliver it, directly. */
async function resume(deps: Projecting, database: Database, walk: Walk, job: Job, silent: boolean): Promise<void> {
  deps.log("warn", "job.resumed", { job: job.name, slice: job.slice });
  if (silent || !(await announce(deps, [messageOf(job)]))) await runJob(deps, database, walk, messageOf(job));
}
