import { announce } from "../announce.ts";
import { type Database, statement } from "../db/database.ts";
import type { Deps, ProjectionMessage } from "../deps.ts";
import { Refusal } from "../errors.ts";
import { parkedTicket, type Standing, tryAlone } from "./parking.ts";
import type { TicketRef } from "./projection.ts";

/** Parked tickets that one page shows. */
const MOST_SHOWN = 100;

/** A parked ticket as people see it. */
export interface ParkedTicket extends Omit<Standing, "workspace_id"> {
  /** When the oldest change that its row does not show was recorded. */
  readonly first_recorded_at: number;
}

/** The parked tickets of a workspace, the longest parked first, and how many there are. */
export async function parkedTickets(
  deps: Deps,
  workspaceId: string,
): Promise<{ tickets: ParkedTicket[]; total: number }> {
  const [tickets, [count]] = await deps
    .databaseFor(workspaceId)
    .session("first-primary")
    .batch(
      statement<ParkedTicket>(
        `SELECT ticket_id, version, attempts, due_at, parked_at, error, first_recorded_at FROM projection_backlog
         WHERE workspace_id = ?1 AND parked_at IS NOT NULL ORDER BY parked_at LIMIT ?2`,
        workspaceId,
        MOST_SHOWN,
      ),
      statement<{ total: number }>(
        "SELECT count(*) AS total FROM projection_backlog WHERE workspace_id = ?1 AND parked_at IS NOT NULL",
        workspaceId,
      ),
    );
  return { tickets, total: count?.total ?? 0 };
}

/**
 * Tries a parked ticket at once.
 *
 * @returns how it stands if it is not projected now; undefined if it is
 * @throws {@link Refusal} `not-parked`
 */
export async function retryParked(deps: Deps, ticket: TicketRef): Promise<Standing | undefined> {
  const database = deps.databaseFor(ticket.workspace_id);
  const before = await standingOf(database, ticket);
  if (!before || before.parked_at === null) throw new Refusal("not-parked", "This ticket is not parked");
  await tryAlone(deps, database, parkedTicket(ticket));
  // It may have changed meanwhile: then it waits for its turn as any other.
  return await standingOf(database, ticket);
}

async function standingOf(database: Database, { workspace_id, ticket_id }: TicketRef): Promise<Standing | undefined> {
  const [[standing]] = await database.session("first-primary").batch(
    statement<Standing>(
      `SELECT workspace_id, ticket_id, version, attempts, due_at, parked_at, error FROM projection_backlog
         WHERE workspace_id = ?1 AND ticket_id = ?2`,
      workspace_id,
      ticket_id,
    ),
  );
  return standing;
}

/**
 * Un-parks all tickets of a workspace and sends them to the queue, each with all its attempts before it.
 *
 * @returns how many there were
 */
export async function retryAllParked(deps: Deps, workspaceId: string): Promise<number> {
  const [tickets] = await deps
    .databaseFor(workspaceId)
    .session("first-primary")
    .batch(
      statement<ProjectionMessage>(
        `UPDATE projection_backlog SET parked_at = NULL, attempts = 0, sweeps = 0, due_at = ?2
         WHERE workspace_id = ?1 AND parked_at IS NOT NULL RETURNING workspace_id, ticket_id, version`,
        workspaceId,
        deps.clock(),
      ),
    );
  deps.waitUntil(announce(deps, tickets));
  return tickets.length;
}
