import { getTableName } from "drizzle-orm";
import { type Database, type Statement, statement } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault } from "../../platform/failures.ts";
import { announce } from "../../platform/queue.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { requeueTickets } from "../core/backlog.ts";
import {
  advanceJob,
  assertCurrentSlice,
  isOvertaken,
  type Job,
  jobOf,
  messageOf,
  readJobs,
  refsAfter,
  sliceAfter,
  startJob,
} from "../core/jobs.ts";
import { type Projection, refsJson, type TicketRef, ticketRefs } from "../core/projection.ts";
import { refsWithinTextLimit, storedTextLength } from "../core/text-limit.ts";
import { projectionWrites } from "../core/writes.ts";
import { type Comparison, compare, type StoredRow } from "./compare.ts";
import { type Extent, readExtent, recount, type WrongCount, wrongCounts } from "./completeness.ts";
import { type Drift, MAX_EXAMPLES, recordDrift } from "./drift.ts";
import { deleteStrayEntries, rewriteEntries, strayDrift, strayEntries, wrongEntries } from "./search-entries.ts";
import type { Walk } from "./walk.ts";

/** The walk that compares every row with its source, and repairs drift. */
export const audit: Walk = { name: "audit", runSlice, completeWalk };

/**
 * Starts a full audit on the queue, in place of a slow audit by the cron. A full audit that is running continues.
 *
 * @returns undefined if no audit was started
 */
export async function startAudit(deps: Projecting, database: Database): Promise<Job | undefined> {
  const [[job]] = await database.session("first-primary").batch(
    startJob(deps, {
      name: "audit",
      pace: "queue",
      // An audit from an older deployment does not continue.
      when: `NOT (state = 'running' AND pace = 'queue' AND projector = ${deps.projection.projector})`,
    }),
  );
  if (job) deps.waitUntil(announce(deps, [messageOf(job)]));
  return job;
}

/**
 * Whether an audit makes sense: no rows are known to be missing, no rebuild is running, and the latest rebuild used
 * this deployment's projector.
 */
export function isAuditable({ projector }: Projection, jobs: readonly Job[], { complete }: Extent): boolean {
  const rebuild = jobOf(jobs, "rebuild");
  return complete === 1 && rebuild.state !== "running" && rebuild.projector === projector;
}

/** Compares one snapshot of source and rows. Drift is recorded and repaired in one batch. */
async function runSlice(deps: Projecting, database: Database, job: Job, tickets: number): Promise<Job | undefined> {
  const { projection } = deps;
  const [slice, loaded, rows, entries, jobs, [size]] = await database
    .session("first-primary")
    .batch(
      sliceAfter(job, tickets),
      projection.load(refsWithinTextLimit(projection, refsAfter(job, tickets), projection.textSize)),
      rowsAfter(projection, job, tickets),
      wrongEntries(projection, job, tickets),
      readJobs(),
      readExtent(projection),
    );
  if (!size || !isAuditable(projection, jobs, size)) return undefined;
  const isRebuilt = jobOf(jobs, "rebuild").state !== "cancelled";
  const found = compare(projection, { tickets: slice, loaded, rows, entries, limit: tickets, isRebuilt });
  if (!found.upTo) return await completeWalk(deps, database, job);
  const move = advanceJob(deps, job, { upTo: found.upTo, done: found.compared, found: found.drift.length });
  for (const { kind, ticket_id, detail } of found.drift) deps.log("error", "audit.drift", { kind, ticket_id, detail });
  try {
    const [[moved]] = await database.session("first-primary").readAfter(repairDrift(deps, job, found), move);
    return moved;
  } catch (error) {
    if (isDatabaseAtFault(error) || isOvertaken(error)) throw error;
    deps.log("error", "audit.not_mended", { slice: job.slice, reason: reasonOf(error) });
    const [[moved]] = await database.session("first-primary").readAfter(requeueDrift(deps, job, found), move);
    return moved;
  }
}

/**
 * Repairs drift in one transaction: deletes rows that must not exist, then projects the tickets. Tickets that cannot
 * be projected go to the backlog.
 */
function repairDrift(deps: Projecting, job: Job, { drift, rows, unprojectable }: Comparison): Statement[] {
  if (drift.length === 0 && unprojectable.length === 0) return [];
  const now = deps.clock();
  return [
    assertCurrentSlice(job),
    ...recordDrift(drift, now, now),
    requeueTickets(deps, unprojectable),
    removeImpossible(deps.projection, ticketsOf(drift)),
    ...projectionWrites(deps, ticketsOf(drift), rows),
    ...rewriteEntries(deps.projection, ofSearch(drift)),
  ];
}

/**
 * Fallback if the rows cannot be written: the backlog takes the tickets one by one. A row without a ticket is deleted
 * at once.
 */
function requeueDrift(deps: Projecting, job: Job, { drift, unprojectable }: Comparison): Statement[] {
  const now = deps.clock();
  const [removed, requeued] = [drift.filter(isOrphan), drift.filter((one) => !isOrphan(one))];
  return [
    assertCurrentSlice(job),
    ...recordDrift(removed, now, now),
    ...recordDrift(requeued, now, null),
    removeImpossible(deps.projection, ticketsOf(drift)),
    requeueTickets(deps, [...ticketsOf(drift), ...unprojectable]),
    ...rewriteEntries(deps.projection, ofSearch(drift)),
  ];
}

function ticketsOf(drift: readonly Drift[]): TicketRef[] {
  return drift.flatMap(({ workspace_id, ticket_id }) => (ticket_id === null ? [] : [{ workspace_id, ticket_id }]));
}

function isOrphan({ kind }: Drift): boolean {
  return kind === "orphan";
}

function ofSearch(drift: readonly Drift[]): TicketRef[] {
  return ticketsOf(drift.filter(({ kind }) => kind === "search"));
}

/** Deletes rows that no projection would replace: without a ticket, ahead of it, or of an unknown projector. */
function removeImpossible({ table }: Projection, refs: readonly TicketRef[]): Statement {
  const name = getTableName(table);
  return statement(
    `DELETE FROM ${name} WHERE (workspace_id, id) IN (${ticketRefs([]).sql}) AND (
       projector > (SELECT job.projector FROM projection_jobs AS job WHERE job.name = 'rebuild') OR NOT EXISTS (
       SELECT 1 FROM tickets AS ticket WHERE ticket.workspace_id = ${name}.workspace_id AND ticket.id = ${name}.id
         AND ticket.version >= ${name}.version))`,
    refsJson(refs),
  );
}

/** Reads the rows after a position, as many as one call may load. */
function rowsAfter(projection: Projection, { workspace_id, ticket_id }: TicketRef, rows: number): Statement<StoredRow> {
  const name = getTableName(projection.table);
  const refs = statement<TicketRef>(
    `SELECT workspace_id, id AS ticket_id, ${storedTextLength(projection)} AS text FROM ${name}
     WHERE (workspace_id, id) > (?1, ?2) ORDER BY workspace_id, id LIMIT ?3`,
    workspace_id,
    ticket_id,
    rows,
  );
  const { sql, params } = refsWithinTextLimit(projection, refs, "ref.text");
  return statement<StoredRow>(
    `SELECT row.* FROM (${sql}) AS ref
     CROSS JOIN ${name} AS row ON row.workspace_id = ref.workspace_id AND row.id = ref.ticket_id`,
    ...params,
  );
}

/**
 * Repairs counters and stray search entries in a call of its own, after the last slice. Also completes a rebuild that
 * waited for this audit.
 */
async function completeWalk(deps: Projecting, database: Database, job: Job): Promise<undefined> {
  const now = deps.clock();
  const session = database.session("first-primary");
  const [wrong, strays] = await session.batch(
    wrongCounts(deps.projection, MAX_EXAMPLES),
    strayEntries(deps.projection),
  );
  const drift = [...wrong.map(counterDrift), ...strays.map(strayDrift)];
  const unlisted = (wrong[0]?.total ?? 0) - wrong.length;
  for (const { kind, detail } of drift.slice(-MAX_EXAMPLES)) deps.log("error", "audit.drift", { kind, detail });
  await session.batch(
    assertCurrentSlice(job),
    ...recordDrift(drift, now, now, unlisted),
    ...recount(deps.projection),
    ...(strays.length > 0 ? deleteStrayEntries(deps.projection) : []),
    statement(
      `UPDATE projection_jobs SET state = 'finished', finished_at = ?1, updated_at = ?1, slice = slice + 1, attempts = 0,
         found = found + ?2 WHERE name = 'audit'`,
      now,
      drift.length + unlisted,
    ),
    statement(
      `UPDATE projection_jobs AS rebuild SET state = 'finished', finished_at = ?1, updated_at = ?1, found = audit.found,
         failed = rebuild.failed + audit.failed
       FROM projection_jobs AS audit
       WHERE rebuild.name = 'rebuild' AND rebuild.state = 'verifying' AND audit.name = 'audit'`,
      now,
    ),
  );
  return undefined;
}

/** The detail leaves out the cell, because an assignee's id may be a name. */
function counterDrift({ workspace_id, counted, actual }: WrongCount): Drift {
  const detail = `${counted} rows are counted where there are ${actual}`;
  return { kind: "counter", workspace_id, ticket_id: null, detail };
}
