import { NO_TOKEN, readSnapshot, snapshotOf } from "../commands/commit.ts";
import type { Ticket } from "../domain/ticket.ts";
import { type Database, type Statement, statement, UniqueViolation } from "../platform/database.ts";
import { PASS } from "../platform/deadline.ts";
import { partsOf } from "../platform/divide.ts";
import { reasonOf } from "../platform/errors.ts";
import { failureOf, isDatabaseAtFault, mayBeTooLarge } from "../platform/failures.ts";
import type { Projecting } from "../projection/core/projecting.ts";
import { type LateErasures, lateErasures } from "../projection/status/erasures.ts";
import { ERASURE_LATE_MS, PURGE_LATE_MS } from "../projection/status/health.ts";
import {
  claimDue,
  countDue,
  countRemaining,
  type Erasure,
  type ErasureRequest,
  endRound,
  eraseTickets,
  MAX_SLICE,
  nextSlice,
  release,
  skipTicket,
  startErasure,
} from "./erase-tickets.ts";
import { redactRows } from "./redact-rows.ts";
import { listPurges, type Purge, purgeSearch, requestPurge } from "./search-purge.ts";

/** Slices that a request erases before it answers: 2,000 tickets. */
const MAX_SLICES_PER_REQUEST = 8;

/** Slices after the answer to a request, and slices of one pass of the cron. */
const MAX_SLICES_PER_PASS = 60;

/** Erasures that one pass of the cron continues. */
const MAX_TURNS_PER_PASS = 40;

/** D1 calls of one slice: one reads it, one erases it, one skips a ticket that fails. */
const CALLS_PER_SLICE = 3;

/** D1 calls of one turn beside its slices: one claims the erasure, one ends the round or the turn. */
const CALLS_PER_TURN = 2;

/** D1 calls that a pass reserves for the merges: one step of one table. */
const CALLS_OF_MERGES = 2;

/** How long the cron leaves an erasure to the request that started it, in milliseconds. */
const LEASE_MS = 60_000;

/** Tries of a ticket that other clients keep changing, in one round. */
const MAX_TRIES = 5;

/** The first and the longest backoff after a lost race, in milliseconds. It doubles each time, with jitter. */
const BACKOFF_MS = { first: 20, longest: 320 };

/** After this many turns that erased nothing, the first ticket is skipped before it is tried: it may be what crashes the workers. */
const SUSPECT_ATTEMPTS = 5;

/**
 * Erases a customer from all tickets recorded so far, their events, the read model, stored answers and dead letters. The rest is erased
 * after the answer and by the cron. The outcome is the same for unknown and for erased customers.
 *
 * @returns the numbers of tickets that the request erased, and that remain
 */
export async function eraseCustomer(deps: Projecting, request: ErasureRequest) {
  const { workspace_id, customer_id } = request;
  const database = deps.databaseFor(workspace_id);
  const [[erasure]] = await database
    .session("first-primary")
    .readAfter(
      startErasure(request, deps.clock(), LEASE_MS),
      statement<Erasure>(
        "SELECT * FROM erasures WHERE workspace_id = ?1 AND customer_id = ?2",
        workspace_id,
        customer_id,
      ),
    );
  // The same transaction wrote the row; the type does not say so.
  if (!erasure) throw new Error("the erasure has no row");
  const unhurried = database.within(PASS);
  const turn = await deps.usage.reserve(1, () => eraseSlices(deps, unhurried, erasure, MAX_SLICES_PER_REQUEST));
  const session = unhurried.session("first-primary");
  // In the middle of a round, the request keeps its lease and continues after the answer.
  const [[left], snapshots] = await session.readAfter(
    turn.isRoundOver ? endRound(erasure, deps.clock(), deps.random()) : [],
    countRemaining(erasure),
    readSnapshot(workspace_id, NO_TOKEN),
  );
  if (!turn.isRoundOver) deps.waitUntil(runTurn(deps, unhurried, turn.erasure));
  const { newest_seq } = snapshotOf(snapshots, null).snapshot;
  return { erased: turn.erased, remaining: left?.tickets ?? 0, newestSeq: newest_seq, bookmark: session.bookmark() };
}

/**
 * Continues the erasures that are due, for the cron, and then the merges of the search tables. The failure of one erasure does not affect
 * the others.
 */
export async function continueErasures(deps: Projecting): Promise<void> {
  for (const database of deps.databases()) {
    try {
      await continueIn(deps, database);
    } catch (error) {
      deps.log("error", "erasure.pass_failed", { reason: reasonOf(error) });
    }
  }
}

async function continueIn(deps: Projecting, database: Database): Promise<void> {
  if (!deps.usage.allows(1)) return;
  const now = deps.clock();
  const [late, pending, [due]] = await database
    .session("first-primary")
    .batch(lateErasures(now - ERASURE_LATE_MS), listPurges(deps.projection), countDue(now));
  reportLate(deps, late, pending, now);
  const reserved = pending.length > 0 ? CALLS_OF_MERGES : 0;
  const turns = Math.min(due?.erasures ?? 0, MAX_TURNS_PER_PASS);
  await deps.usage.reserve(reserved, () => runTurns(deps, database, turns));
  await purgeSearch(deps, database, pending);
}

/** Runs turns of erasures, those due the longest first, within the limits of a pass. */
async function runTurns(deps: Projecting, database: Database, most: number): Promise<void> {
  try {
    let slices = MAX_SLICES_PER_PASS;
    for (let turns = 0; slices > 0 && turns < most; turns++) {
      if (!deps.usage.allows(CALLS_PER_TURN + CALLS_PER_SLICE)) return;
      const [[erasure]] = await database.session("first-primary").batch(claimDue(deps.clock(), deps.random()));
      if (!erasure) return;
      slices -= await runTurn(deps, database, erasure, slices);
    }
  } catch (error) {
    deps.log("error", "erasure.pass_failed", { reason: reasonOf(error) });
  }
}

/** Runs one turn of one erasure. A failure is only logged, because the next turn is already postponed. */
async function runTurn(
  deps: Projecting,
  database: Database,
  erasure: Erasure,
  most = MAX_SLICES_PER_PASS,
): Promise<number> {
  try {
    const { slices, isRoundOver } = await deps.usage.reserve(1, () => eraseSlices(deps, database, erasure, most));
    const now = deps.clock();
    const closing = isRoundOver ? endRound(erasure, now, deps.random()) : [release(erasure, now)];
    await database.session("first-primary").batch(...closing);
    return slices;
  } catch (error) {
    const { workspace_id, attempts } = erasure;
    deps.log("error", "erasure.failed", { workspace_id, attempts, reason: reasonOf(error) });
    return 1;
  }
}

/** The result of a turn. */
interface Turn {
  /** The erasure, with the last ticket of this turn. */
  readonly erasure: Erasure;
  readonly erased: number;
  readonly slices: number;
  /** True if the turn reached the customer's last ticket. */
  readonly isRoundOver: boolean;
}

/**
 * Erases slice by slice, within the budget. A failing slice is halved, down to the ticket that breaks it. That ticket is skipped until the
 * next round. A slice that lost a race is tried again after a backoff, and halved if it loses again, because smaller slices are faster.
 *
 * @param most the number of slices, at most
 * @throws an error that smaller slices would also meet, such as an unavailable database
 */
async function eraseSlices(deps: Projecting, database: Database, erasure: Erasure, most: number): Promise<Turn> {
  let { ticket_id } = erasure;
  let size = firstSize(erasure);
  let failedUpTo = "";
  let tries = 0;
  let erased = 0;
  let slices = 0;
  while (slices < most && deps.usage.allows(CALLS_PER_SLICE)) {
    slices++;
    const session = database.session("first-primary");
    const [rows, snapshots] = await session.batch(
      nextSlice(erasure, ticket_id, size),
      readSnapshot(erasure.workspace_id, NO_TOKEN),
    );
    const last = rows.at(-1);
    if (!last) return { erasure: { ...erasure, ticket_id }, erased, slices, isRoundOver: true };
    const isSuspect = slices === 1 && erasure.attempts >= SUSPECT_ATTEMPTS;
    if (isSuspect) await session.batch(skipTicket(erasure, last.id));
    try {
      const slice = { rows, snapshot: snapshotOf(snapshots, null).snapshot };
      erased += await eraseTickets(deps, database, erasure, slice, (tickets) => redactReadModel(deps, tickets));
      ticket_id = last.id;
      tries = 0;
      if (last.id >= failedUpTo) size = Math.min(size * 2, MAX_SLICE.tickets);
    } catch (error) {
      if (failureOf(error) === "calls-spent") break;
      if (isDatabaseAtFault(error) && !isTooLarge(error, rows, erased)) throw error;
      const wasOvertaken = error instanceof UniqueViolation;
      if (wasOvertaken) await deps.sleep(backOffMs(tries, deps.random()));
      tries++;
      if (wasOvertaken && tries === 1) continue;
      failedUpTo = last.id;
      size = partsOf(rows, error)[0]?.length ?? 1;
      if (rows.length > 1 || (wasOvertaken && tries < MAX_TRIES)) continue;
      reportTicket(deps, erasure, last.id, error);
      if (!isSuspect) await session.batch(skipTicket(erasure, last.id));
      ticket_id = last.id;
      tries = 0;
    }
  }
  return { erasure: { ...erasure, ticket_id }, erased, slices, isRoundOver: false };
}

/** The first slice shrinks to a quarter after each turn that erased nothing, so that in the end only the failing ticket is skipped. */
function firstSize({ attempts }: Erasure): number {
  return Math.max(MAX_SLICE.tickets >> (2 * Math.max(attempts - 1, 0)), 1);
}

/** A single ticket counts as too large if the database has erased others in the same turn. */
function isTooLarge(error: unknown, rows: readonly unknown[], erased: number): boolean {
  return mayBeTooLarge(error) && (rows.length > 1 || erased > 0);
}

function backOffMs(tries: number, jitter: number): number {
  return Math.ceil(Math.min(BACKOFF_MS.first * 2 ** tries, BACKOFF_MS.longest) * (1 - jitter / 2));
}

/** The statements that redact the read model: the texts of the rows, and their words in the search tables. */
function redactReadModel({ projection, clock }: Projecting, tickets: readonly Ticket[]): Statement[] {
  return [redactRows(projection, tickets), requestPurge(projection, clock())];
}

function reportTicket(deps: Projecting, { workspace_id, attempts }: Erasure, ticket_id: string, error: unknown): void {
  deps.log("error", "erasure.ticket_failed", { workspace_id, ticket_id, attempts, reason: reasonOf(error) });
}

/** Logs late workspaces and search tables, but no customer: the log is kept longer than personal data may be. */
function reportLate(deps: Projecting, late: readonly LateErasures[], pending: readonly Purge[], now: number): void {
  for (const { workspace_id, erasures, requested_at } of late) {
    deps.log("error", "erasure.late", { workspace_id, erasures, oldest_seconds: (now - requested_at) / 1000 });
  }
  for (const { name, wanted_at } of pending.filter((purge) => now - purge.wanted_at > PURGE_LATE_MS)) {
    deps.log("error", "erasure.late", { search_table: name, oldest_seconds: (now - wanted_at) / 1000 });
  }
}
