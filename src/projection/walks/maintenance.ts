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

/** Minutes in which the cron's audit goes once through everything. */
const ROUND_MINUTES = 720;

/** What it compares in one pass at least, and at the most, in tickets. */
const MIN_TICKETS_PER_PASS = 10;
const MAX_TICKETS_PER_PASS = 10_000;

/** Slices of one pass at most: those of long texts have few tickets. */
const MAX_SLICES_PER_PASS = 60;

/** Rows whose loss is small, also where they are not a tenth of all. */
const MAX_SMALL_LOSS = 1_000;

/** After so long without a sign of life of the consumer, in milliseconds, the cron asks for one. */
const SILENCE_MS = 240_000;

/**
 * The cron's other half: it sees to it that the read model is whole and of this deployment's projector, that a rebuild or an
 * audit that broke off goes on, and audits a little by itself. A deployment that is older than the newest one leaves the
 * read model alone.
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

/** What a pass of the cron has found. */
interface PassState {
  readonly size: Extent;
  /** Whether the queue may take messages and deliver none. */
  readonly silent: boolean;
  readonly now: number;
}

/** Only then is a row of an older projector nobody's business. */
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
  // Whoever cancelled one for which lists wait has put it off for good.
  const isWanted = complete === 0 && job.state !== "running" && (job.state !== "cancelled" || job.due_at <= now);
  if (isNew || isWanted) await startRebuild(deps, database);
  else if (isAbandoned(job, now)) await resume(deps, database, rebuild, job, silent);
}

/**
 * Where the counters tell of rows that are lost: whether lists have to wait. If it is only a few, an audit finds, mends and
 * counts them while lists are served; or it finds that the counters are wrong.
 *
 * @param rebuilding whether a rebuild is under way, or about to be, which brings a few back as well
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

/** So few rows that it is better to show lists without them, for as long as an audit takes, than to show none. */
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
  // What an older deployment has begun goes on no more.
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
  // Somebody else has just begun one.
  if (!isRunning && !begun) return;
  const next = begun ?? job;
  const pass = Math.min(Math.max(Math.ceil(size.tickets / ROUND_MINUTES), MIN_TICKETS_PER_PASS), MAX_TICKETS_PER_PASS);
  const tickets = Math.ceil(pass / Math.ceil(pass / deps.sliceTickets));
  await runSlices(deps, database, audit, next, { slices: MAX_SLICES_PER_PASS, tickets, total: pass });
}

/** By the queue or, where it does not take the message or may not deliver it, here and now. */
async function resume(deps: Projecting, database: Database, walk: Walk, job: Job, silent: boolean): Promise<void> {
  deps.log("warn", "job.resumed", { job: job.name, slice: job.slice });
  if (silent || !(await announce(deps, [messageOf(job)]))) await runJob(deps, database, walk, messageOf(job));
}
