import { type Session, statement, UniqueViolation } from "../db/database.ts";
import type { Deps } from "../deps.ts";
import { Refusal } from "../errors.ts";
import { announce } from "./announce.ts";
import { append, loadTicket, ticketOf } from "./event-store.ts";
import { type ChangeTicket, type CreateTicket, decide, evolve, type Ticket, type TicketFact } from "./ticket.ts";

/** On whose behalf a command runs. */
export interface CommandContext {
  readonly workspace_id: string;
  /** The agent who acts, where the credential names one. */
  readonly agent_id: string | null;
}

/** The answer to a command. */
export interface Accepted {
  readonly id: string;
  readonly version: number;
}

/** How often a command that lost a race decides again, before its caller has to. */
const TRIES = 5;

/**
 * Creates a ticket, in one D1 call (two with `follow_up_of`).
 *
 * @throws {@link Refusal} `unknown-follow-up`, `external-id-taken`
 */
export async function createTicket(deps: Deps, context: CommandContext, command: CreateTicket): Promise<Accepted> {
  const session = deps.databaseFor(context.workspace_id).session("first-primary");
  if (command.follow_up_of && !(await load(session, context.workspace_id, command.follow_up_of))) {
    throw new Refusal("unknown-follow-up", "names no ticket", "/follow_up_of");
  }
  try {
    return await record(deps, session, context, deps.newId(), undefined, decide(undefined, command));
  } catch (error) {
    if (error instanceof UniqueViolation && command.external_id !== null) {
      throw await externalIdTaken(session, context.workspace_id, command.external_id);
    }
    throw error;
  }
}

/**
 * Changes a ticket, in two D1 calls: read, decide, write. A command that loses a race for the ticket's next version reads
 * and decides again.
 *
 * @throws {@link Refusal} `ticket-not-found`, a rule's own code, `concurrent-change`
 */
export async function changeTicket(
  deps: Deps,
  context: CommandContext,
  id: string,
  command: ChangeTicket,
): Promise<Accepted> {
  const session = deps.databaseFor(context.workspace_id).session("first-primary");
  for (let tries = 0; tries < TRIES; tries++) {
    const ticket = await load(session, context.workspace_id, id);
    if (!ticket) throw new Refusal("ticket-not-found", "Ticket not found");
    const decided = decide(ticket, command);
    if (!decided) return { id, version: ticket.version };
    try {
      return await record(deps, session, context, id, ticket, decided);
    } catch (error) {
      if (!(error instanceof UniqueViolation && error.isOn("ticket_events"))) throw error;
    }
  }
  throw new Refusal("concurrent-change", "Others keep changing this ticket: read it again, then repeat the request");
}

async function load(session: Session, workspaceId: string, id: string): Promise<Ticket | undefined> {
  const [[row]] = await session.batch(loadTicket(workspaceId, id));
  return row && ticketOf(row);
}

async function record(
  deps: Deps,
  session: Session,
  { workspace_id, agent_id }: CommandContext,
  id: string,
  ticket: Ticket | undefined,
  decided: TicketFact,
): Promise<Accepted> {
  const now = deps.clock();
  const event = {
    workspace_id,
    ticket_id: id,
    version: (ticket?.version ?? 0) + 1,
    event_id: deps.newId(),
    agent_id,
    occurred_at: Math.max(now, ticket?.updated_at ?? 0),
    fact: decided,
  };
  await session.batch(...append([{ ticket: evolve(ticket, event), events: [event] }], now));
  deps.waitUntil(announce(deps, [{ workspace_id, ticket_id: id, version: event.version }]));
  return { id, version: event.version };
}

async function externalIdTaken(session: Session, workspaceId: string, externalId: string): Promise<Refusal> {
  const [[row]] = await session.batch(
    statement<{ id: string }>(
      "SELECT id FROM tickets WHERE workspace_id = ?1 AND external_id = ?2",
      workspaceId,
      externalId,
    ),
  );
  return new Refusal("external-id-taken", `Ticket ${row?.id} has this external_id already`, "/external_id");
}
