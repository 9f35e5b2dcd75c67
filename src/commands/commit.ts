import type { TicketEvent } from "../domain/events.ts";
import { type Database, type Statement, statement, UniqueViolation } from "../platform/database.ts";
import { DeadlineExceeded } from "../platform/deadline.ts";
import { UnknownOutcome } from "../platform/errors.ts";
import { type FailureKind, failureOf, mayBeTooLarge } from "../platform/failures.ts";
import type { Platform } from "../platform/platform.ts";

/** The tickets and the event number in a client's consistency token. A commit reports which of them are projected. */
export interface ReaderToken {
  readonly tickets: readonly string[];
  readonly seq: number | null;
}

/** The database's clock and the backlog of a token, in the snapshot of a D1 call. */
export interface SnapshotInfo {
  readonly newest_seq: number;
  /** The token's tickets that are still in the backlog: a JSON array. */
  readonly behind: string;
  /** 1 if an event up to the token's `seq` is still in the backlog. */
  readonly seq_behind: number;
  /** When the database recorded the newest event, in milliseconds since 1970. */
  readonly recorded_at: number;
}

export const NO_TOKEN: ReaderToken = { tickets: [], seq: null };

/** A commit that took effect. */
export interface Committed {
  readonly snapshot: SnapshotInfo;
  readonly bookmark: string | null;
}

/**
 * The longest pauses before a batch is repeated, by the kind of failure, in milliseconds. A failure without pauses is not repeated. A
 * single ticket that timed out or was too large is tried once more: another client's call may have reset the database.
 */
const PAUSES_MS: Partial<Record<FailureKind, readonly number[]>> = {
  lost: [100, 300, 700],
  stalled: [100, 100],
  overloaded: [1_000],
  "timed-out": [300],
  "too-large": [300],
};

/** Failures after which the batch has not taken effect and never will. */
const HAS_NO_EFFECT: ReadonlySet<FailureKind> = new Set(["full", "quota-spent", "calls-spent"]);

/**
 * Commits the batch of a command (C2). If the database fails, the batch may have taken effect, or may still do so. It is therefore
 * repeated unchanged, and the command is never decided again. If the repeated batch collides, the first event tells whether it collided
 * with itself. A batch of several tickets that may have been too large is not repeated, only looked up: the caller may divide it.
 *
 * @param snapshot reads the answer's snapshot, after the writes
 * @param events identify the batch; without any, every collision counts as a rival's
 * @throws UniqueViolation if a rival was faster; {@link UnknownOutcome} if nobody knows whether the batch took effect
 */
export async function commit(
  deps: Platform,
  database: Database,
  snapshot: Statement<SnapshotInfo>,
  statements: readonly Statement[],
  events: readonly TicketEvent[],
): Promise<Committed> {
  const [own] = events;
  let isKnown = true;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(database, snapshot, statements, tries > 0 ? own : undefined);
    } catch (error) {
      const kind = failureOf(error);
      if (kind === undefined) throw error;
      isKnown &&= HAS_NO_EFFECT.has(kind) || (error instanceof DeadlineExceeded && !error.wasSent);
      const pause = PAUSES_MS[kind]?.[tries];
      if (pause === undefined || pause >= database.timeLeft) throw isKnown ? error : new UnknownOutcome(error, events);
      await deps.sleep(Math.ceil(pause * (1 - deps.random() / 2)));
      if (own && mayBeTooLarge(error) && isDivisible(events)) {
        const found = await find(database, snapshot, own);
        if (found) return found;
        throw new UnknownOutcome(error, events);
      }
    }
  }
}

function isDivisible(events: readonly TicketEvent[]): boolean {
  return events.some(({ ticket_id }) => ticket_id !== events[0]?.ticket_id);
}

/** @param own the batch's first event, if an earlier try may have taken effect: the batch may then collide with itself */
async function attempt(
  database: Database,
  snapshot: Statement<SnapshotInfo>,
  statements: readonly Statement[],
  own: TicketEvent | undefined,
): Promise<Committed> {
  const session = database.session("first-primary");
  try {
    const [snapshots] = await session.readAfter(statements, snapshot);
    return snapshotOf(snapshots, session.bookmark());
  } catch (error) {
    if (!own || !(error instanceof UniqueViolation)) throw error;
    const found = await find(database, snapshot, own);
    if (!found) throw error;
    return found;
  }
}

/** The commit that this event was part of, if it took effect. */
async function find(
  database: Database,
  snapshot: Statement<SnapshotInfo>,
  own: TicketEvent,
): Promise<Committed | undefined> {
  // A new session, because `first-primary` holds only for the first call of a session.
  const session = database.session("first-primary");
  const [[event], snapshots] = await session.batch(eventAt(own), snapshot);
  return event?.event_id === own.event_id ? snapshotOf(snapshots, session.bookmark()) : undefined;
}

/** Reads the database's clock, and which tickets and events of a token are still in the backlog. */
export function readSnapshot(workspaceId: string, { tickets, seq }: ReaderToken): Statement<SnapshotInfo> {
  return statement<SnapshotInfo>(READ_SNAPSHOT, workspaceId, JSON.stringify(tickets), seq);
}

const READ_SNAPSHOT = `
SELECT db_clock.seq AS newest_seq, db_clock.at AS recorded_at,
  (SELECT json_group_array(watched.value) FROM json_each(?2) AS watched CROSS JOIN projection_backlog AS behind
    ON behind.workspace_id = ?1 AND behind.ticket_id = watched.value) AS behind,
  EXISTS (SELECT 1 FROM projection_backlog WHERE workspace_id = ?1 AND first_seq <= ?3) AS seq_behind
FROM db_clock`;

/** @param rows the result of {@link readSnapshot} */
export function snapshotOf([snapshot]: readonly SnapshotInfo[], bookmark: string | null): Committed {
  // The statement always returns one row; its type does not say so.
  if (!snapshot) throw new Error("the snapshot has no row");
  return { snapshot, bookmark };
}

function eventAt({ workspace_id, ticket_id, version }: TicketEvent): Statement<{ event_id: string }> {
  return statement<{ event_id: string }>(
    "SELECT event_id FROM ticket_events WHERE workspace_id = ?1 AND ticket_id = ?2 AND version = ?3",
    workspace_id,
    ticket_id,
    version,
  );
}
