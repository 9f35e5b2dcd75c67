import { type Database, isTransient, type Statement, statement, UniqueViolation } from "../db/database.ts";
import { BudgetSpent } from "../db/usage.ts";
import type { Deps } from "../deps.ts";
import type { TicketEvent } from "./ticket.ts";

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

/** Milliseconds before the same batch is tried again. */
const PAUSES_MS = [50, 200, 500];

/**
 * Commits the batch of a command (C2). Where the network fails, nobody knows whether it took effect, and it may still do so:
 * the same batch is tried again, never decided anew. If it then collides, the event tells whose the effect is.
 *
 * @param own the event by which the batch can be known again; without one, a collision is taken for another's
 * @throws UniqueViolation when a rival was faster; a transient error when nobody knows
 */
export async function commit(
  deps: Deps,
  database: Database,
  look: Statement<Seen>,
  statements: readonly Statement[],
  own: TicketEvent | undefined,
): Promise<Committed> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(database, look, statements, tries > 0 ? own : undefined);
    } catch (error) {
      const pause = PAUSES_MS[tries];
      // With the budget spent, no repeat could be sent.
      if (!isTransient(error) || error instanceof BudgetSpent || pause === undefined) throw error;
      await deps.sleep(pause);
    }
  }
}

/** @param own where the batch may have taken effect before: then it collides with itself */
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
    // A session of its own: `first-primary` holds for a session's first call only.
    const check = database.session("first-primary");
    const [[mine], seen] = await check.batch(eventAt(own), look);
    if (mine?.event_id !== own.event_id) throw error;
    return looked(seen, check.bookmark());
  }
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
