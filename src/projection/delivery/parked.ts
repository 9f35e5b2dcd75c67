import { Refusal } from "../../domain/refusal.ts";
import { type Database, statement } from "../../platform/database.ts";
import { announce } from "../../platform/queue.ts";
import type { ProjectionMessage } from "../../platform/queue-messages.ts";
import type { projectionBacklog } from "../../platform/tables/source.ts";
import type { Projecting } from "../../projection/core/projecting.ts";
import { type BacklogEntry, parkedSelection, projectAlone } from "./parking.ts";

/** Maximum number of parked tickets on a page. */
const MAX_SHOWN = 100;

/** A parked ticket in the API. */
export type ParkedTicket = BacklogEntry & Readonly<Pick<typeof projectionBacklog.$inferSelect, "first_recorded_at">>;

/** Reads a database's parked tickets, the longest parked first, and their total. */
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
 * Projects a parked ticket now.
 *
 * @returns the backlog entry if the ticket is not projected; undefined if it is
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
  // If the ticket changed meanwhile, it waits in the backlog like any other.
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
 * Unparks all tickets of a database and sends them to the queue, with their attempts reset.
 *
 * @returns the number of tickets
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
