import type { TicketEvent } from "../domain/ticket.ts";
import { type Database, type Statement, statement, UniqueViolation } from "../platform/database.ts";
import { DeadlineExceeded } from "../platform/deadline.ts";
import { UnknownOutcome } from "../platform/errors.ts";
import { type FailureKind, failureOf, mayBeTooLarge } from "../platform/failures.ts";
import type { Platform } from "../platform/platform.ts";

/** What a reader's token names, for the commit to look whether it is projected by now. */
export interface Watched {
  readonly tickets: readonly string[];
  readonly seq: number | null;
}

/** What the commit saw in its own snapshot, for the token of its answer. */
export interface Seen {
  readonly newest_seq: number;
  /** Those of the watched tickets that are still in the backlog: a JSON array. */
  readonly behind: string;
  /** 1 where an event up to the watched `seq` is still in the backlog. */
  readonly seq_behind: number;
  /** When the database took the events. */
  readonly recorded_at: number;
}

export const NOTHING_WATCHED: Watched = { tickets: [], seq: null };

/** A commit that took effect. */
export interface Committed {
  readonly seen: Seen;
  readonly bookmark: string | null;
}

/**
 * Milliseconds before the same batch is repeated, at most, by what failed; a failure without pauses is not repeated. An overloaded
 * database is asked once more, and later. A single ticket that timed out or was too large is tried once more: it may have been reset
 * along with a call of somebody else.
 */
const PAUSES_MS: Partial<Record<FailureKind, readonly number[]>> = {
  lost: [100, 300, 700],
  stalled: [100, 100],
  overloaded: [1_000],
  "timed-out": [300],
  "too-large": [300],
};

/** Failures after which the batch cannot have taken effect, nor can it later. */
const HAS_NO_EFFECT: ReadonlySet<FailureKind> = new Set(["full", "quota-spent", "calls-spent"]);

/**
 * Commits the batch of a command (C2). If the database fails, nobody knows whether the batch took effect, and it may still do so:
 * the same batch is repeated, and the command is never decided anew. If the repeated batch collides, its event tells whose the effect
 * is. A batch of several tickets that may have been too large is not repeated, only looked for: its caller may divide it.
 *
 * @param events by which the batch is recognised; without any, a collision is taken for another's
 * @throws UniqueViolation if a rival was faster; {@link UnknownOutcome} if nobody knows whether the batch took effect
 */
export async function commit(
  deps: Platform,
  database: Database,
  look: Statement<Seen>,
  statements: readonly Statement[],
  events: readonly TicketEvent[],
): Promise<Committed> {
  const [own] = events;
  let isKnown = true;
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(database, look, statements, tries > 0 ? own : undefined);
    } catch (error) {
      const kind = failureOf(error);
      if (kind === undefined) throw error;
      isKnown &&= HAS_NO_EFFECT.has(kind) || (error instanceof DeadlineExceeded && !error.wasSent);
      const pause = PAUSES_MS[kind]?.[tries];
      if (pause === undefined || pause >= database.timeLeft) throw isKnown ? error : new UnknownOutcome(error, events);
      await deps.sleep(Math.ceil(pause * (1 - deps.random() / 2)));
      if (own && mayBeTooLarge(error) && isDivisible(events)) {
        const found = await find(database, look, own);
        if (found) return found;
        throw new UnknownOutcome(error, events);
      }
    }
  }
}

function isDivisible(events: readonly TicketEvent[]): boolean {
  return events.some(({ ticket_id }) => ticket_id !== events[0]?.ticket_id);
}

/** @param own if the batch may have taken effect before: then it collides with itself */
async function attempt(
  database: Database,
  look: Statement<Seen>,
  statements: readonly Statement[],
  own: TicketEvent | undefined,
): Promise<Committed> {
  const session = database.session("first-primary");
  try {
    const [seen] = await session.readAfter(statements, look);
    return looked(seen, session.bookmark());
  } catch (error) {
    if (!own || !(error instanceof UniqueViolation)) throw error;
    const found = await find(database, look, own);
    if (!found) throw error;
    return found;
  }
}

/** What a batch with this event has done, if it took effect. */
async function find(database: Database, look: Statement<Seen>, own: TicketEvent): Promise<Committed | undefined> {
  // A session of its own: `first-primary` holds for a session's first call only.
  const session = database.session("first-primary");
  const [[event], seen] = await session.batch(eventAt(own), look);
  return event?.event_id === own.event_id ? looked(seen, session.bookmark()) : undefined;
}

/** What {@link commit} looks at after its writes. */
export function lookAfter(workspaceId: string, { tickets, seq }: Watched): Statement<Seen> {
  return statement<Seen>(LOOK, workspaceId, JSON.stringify(tickets), seq);
}

const LOOK = `
SELECT db_clock.seq AS newest_seq, db_clock.at AS recorded_at,
  (SELECT json_group_array(watched.value) FROM json_each(?2) AS watched CROSS JOIN projection_backlog AS behind
    ON behind.workspace_id = ?1 AND behind.ticket_id = watched.value) AS behind,
  EXISTS (SELECT 1 FROM projection_backlog WHERE workspace_id = ?1 AND first_seq <= ?3) AS seq_behind
FROM db_clock`;

/** What a call saw that ended with {@link lookAfter}. */
export function looked([seen]: readonly Seen[], bookmark: string | null): Committed {
  // The statement always has one row; the type does not know.
  if (!seen) throw new Error("the commit saw nothing");
  return { seen, bookmark };
}

function eventAt({ workspace_id, ticket_id, version }: TicketEvent): Statement<{ event_id: string }> {
  return statement<{ event_id: string }>(
    "SELECT event_id FROM ticket_events WHERE workspace_id = ?1 AND ticket_id = ?2 AND version = ?3",
    workspace_id,
    ticket_id,
    version,
  );
}
