import { getTableName } from "drizzle-orm";
import { type Database, type Statement, statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { failureOf, isDatabaseAtFault } from "../../platform/failures.ts";
import { announce } from "../../platform/queue.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { requeue, requeueTickets } from "../core/backlog.ts";
import {
  advanceJob,
  assertCurrentSlice,
  type Job,
  messageOf,
  type Progress,
  refsAfter,
  type SliceTicket,
  sliceAfter,
  startJob,
} from "../core/jobs.ts";
import { projectTickets } from "../core/project.ts";
import { keyOf, type Projected, type TicketRef } from "../core/projection.ts";
import { type Loaded, matchSources, refsWithinTextLimit, TextMeter } from "../core/text-limit.ts";
import { projectionWrites } from "../core/writes.ts";
import { recount, updateCompleteness } from "./completeness.ts";
import type { Walk } from "./walk.ts";

/**
 * The walk that projects every ticket again, for a new projector or after rows were lost. It adds and replaces rows
 * but never deletes one, so that lists stay complete while it runs.
 */
export const rebuild: Walk = { name: "rebuild", runSlice, completeWalk };

/** A due time in the indefinite future. */
const NEVER = Number.MAX_SAFE_INTEGER;

/** Maximum number of outdated rows requeued in one call. */
const MAX_OUTDATED = 1_000;

/**
 * Starts a rebuild, unless a suitable one is running. Lists become unavailable if rows are missing.
 *
 * @returns undefined if none was started
 */
export async function startRebuild(deps: Projecting, database: Database): Promise<Job | undefined> {
  const own = deps.projection.projector;
  const [[job]] = await database.session("first-primary").readAfter(
    [updateCompleteness(deps.projection)],
    startJob(deps, {
      name: "rebuild",
      pace: "queue",
      // A rebuild in verification has covered all tickets, so rows missing now were lost later.
      when: `(projector < ${own} OR state NOT IN ('running', 'verifying')
        OR state = 'verifying' AND NOT (SELECT complete FROM db_clock))`,
    }),
  );
  if (job) {
    deps.log("info", "rebuild.started", { run: job.run, projector: job.projector });
    deps.waitUntil(announce(deps, [messageOf(job)]));
  }
  return job;
}

/** Cancels a running rebuild. Its rows stay. If lists wait for the rebuild, the cron does not start it again. */
export async function cancelRebuild(deps: Projecting, database: Database): Promise<void> {
  await database.session("first-primary").batch(
    statement(
      `UPDATE projection_jobs SET state = 'cancelled', updated_at = ?1,
         due_at = iif((SELECT complete FROM db_clock), ?1, ?2)
       WHERE name = 'rebuild' AND state IN ('running', 'verifying')`,
      deps.clock(),
      NEVER,
    ),
  );
}

/** Requeues rows of an older projector: a consumer of an older deployment wrote them behind the rebuild. */
export function requeueOutdated(
  { projection, clock }: Pick<Projecting, "projection" | "clock">,
  when: string,
): Statement {
  const table = getTableName(projection.table);
  const outdated = statement<TicketRef>(
    `SELECT workspace_id, id AS ticket_id FROM ${table} AS outdated WHERE projector < ?1 AND ${when} AND NOT EXISTS (
       SELECT 1 FROM projection_backlog AS behind
       WHERE behind.workspace_id = outdated.workspace_id AND behind.ticket_id = outdated.id) LIMIT ?2`,
    projection.projector,
    MAX_OUTDATED,
  );
  return requeue(outdated, table, clock());
}

async function runSlice(deps: Projecting, database: Database, job: Job, tickets: number): Promise<Job | undefined> {
  const session = database.session("first-primary");
  const load = deps.projection.load(
    refsWithinTextLimit(deps.projection, refsAfter(job, tickets), deps.projection.textSize),
  );
  const [slice, loaded] = await session.batch(sliceAfter(job, tickets), load);
  if (slice.length === 0) return await completeWalk(deps, database, job);
  const { done, refs, rows, deferred, failed } = projectSlice(deps, matchSources(slice, loaded));
  const progress = { upTo: slice[done - 1] ?? job, done, failed: failed.length };
  try {
    const requeued = deferred.length > 0 ? [requeueTickets(deps, deferred)] : [];
    const [[moved]] = await session.readAfter(
      [...projectionWrites(deps, refs, rows), ...requeued],
      advanceJob(deps, job, progress),
    );
    return moved;
  } catch (error) {
    if (isDatabaseAtFault(error)) throw error;
    deps.log("warn", "rebuild.slice_in_halves", { slice: job.slice, reason: reasonOf(error) });
    return await projectInHalves(deps, database, job, { refs, deferred }, progress);
  }
}

/** Projected slice. */
interface SliceResult {
  /** Number of tickets that one call may write. The others belong to the next slice. */
  readonly done: number;
  readonly refs: readonly TicketRef[];
  readonly rows: readonly Projected[];
  /** Tickets left to the backlog. Includes parked tickets, which need a full projection if their row is lost. */
  readonly deferred: readonly TicketRef[];
  /** Deferred tickets that could not be projected. */
  readonly failed: readonly TicketRef[];
}

function projectSlice({ projection, log }: Projecting, { refs: slice, sources }: Loaded<SliceTicket>): SliceResult {
  const parts = {
    refs: [] as TicketRef[],
    rows: [] as Projected[],
    deferred: [] as TicketRef[],
    failed: [] as TicketRef[],
  };
  const meter = new TextMeter(projection);
  for (const [index, ticket] of slice.entries()) {
    // A parked ticket may end the worker, so it waits for its own retry.
    if (ticket.parked === 1) {
      parts.deferred.push(ticket);
      continue;
    }
    try {
      const source = sources.get(keyOf(ticket));
      if (!source) throw new Error("its source cannot be read");
      const row = projection.project(source);
      if (!meter.tryAdd(row)) return { done: index, ...parts };
      parts.rows.push(row);
      parts.refs.push(ticket);
    } catch (error) {
      log("error", "rebuild.ticket_failed", { ticket_id: ticket.ticket_id, reason: reasonOf(error) });
      parts.deferred.push(ticket);
      parts.failed.push(ticket);
    }
  }
  return { done: slice.length, ...parts };
}

/**
 * Writes rows that the database rejects in halves. A ticket that fails alone goes to the backlog, and so do tickets
 * beyond the budget.
 */
async function projectInHalves(
  deps: Projecting,
  database: Database,
  job: Job,
  { refs, deferred }: Pick<SliceResult, "refs" | "deferred">,
  progress: Progress,
): Promise<Job | undefined> {
  const failures = await deps.usage.reserve(1, () => projectTickets(deps, database, refs));
  for (const error of failures.values())
    if (isDatabaseAtFault(error) && failureOf(error) !== "calls-spent") throw error;
  const refused = refs.filter((ref) => failures.has(ref));
  const failed = (progress.failed ?? 0) + refused.length;
  const [, [moved]] = await database
    .session("first-primary")
    .batch(requeueTickets(deps, [...deferred, ...refused]), advanceJob(deps, job, { ...progress, failed }));
  return moved;
}

/**
 * Completes the walk: corrects the counters, requeues outdated rows and starts a full audit. If rows are missing
 * after all, the tables were emptied meanwhile, and the walk starts over.
 */
async function completeWalk(deps: Projecting, database: Database, job: Job): Promise<Job | undefined> {
  const { projection } = deps;
  const [[moved], [audit]] = await database.session("first-primary").readAfter(
    [assertCurrentSlice(job), requeueOutdated(deps, "true"), ...recount(projection), updateCompleteness(projection)],
    statement<Job>(
      `UPDATE projection_jobs SET slice = slice + 1, attempts = 0, updated_at = ?1,
         state = iif(complete, 'verifying', state), done = iif(complete, done, 0),
         workspace_id = iif(complete, workspace_id, ''), ticket_id = iif(complete, ticket_id, '')
       FROM db_clock WHERE name = 'rebuild' RETURNING *`,
      deps.clock(),
    ),
    startJob(deps, { name: "audit", pace: "queue", when: "(SELECT complete FROM db_clock)" }),
  );
  if (audit) deps.waitUntil(announce(deps, [messageOf(audit)]));
  return moved?.state === "running" ? moved : undefined;
}
