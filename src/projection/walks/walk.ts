import type { Database } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault, mayBeTooLarge } from "../../platform/failures.ts";
import { announce } from "../../platform/queue.ts";
import type { JobMessage } from "../../platform/queue-messages.ts";
import { BudgetSpent } from "../../platform/usage.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { requeueTickets } from "../core/backlog.ts";
import {
  advanceJob,
  beginSlice,
  isOvertaken,
  type Job,
  messageOf,
  sliceAfter,
  uncountSliceAttempt,
} from "../core/jobs.ts";

/** A walk through all tickets: a rebuild or an audit. */
export interface Walk {
  readonly name: Job["name"];
  /**
   * Runs the slice after the job's position and advances the job. Completes the walk after the last slice.
   *
   * @returns the advanced job; undefined if no slice follows, or another worker was faster
   */
  runSlice(deps: Projecting, database: Database, job: Job, tickets: number): Promise<Job | undefined>;
  /** Runs the work after the last slice. */
  completeWalk(deps: Projecting, database: Database, job: Job): Promise<Job | undefined>;
}

/** Slices per message. Ticket messages wait meanwhile. */
const SLICES_PER_MESSAGE = 4;

/** D1 calls of one slice: read it, write its rows and, after the last slice, compare and correct the counters. */
const CALLS_PER_SLICE = 4;

/** Divisor of the slice size after a slice that may have been too large. */
const SLICE_DIVISOR = 4;

/** Attempts of one slice before its tickets are left to the backlog. */
const MAX_SLICE_ATTEMPTS = 3;

/**
 * Handles a job message: runs a few slices, then sends the message for the next ones. A message of another run or a
 * completed slice is a no-op. The queue or the cron retries a slice that ends its worker; after three attempts its
 * tickets go to the backlog.
 *
 * @throws if the first slice fails: the message must be retried
 */
export async function runJob(deps: Projecting, database: Database, walk: Walk, message: JobMessage): Promise<void> {
  const job = await runSlices(deps, database, walk, message, {
    slices: SLICES_PER_MESSAGE,
    tickets: deps.sliceTickets,
  });
  if (job) await announce(deps, [messageOf(job)]);
}

/** Limits of one run: maximum slices, tickets per slice and, with `total`, tickets over all slices. */
interface SliceLimits {
  readonly slices: number;
  readonly tickets: number;
  readonly total?: number;
}

/**
 * Runs slices of a job, within the limits and the budget. Long texts make slices shorter. After a slice that may have
 * been too large, a single ticket shows whether it was; smaller slices follow.
 *
 * @returns the job if slices remain
 * @throws if the first slice fails; {@link BudgetSpent} if the budget does not allow a slice
 */
export async function runSlices(
  deps: Projecting,
  database: Database,
  walk: Walk,
  from: Pick<Job, "run" | "slice">,
  { slices, tickets, total = Number.POSITIVE_INFINITY }: SliceLimits,
): Promise<Job | undefined> {
  if (!deps.usage.allows(1 + CALLS_PER_SLICE)) throw new BudgetSpent(deps.usage.limit);
  const [[begun]] = await database.session("first-primary").batch(beginSlice(deps, walk.name, from));
  let job = begun;
  let size = tickets;
  let moved = false;
  let smaller: number | undefined;
  for (let taken = 0; job && taken < slices && (taken === 0 || deps.usage.allows(CALLS_PER_SLICE)); taken++) {
    const left = total - (job.done - (begun?.done ?? 0));
    if (left <= 0) break;
    const runSlice = job.attempts > MAX_SLICE_ATTEMPTS ? skipSlice : walk.runSlice;
    try {
      job = await runSlice(deps, database, job, Math.min(size, left), walk);
      moved = true;
      size = smaller ?? size;
      smaller = undefined;
    } catch (error) {
      if (isOvertaken(error)) return undefined;
      deps.log("error", "job.slice_failed", {
        job: walk.name,
        slice: job?.slice,
        tickets: size,
        reason: reasonOf(error),
      });
      if (size > 1 && mayBeTooLarge(error)) {
        smaller = Math.ceil(size / SLICE_DIVISOR);
        size = 1;
        continue;
      }
      // A retried message would name the completed slice: return the job for a new message.
      if (moved) return job;
      // The slice did not cause the failure, so the attempt does not count.
      if (job && isDatabaseAtFault(error)) await database.session("first-primary").batch(uncountSliceAttempt(job));
      throw error;
    }
  }
  return job;
}

/**
 * Skips a slice that ended its worker too often. Its tickets go to the backlog, where the sweep isolates the bad one.
 */
async function skipSlice(
  deps: Projecting,
  database: Database,
  job: Job,
  tickets: number,
  walk: Walk,
): Promise<Job | undefined> {
  const session = database.session("first-primary");
  const [slice] = await session.batch(sliceAfter(job, tickets));
  const upTo = slice.at(-1);
  if (!upTo) return await walk.completeWalk(deps, database, job);
  deps.log("error", "job.slice_left", { job: job.name, slice: job.slice, tickets: slice.length });
  const [, [moved]] = await session.batch(
    requeueTickets(deps, slice),
    advanceJob(deps, job, { upTo, done: slice.length, failed: slice.length }),
  );
  return moved;
}
