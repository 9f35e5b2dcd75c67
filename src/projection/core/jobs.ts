import { type Statement, statement, UniqueViolation } from "../../platform/database.ts";
import type { JobMessage } from "../../platform/queue-messages.ts";
import type { projectionJobs } from "../../platform/tables/engine.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import type { TicketRef } from "./projection.ts";

/** A rebuild or audit: one row of `projection_jobs`. */
export type Job = typeof projectionJobs.$inferSelect;

/** Time limit of a slice, in milliseconds. After it the cron resumes the job. */
const SLICE_TIMEOUT_MS = 60_000;

export function readJobs(): Statement<Job> {
  return statement<Job>("SELECT * FROM projection_jobs");
}

/**
 * The job of that name.
 *
 * @throws if the row is missing: a migration creates both jobs, and nothing deletes them
 */
export function jobOf(jobs: readonly Job[], name: Job["name"]): Job {
  const job = jobs.find((one) => one.name === name);
  if (!job) throw new Error(`there is no job ${name}`);
  return job;
}

/** The queue message that runs the next slices. */
export function messageOf({ name, run, slice }: Pick<Job, "name" | "run" | "slice">): JobMessage {
  return { job: name, run, slice };
}

/** Parameters of a new walk. */
export interface WalkStart {
  readonly name: Job["name"];
  readonly pace: Job["pace"];
  /** SQL condition on the job's row. If it is false, the job does not change. */
  readonly when: string;
  /** True if no queue message follows, so that the cron must start the first slice. */
  readonly isDue?: boolean;
}

/** Starts a new walk. Does nothing if a newer deployment started the latest walk. */
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

/** Result of a slice. */
export interface Progress {
  /** The last ticket of the slice. */
  readonly upTo: TicketRef;
  readonly done: number;
  readonly failed?: number;
  readonly found?: number;
}

/**
 * Fails the batch on purpose unless this slice is the job's next one. Another worker has done the slice, or the job
 * was cancelled. {@link isOvertaken} recognizes the error.
 */
export function assertCurrentSlice({ name, run, slice }: Pick<Job, "name" | "run" | "slice">): Statement {
  // Inserting an existing row violates the primary key.
  return statement(
    `INSERT INTO projection_jobs SELECT * FROM projection_jobs
     WHERE name = ?1 AND NOT (run = ?2 AND slice = ?3 AND state = 'running')`,
    name,
    run,
    slice,
  );
}

/** Whether a batch failed in {@link assertCurrentSlice}. */
export function isOvertaken(error: unknown): boolean {
  return error instanceof UniqueViolation && error.isOn("projection_jobs");
}

/** Advances a job to its next slice, if this slice is still current. Belongs in the batch that writes the slice. */
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

/** A ticket of a slice, with the state of its backlog entry. */
export interface SliceTicket extends TicketRef {
  readonly version: number;
  /** 1 if the ticket is in the backlog. */
  readonly waiting: 0 | 1;
  readonly parked: 0 | 1;
}

/**
 * Selects the tickets after a job's position. The position is passed as parameters, because SQLite does not seek to a
 * subquery's value.
 */
export function refsAfter({ workspace_id, ticket_id }: TicketRef, tickets: number): Statement<TicketRef> {
  return statement<TicketRef>(
    `SELECT workspace_id, id AS ticket_id FROM tickets WHERE (workspace_id, id) > (?1, ?2)
     ORDER BY workspace_id, id LIMIT ?3`,
    workspace_id,
    ticket_id,
    tickets,
  );
}

/** Reads the tickets after a job's position, with the state of their backlog entries. */
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

/** Counts an attempt of a slice before it runs, so that a slice that ends its worker is counted too. */
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

/** Takes back a counted attempt, because the slice did not cause the failure. */
export function uncountSliceAttempt({ name, run, slice }: Job): Statement {
  return statement(
    `UPDATE projection_jobs SET attempts = max(attempts - 1, 0) WHERE name = ?1 AND run = ?2 AND slice = ?3`,
    name,
    run,
    slice,
  );
}

/** Whether the cron must resume a job: it missed its deadline, or a clock jumped. */
export function isAbandoned({ state, pace, due_at }: Job, now: number): boolean {
  return state === "running" && pace === "queue" && (due_at <= now || due_at > now + 2 * SLICE_TIMEOUT_MS);
}
