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

/** What is done on a walk through all tickets. */
export interface Walk {
  readonly name: Job["name"];
  /**
   * Takes the slice after the job's place, of so many tickets, and moves the job on. After the last slice it finishes.
   *
   * @returns the job as it stands then; undefined where there is no next slice, or somebody else was faster
   */
  runSlice(deps: Projecting, database: Database, job: Job, tickets: number): Promise<Job | undefined>;
  /** Does what comes after the last slice. */
  completeWalk(deps: Projecting, database: Database, job: Job): Promise<Job | undefined>;
}

/** Slices that one message brings about: messages about tickets wait meanwhile. */
const SLICES_PER_MESSAGE = 4;

/** D1 calls of one slice: it is read, its rows are written, and after the last one the counters are compared and put right. */
const CALLS_PER_SLICE = 4;

/** A slice that may have been too large goes on in parts of this share. */
const SLICE_DIVISOR = 4;

/** Beginnings of one slice without an end, after which it is left to the backlog. */
const MAX_SLICE_ATTEMPTS = 3;

/**
 * What a message brings about: a few slices of its job, and the message for the next ones. A message of another run, or of a
 * slice that is done, does nothing. A slice that ends its worker is begun again, by the queue or by the cron, and left to the
 * backlog after the third time.
 *
 * @throws where the first of them fails: the message is to come again
 */
export async function runJob(deps: Projecting, database: Database, walk: Walk, message: JobMessage): Promise<void> {
  const job = await runSlices(deps, database, walk, message, {
    slices: SLICES_PER_MESSAGE,
    tickets: deps.sliceTickets,
  });
  if (job) await announce(deps, [messageOf(job)]);
}

/** How far to walk: so many slices at most, of so many tickets at most; with `total`, until so many tickets are done. */
interface SliceLimits {
  readonly slices: number;
  readonly tickets: number;
  readonly total?: number;
}

/**
 * Takes slices of a job, as far as asked for and as the budget allows. Long texts make slices shorter. If one may have been too large, a single ticket tells whether
 * it was, and then come smaller slices: it is not repeated whole.
 *
 * @returns the job, where there is more to do
 * @throws where the first of them fails; {@link BudgetSpent} if it cannot begin
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
      // A message that comes again would bring about the slice that it names, which is done: a new one is needed.
      if (moved) return job;
      // The slice is not at fault: the beginning does not count.
      if (job && isDatabaseAtFault(error)) await database.session("first-primary").batch(uncountSliceAttempt(job));
      throw error;
    }
  }
  return job;
}

/** Does without a slice that has ended its worker too often: its tickets are left to the backlog, where the sweep parts them. */
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
