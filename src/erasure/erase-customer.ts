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
  begin,
  claimDue,
  countDue,
  type Erasure,
  type ErasureRequest,
  endRound,
  eraseTickets,
  nextSlice,
  release,
  remaining,
  SLICE,
  skip,
} from "./erase-tickets.ts";
import { redactRows } from "./redact-rows.ts";
import { type Purge, purgeSearch, purges, wantPurge } from "./search-purge.ts";

/** Slices that a request works through before it answers: 2,000 tickets. */
const SLICES_A_REQUEST = 8;

/** Slices that follow the answer, and slices of all erasures in one pass of the cron. */
const SLICES_A_PASS = 60;

/** Erasures that one pass of the cron takes up. */
const MAX_TURNS_A_PASS = 40;

/** D1 calls of one slice: it is read, erased and, if it is a ticket that fails, passed over. */
const CALLS_A_SLICE = 3;

/** D1 calls of one turn besides its slices: the erasure is claimed, and in the end its round is over or goes on. */
const CALLS_A_TURN = 2;

/** D1 calls that the turns of a pass leave to the merges: one step of one table. */
const CALLS_OF_MERGES = 2;

/** How long the cron leaves an erasure to the request that has begun it, in milliseconds. */
const LEASE_MS = 60_000;

/** How often a ticket that others keep changing is tried in one round. */
const MAX_TRIES = 5;

/** The first and the longest pause after a lost race, in milliseconds; doubled each time, with jitter. */
const PAUSE_MS = { first: 20, longest: 320 };

/** After so many turns that erased nothing, a ticket is passed over before it is tried: it may be what ends the workers. */
const SUSPECT_ATTEMPTS = 5;

/**
 * Erases a customer from all tickets recorded by now, their events, the read model, and the stored answers and messages. What the
 * request does not finish follows after it, and with the cron. A customer who is unknown gets the same outcome as one who is erased.
 *
 * @returns how many tickets the request erased, and how many are left
 */
export async function eraseCustomer(deps: Projecting, request: ErasureRequest) {
  const { workspace_id, customer_id } = request;
  const database = deps.databaseFor(workspace_id);
  const [[erasure]] = await database
    .session("first-primary")
    .readAfter(
      begin(request, deps.clock(), LEASE_MS),
      statement<Erasure>(
        "SELECT * FROM erasures WHERE workspace_id = ?1 AND customer_id = ?2",
        workspace_id,
        customer_id,
      ),
    );
  // It was written in the same transaction; the type does not know.
  if (!erasure) throw new Error("the erasure was not begun");
  const unhurried = database.within(PASS);
  const turn = await deps.usage.reserve(1, () => takeTurn(deps, unhurried, erasure, SLICES_A_REQUEST));
  const session = unhurried.session("first-primary");
  // In the middle of a round the request keeps its lease, and goes on after the answer.
  const [[left], snapshots] = await session.readAfter(
    turn.isRoundOver ? endRound(erasure, deps.clock(), deps.random()) : [],
    remaining(erasure),
    readSnapshot(workspace_id, NO_TOKEN),
  );
  if (!turn.isRoundOver) deps.waitUntil(goOn(deps, unhurried, turn.erasure));
  const { newest_seq } = snapshotOf(snapshots, null).snapshot;
  return { erased: turn.erased, remaining: left?.tickets ?? 0, newestSeq: newest_seq, bookmark: session.bookmark() };
}

/**
 * Continues what requests have left, as the cron's part: the erasures that are due, each independent of the others, and then the
 * merges of the search tables.
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
  const [late, owed, [due]] = await database
    .session("first-primary")
    .batch(lateErasures(now - ERASURE_LATE_MS), purges(deps.projection), countDue(now));
  reportLate(deps, late, owed, now);
  const reserved = owed.length > 0 ? CALLS_OF_MERGES : 0;
  const turns = Math.min(due?.erasures ?? 0, MAX_TURNS_A_PASS);
  await deps.usage.reserve(reserved, () => takeTurns(deps, database, turns));
  await purgeSearch(deps, database, owed);
}

/** Gives so many erasures their turns, the longest due first, as far as the pass goes. */
async function takeTurns(deps: Projecting, database: Database, most: number): Promise<void> {
  try {
    let slices = SLICES_A_PASS;
    for (let turns = 0; slices > 0 && turns < most; turns++) {
      if (!deps.usage.allows(CALLS_A_TURN + CALLS_A_SLICE)) return;
      const [[erasure]] = await database.session("first-primary").batch(claimDue(deps.clock(), deps.random()));
      if (!erasure) return;
      slices -= await goOn(deps, database, erasure, slices);
    }
  } catch (error) {
    deps.log("error", "erasure.pass_failed", { reason: reasonOf(error) });
  }
}

/** Takes one turn of one erasure. A failure is this erasure's alone: its next turn is already put off. */
async function goOn(deps: Projecting, database: Database, erasure: Erasure, most = SLICES_A_PASS): Promise<number> {
  try {
    const { slices, isRoundOver } = await deps.usage.reserve(1, () => takeTurn(deps, database, erasure, most));
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

/** What a turn has come to. */
interface Turn {
  /** The erasure, with the last ticket that the turn has behind it. */
  readonly erasure: Erasure;
  readonly erased: number;
  readonly slices: number;
  /** Whether it reached the customer's last ticket. */
  readonly isRoundOver: boolean;
}

/**
 * Erases slice by slice, at most so many, and as many as the budget allows. A slice that fails is halved, down to the ticket that breaks
 * it. That ticket is passed over until the next round, and the rest goes on. A slice that lost a race is tried again after a pause, and
 * halved if it loses again: a smaller one is faster.
 *
 * @throws an error of a database that is away, which smaller slices would meet, too
 */
async function takeTurn(deps: Projecting, database: Database, erasure: Erasure, most: number): Promise<Turn> {
  let { ticket_id } = erasure;
  let size = firstSize(erasure);
  let failedUpTo = "";
  let tries = 0;
  let erased = 0;
  let slices = 0;
  while (slices < most && deps.usage.allows(CALLS_A_SLICE)) {
    slices++;
    const session = database.session("first-primary");
    const [rows, snapshots] = await session.batch(
      nextSlice(erasure, ticket_id, size),
      readSnapshot(erasure.workspace_id, NO_TOKEN),
    );
    const last = rows.at(-1);
    if (!last) return { erasure: { ...erasure, ticket_id }, erased, slices, isRoundOver: true };
    const isSuspect = slices === 1 && erasure.attempts >= SUSPECT_ATTEMPTS;
    if (isSuspect) await session.batch(skip(erasure, last.id));
    try {
      const slice = { rows, snapshot: snapshotOf(snapshots, null).snapshot };
      erased += await eraseTickets(deps, database, erasure, slice, (tickets) => alsoErase(deps, tickets));
      ticket_id = last.id;
      tries = 0;
      if (last.id >= failedUpTo) size = Math.min(size * 2, SLICE.tickets);
    } catch (error) {
      if (failureOf(error) === "calls-spent") break;
      if (isDatabaseAtFault(error) && !isTooLarge(error, rows, erased)) throw error;
      const wasOvertaken = error instanceof UniqueViolation;
      if (wasOvertaken) await deps.sleep(pauseAfter(tries, deps.random()));
      tries++;
      if (wasOvertaken && tries === 1) continue;
      failedUpTo = last.id;
      size = partsOf(rows, error)[0]?.length ?? 1;
      if (rows.length > 1 || (wasOvertaken && tries < MAX_TRIES)) continue;
      reportTicket(deps, erasure, last.id, error);
      if (!isSuspect) await session.batch(skip(erasure, last.id));
      ticket_id = last.id;
      tries = 0;
    }
  }
  return { erasure: { ...erasure, ticket_id }, erased, slices, isRoundOver: false };
}

/** A quarter as many tickets after each turn that erased nothing: whatever ends a turn, in the end only its ticket is passed over. */
function firstSize({ attempts }: Erasure): number {
  return Math.max(SLICE.tickets >> (2 * Math.max(attempts - 1, 0)), 1);
}

/** A timeout of one ticket is the ticket's fault if the database has served others in the same turn. */
function isTooLarge(error: unknown, rows: readonly unknown[], erased: number): boolean {
  return mayBeTooLarge(error) && (rows.length > 1 || erased > 0);
}

function pauseAfter(tries: number, jitter: number): number {
  return Math.ceil(Math.min(PAUSE_MS.first * 2 ** tries, PAUSE_MS.longest) * (1 - jitter / 2));
}

/** What of an erased ticket is in the read model: the texts of its row, and their words in the indexes of the search tables. */
function alsoErase({ projection, clock }: Projecting, tickets: readonly Ticket[]): Statement[] {
  return [redactRows(projection, tickets), wantPurge(projection, clock())];
}

function reportTicket(deps: Projecting, { workspace_id, attempts }: Erasure, ticket_id: string, error: unknown): void {
  deps.log("error", "erasure.ticket_failed", { workspace_id, ticket_id, attempts, reason: reasonOf(error) });
}

/** Names the workspaces and search tables that are late. Never a customer: the log is kept longer than they may be. */
function reportLate(deps: Projecting, late: readonly LateErasures[], owed: readonly Purge[], now: number): void {
  for (const { workspace_id, erasures, requested_at } of late) {
    deps.log("error", "erasure.late", { workspace_id, erasures, oldest_seconds: (now - requested_at) / 1000 });
  }
  for (const { name, wanted_at } of owed.filter((purge) => now - purge.wanted_at > PURGE_LATE_MS)) {
    deps.log("error", "erasure.late", { search_table: name, oldest_seconds: (now - wanted_at) / 1000 });
  }
}
