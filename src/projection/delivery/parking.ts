import { type Database, type Statement, statement, type Value } from "../../platform/database.ts";
import { reasonOf } from "../../platform/errors.ts";
import { isDatabaseAtFault, mayBeTooLarge } from "../../platform/failures.ts";
import type { projectionBacklog } from "../../platform/tables/source.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type Claim, MAX_BACKOFF_MS, MAX_SWEEPS } from "../core/backlog.ts";
import { countFailure } from "../core/figures.ts";
import { projectTickets } from "../core/project.ts";
import type { TicketRef } from "../core/projection.ts";

/** Attempts before a ticket is parked. */
const MAX_ATTEMPTS = 5;

/** Time between automatic retries of a parked ticket, in milliseconds. */
export const PARKED_INTERVAL_MS = 3_600_000;

/** D1 calls of {@link projectAlone}: claim the ticket, read its source, write its row, record a failure. */
export const CALLS_ALONE = 4;

const FIRST_BACKOFF_MS = 2_000;

/** Maximum stored length of an error, in characters. */
const MAX_ERROR_LENGTH = 2_000;

/** The backlog entry of a ticket that failed, or is about to be attempted. */
export type BacklogEntry = Readonly<
  Pick<
    typeof projectionBacklog.$inferSelect,
    "workspace_id" | "ticket_id" | "version" | "attempts" | "due_at" | "parked_at" | "error"
  >
>;

const PARKS = "(parked_at IS NOT NULL OR ?8 OR attempts + ?6 >= ?7)";

const RETURNING = "RETURNING workspace_id, ticket_id, version, attempts, due_at, parked_at, error";

/**
 * Records that a version of a ticket could not be projected, and parks the ticket after the last attempt. The entry
 * stays in the backlog. A newer version is unaffected: it has not failed yet.
 *
 * @param how `attempts` to add: 0 if the attempt was counted before, -1 if it was counted but not made; `park` to
 * park now
 * @returns undefined if the backlog no longer has that version
 */
export async function recordFailure(
  deps: Projecting,
  database: Database,
  { workspace_id, ticket_id, version }: TicketRef & { readonly version: number },
  error: unknown,
  how: { readonly attempts: number; readonly park: boolean } = { attempts: 1, park: false },
): Promise<BacklogEntry | undefined> {
  const [[entry]] = await database.session("first-primary").batch(
    statement<BacklogEntry>(
      `UPDATE projection_backlog SET attempts = attempts + ?6, error = ?5, ${nextTurn(PARKS)},
           parked_at = CASE WHEN ${PARKS} THEN coalesce(parked_at, ?1) END
         WHERE workspace_id = ?9 AND ticket_id = ?10 AND version = ?11 ${RETURNING}`,
      ...turnParams(deps),
      reasonOf(error).slice(0, MAX_ERROR_LENGTH),
      how.attempts,
      MAX_ATTEMPTS,
      how.park ? 1 : 0,
      workspace_id,
      ticket_id,
      version,
    ),
    countFailure(),
  );
  const parked = entry !== undefined && entry.parked_at !== null;
  deps.log("error", parked ? "projection.parked" : "projection.failed", {
    ticket_id,
    version,
    attempts: entry?.attempts,
    reason: reasonOf(error),
  });
  return entry;
}

/**
 * Projects one ticket alone. The attempt is counted first, so that a ticket that ends its worker is parked after as
 * many attempts as any other. If the database or network is at fault, the attempt is not counted.
 *
 * @param which selects the ticket: {@link deadLetterSelection}, {@link parkedSelection}
 * @throws an error that is the database's fault
 */
export async function projectAlone(
  deps: Projecting,
  database: Database,
  which: Selection,
  how: { readonly park: boolean } = { park: false },
): Promise<void> {
  const [[ticket]] = await database.session("first-primary").batch(claimOne(deps, which));
  if (ticket) await projectClaimedAlone(deps, database, ticket, how);
}

/**
 * Projects a claimed ticket alone.
 *
 * @returns whether the ticket is projected now
 */
async function projectClaimedAlone(
  deps: Projecting,
  database: Database,
  ticket: BacklogEntry,
  { park }: { readonly park: boolean },
): Promise<boolean> {
  if (ticket.parked_at === null && ticket.attempts > MAX_ATTEMPTS) {
    const error = ticket.error ?? "its projection ended the worker each time";
    await recordFailure(deps, database, ticket, error, { attempts: -1, park: true });
    return false;
  }
  const failures = await projectTickets(deps, database, [ticket]);
  if (failures.size === 0) return true;
  const error = failures.get(ticket);
  const isAtFault = isDatabaseAtFault(error);
  // A ticket that times out alone may be the cause: its attempts count, so that it cannot occupy the database
  // forever.
  if (isAtFault && !mayBeTooLarge(error)) await database.session("first-primary").batch(uncountAttempt(ticket));
  else await recordFailure(deps, database, ticket, error, { attempts: 0, park: park && !isAtFault });
  if (isAtFault) throw error;
  return false;
}

/** Maximum number of suspects in one pass: each takes three D1 calls. */
export const MAX_SUSPECTS = 128;

/** Maximum D1 calls of the first suspect, including the reset of the limit. */
export const FIRST_SUSPECT_CALLS = CALLS_ALONE + 1;

/**
 * Projects suspects one by one, each alone. The first pass tries one; each later pass tries twice as many as the
 * previous pass projected. A failure ends the pass and resets the limit to one. The limit is also reset before a pass
 * begins, so that a pass that ends its worker leaves it at one.
 *
 * @throws an error that is the database's fault
 */
export async function trySuspectsOf(deps: Projecting, database: Database): Promise<void> {
  const session = database.session("first-primary");
  let projected = 0;
  for (let trusted = 1; projected < trusted; projected++) {
    if (!deps.usage.allows(projected === 0 ? FIRST_SUSPECT_CALLS : CALLS_ALONE)) break;
    const [[ticket]] = await session.batch(claimOne(deps, SUSPECT_SELECTION));
    if (!ticket) break;
    if (projected === 0 && ticket.suspects > 1) {
      trusted = ticket.suspects;
      await session.batch(setSuspectLimit(1));
    }
    if (!(await projectClaimedAlone(deps, database, ticket, { park: false }))) return;
  }
  if (projected > 0) await session.batch(setSuspectLimit(Math.min(2 * projected, MAX_SUSPECTS)));
}

function setSuspectLimit(suspects: number): Statement {
  return statement("UPDATE projection_figures SET suspects = ?1", suspects);
}

/** Projects claimed tickets. No caller waits for the result: failures are recorded and retried later. */
export async function projectClaimed(deps: Projecting, database: Database, claimed: readonly Claim[]): Promise<void> {
  try {
    const failures = await projectTickets(deps, database, claimed);
    for (const claim of claimed) {
      const error = failures.get(claim);
      if (error !== undefined && !isDatabaseAtFault(error)) await recordFailure(deps, database, claim, error);
    }
  } catch (error) {
    deps.log("error", "projection.overdue_failed", { tickets: claimed.length, reason: reasonOf(error) });
  }
}

/** Selects the ticket for {@link projectAlone}: a condition and order on the backlog, with parameters from ?7 on. */
export interface Selection {
  readonly sql: string;
  readonly params: readonly Value[];
}

/**
 * Selects for the sweep: a ticket that several sweeps could not project or, if there is none, a parked ticket that is
 * due.
 */
const SUSPECT_SELECTION: Selection = {
  sql: `(due_at <= ?1 OR due_at > ?1 + ?2) AND (parked_at IS NULL AND sweeps >= ?5
      OR parked_at IS NOT NULL AND (due_at <= ?1 OR due_at > ?1 + ?6)) ORDER BY parked_at IS NOT NULL, due_at`,
  params: [],
};

/** Selects the ticket of a dead-lettered message, unless it is parked already. */
export function deadLetterSelection({
  workspace_id,
  ticket_id,
  version,
}: TicketRef & { readonly version: number }): Selection {
  return {
    sql: "workspace_id = ?7 AND ticket_id = ?8 AND version = ?9 AND parked_at IS NULL",
    params: [workspace_id, ticket_id, version],
  };
}

/** Selects a parked ticket for a manual retry. */
export function parkedSelection({ workspace_id, ticket_id }: TicketRef): Selection {
  return { sql: "workspace_id = ?7 AND ticket_id = ?8 AND parked_at IS NOT NULL", params: [workspace_id, ticket_id] };
}

/** A ticket claimed for an attempt, and the suspect limit of the next cron pass. */
type ClaimedTicket = BacklogEntry & { readonly suspects: number };

function claimOne(deps: Projecting, { sql, params }: Selection): Statement<ClaimedTicket> {
  return statement<ClaimedTicket>(
    `UPDATE projection_backlog SET attempts = attempts + 1, ${nextTurn("parked_at IS NOT NULL")}
     WHERE (workspace_id, ticket_id) IN (
       SELECT workspace_id, ticket_id FROM projection_backlog WHERE ${sql} LIMIT 1)
     ${RETURNING}, (SELECT suspects FROM projection_figures) AS suspects`,
    ...turnParams(deps),
    MAX_SWEEPS,
    PARKED_INTERVAL_MS,
    ...params,
  );
}

function uncountAttempt({ workspace_id, ticket_id, version }: BacklogEntry): Statement {
  return statement(
    `UPDATE projection_backlog SET attempts = max(attempts - 1, 0)
     WHERE workspace_id = ?1 AND ticket_id = ?2 AND version = ?3`,
    workspace_id,
    ticket_id,
    version,
  );
}

/** SQL for the next due time: exponential backoff with jitter, or the parked interval. */
function nextTurn(isParked: string): string {
  return `due_at = CAST(?1 + CASE WHEN ${isParked} THEN ?4 ELSE min(?2, ?3 * (1 << min(attempts, 20))) END AS INTEGER)`;
}

function turnParams(deps: Projecting): [Value, Value, Value, Value] {
  return [deps.clock(), MAX_BACKOFF_MS, FIRST_BACKOFF_MS * (1 - deps.random() / 2), PARKED_INTERVAL_MS];
}
