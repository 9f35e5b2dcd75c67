import { Refusal } from "../../domain/refusal.ts";
import { type Database, statement } from "../../platform/database.ts";
import { announce } from "../../platform/queue.ts";
import type { ProjectionMessage } from "../../platform/queue-messages.ts";
import type { projectionBacklog } from "../../platform/tables/source.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type BacklogEntry, parkedSelection, projectAlone } from "./parking.ts";

/** Parked tickets that one page shows. */
const MAX_SHOWN = 100;

/** A parked ticket as people see it. */
export type ParkedTicket = BacklogEntry & Readonly<Pick<typeof projectionBacklog.$inferSelect, "first_recorded_at">>;

/** The parked tickets of a database, the longest parked first, and how many there are. */
export async function readParkedTickets(database: Database): Promise<{ tickets: ParkedTicket[]; total: number }> {
  const [tickets, [count]] = await database.session("first-primary").batch(
    statement<ParkedTicket>(
      `SELECT workspace_id, ticket_id, version, attempts, due_at, parked_at, error, first_recorded_at
       FROM projection_backlog WHERE parked_at IS NOT NULL ORDER BY parked_at LIMIT ?1`,
      MAX_SHOWN,
    ),
    statement<{ total: number }>("SELECT count(*) AS total FROM projection_backlog WHERE parked_at IS NOT NULL"),
  );
  return { tickets, total: count?.total ?? 0 };
}

/**
 * Tries a parked ticket at once.
 *
 * @returns how it stands if it is not projected now; undefined if it is
 * @throws {@link Refusal} `not-parked`
 */
export async function retryParked(
  deps: Projecting,
  database: Database,
  ticketId: string,
): Promise<BacklogEntry | undefined> {
  const [[parked]] = await database
    .session("first-primary")
    .batch(
      statement<BacklogEntry>(
        `${BACKLOG_ENTRY} INDEXED BY projection_backlog_parked ${IS_PARKED} AND ticket_id = ?1`,
        ticketId,
      ),
    );
  if (!parked) throw new Refusal("not-parked", "This ticket is not parked");
  await projectAlone(deps, database, parkedSelection(parked));
  // It may have changed meanwhile: then it waits for its turn as any other.
  const { workspace_id, ticket_id } = parked;
  const [[entry]] = await database
    .session("first-primary")
    .batch(
      statement<BacklogEntry>(`${BACKLOG_ENTRY} WHERE workspace_id = ?1 AND ticket_id = ?2`, workspace_id, ticket_id),
    );
  return entry;
}

const BACKLOG_ENTRY =
  "SELECT workspace_id, ticket_id, version, attempts, due_at, parked_at, error FROM projection_backlog";
const IS_PARKED = "WHERE parked_at IS NOT NULL";

/**
 * Un-parks all tickets of a database and sends them to the queue, each with all its attempts before it.
 *
 * @returns how many there were
 */
export async function retryAllParked(deps: Projecting, database: Database): Promise<number> {
  const [tickets] = await database.session("first-primary").batch(
    statement<ProjectionMessage>(
      `UPDATE projection_backlog SET parked_at = NULL, attempts = 0, sweeps = 0, due_at = ?1
         ${IS_PARKED} RETURNING workspace_id, ticket_id, version`,
      deps.clock(),
    ),
  );
  deps.waitUntil(announce(deps, tickets));
  return tickets.length;
}
