import { type Statement, statement, UniqueViolation } from "../../platform/database.ts";
import type { JobMessage } from "../../platform/queue-messages.ts";
import type { projectionJobs } from "../../platform/tables/engine.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import type { TicketRef } from "./projection.ts";

/** A walk through all tickets, as its row has it. */
export type Job = typeof projectionJobs.$inferSelect;

/** How long a slice may take, in milliseconds, before the cron takes the job up again. */
const SLICE_TIMEOUT_MS = 60_000;

/** Reads all jobs. */
export function readJobs(): Statement<Job> {
  return statement<Job>("SELECT * FROM projection_jobs");
}

/** The one of that name. */
export function jobOf(jobs: readonly Job[], name: Job["name"]): Job {
  const job = jobs.find((one) => one.name === name);
  // The migration makes both, and nothing removes them.
  if (!job) throw new Error(`there is no job ${name}`);
  return job;
}

/** The message that brings about the next slices. */
export function messageOf({ name, run, slice }: Pick<Job, "name" | "run" | "slice">): JobMessage {
  return { job: name, run, slice };
}

/** A walk to begin. */
export interface WalkStart {
  readonly name: Job["name"];
  readonly pace: Job["pace"];
  /** A condition on the job's row; where it does not hold, everything stays as it is. */
  readonly when: string;
  /** Whether the cron has to give it its first push: there will be no message. */
  readonly isDue?: boolean;
}

/** Begins a new walk. A deployment that is older than the one that began the latest leaves it alone. */
export function startJob(
  { projection, clock }: Pick<Projecting, "projection" | "clock">,
  { name, pace, when, isDue = false }: WalkStart,
): Statement<Job> {
  const now = clock();
  return statement<Job>(
    `UPDATE projection_jobs SET run = run + 1, state = 'running', pace = ?2, projector = ?3, slice = 0, workspace_id = '',
       ticket_id = '', done = 0, failed = 0, found = 0, attempts = 0, due_at = ?5, started_at = ?4, updated_at = ?4
     WHERE name = ?1 AND projector <= ?3 AND ${when} RETURNING *`,
    name,
    pace,
    projection.projector,
    now,
    isDue ? now : now + SLICE_TIMEOUT_MS,
  );
}

/** What a slice has done. */
export interface Progress {
  /** The last ticket of it. */
  readonly upTo: TicketRef;
  readonly done: number;
  readonly failed?: number;
  readonly found?: number;
}

/**
 * Makes the whole batch fail where the job's next slice is not this one any more: what it would do, somebody else has done, or
 * it is not to be done. Such a failure {@link isOvertaken}.
 */
export function assertCurrentSlice({ name, run, slice }: Pick<Job, "name" | "run" | "slice">): Statement {
  // The key is taken: by itself.
  return statement(
    `INSERT INTO projection_jobs SELECT * FROM projection_jobs
     WHERE name = ?1 AND NOT (run = ?2 AND slice = ?3 AND state = 'running')`,
    name,
    run,
    slice,
  );
}

/** Whether a batch failed because somebody else has moved its job on. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof UniqueViolation && error.isOn("projection_jobs");
}

/** Moves a job on, once: the slice that it was must still be the next one. In the batch that does the slice's work. */
export function advanceJob(
  deps: Projecting,
  job: Job,
  { upTo, done, failed = 0, found = 0 }: Progress,
): Statement<Job> {
  const now = deps.clock();
  return statement<Job>(
    `UPDATE projection_jobs SET slice = slice + 1, workspace_id = ?4, ticket_id = ?5, done = done + ?6, failed = failed + ?7,
       found = found + ?8, attempts = 0, updated_at = ?9, due_at = ?10
     WHERE name = ?1 AND run = ?2 AND slice = ?3 AND state = 'running' RETURNING *`,
    job.name,
    job.run,
    job.slice,
    upTo.workspace_id,
    upTo.ticket_id,
    done,
    failed,
    found,
    now,
    now + SLICE_TIMEOUT_MS,
  );
}

/** A slice of the tickets, and how each stands. */
export interface SliceTicket extends TicketRef {
  readonly version: number;
  /** 1 where it is in the backlog. */
  readonly waiting: 0 | 1;
  readonly parked: 0 | 1;
}

/** Names the tickets after a job's place. Its place comes as parameters: compared with a subquery, SQLite would not seek. */
export function refsAfter({ workspace_id, ticket_id }: TicketRef, tickets: number): Statement<TicketRef> {
  return statement<TicketRef>(
    `SELECT workspace_id, id AS ticket_id FROM tickets WHERE (workspace_id, id) > (?1, ?2)
     ORDER BY workspace_id, id LIMIT ?3`,
    workspace_id,
    ticket_id,
    tickets,
  );
}

/** Reads how the tickets after a job's place stand. */
export function sliceAfter({ workspace_id, ticket_id }: TicketRef, tickets: number): Statement<SliceTicket> {
  return statement<SliceTicket>(
    `SELECT ticket.workspace_id, ticket.id AS ticket_id, ticket.version, behind.version IS NOT NULL AS waiting,
       behind.parked_at IS NOT NULL AS parked
     FROM tickets AS ticket LEFT JOIN projection_backlog AS behind
       ON behind.workspace_id = ticket.workspace_id AND behind.ticket_id = ticket.id
     WHERE (ticket.workspace_id, ticket.id) > (?1, ?2) ORDER BY ticket.workspace_id, ticket.id LIMIT ?3`,
    workspace_id,
    ticket_id,
    tickets,
  );
}

/** Counts the beginning of a slice before it is made: one that ends its worker is known by that. */
export function beginSlice(
  deps: Projecting,
  name: Job["name"],
  { run, slice }: Pick<Job, "run" | "slice">,
): Statement<Job> {
  return statement<Job>(
    `UPDATE projection_jobs SET attempts = attempts + 1, due_at = ?5
     WHERE name = ?1 AND run = ?2 AND slice = ?3 AND state = 'running' AND projector = ?4 RETURNING *`,
    name,
    run,
    slice,
    deps.projection.projector,
    deps.clock() + SLICE_TIMEOUT_MS,
  );
}

/** A beginning that does not count: the slice was not at fault. */
export function uncountSliceAttempt({ name, run, slice }: Job): Statement {
  return statement(
    `UPDATE projection_jobs SET attempts = max(attempts - 1, 0) WHERE name = ?1 AND run = ?2 AND slice = ?3`,
    name,
    run,
    slice,
  );
}

/** Whether the cron has to take a job up: nobody has moved it on in time, or a clock jumped. */
export function isAbandoned({ state, pace, due_at }: Job, now: number): boolean {
  return state === "running" && pace === "queue" && (due_at <= now || due_at > now + 2 * SLICE_TIMEOUT_MS);
}
