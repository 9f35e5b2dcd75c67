import { type ChangeTicket, type CreateTicket, decide } from "../domain/decide.ts";
import type { TicketEvent, TicketFact } from "../domain/events.ts";
import { Refusal } from "../domain/refusal.ts";
import { evolve, type Ticket } from "../domain/ticket.ts";
import { type Database, statement, UniqueViolation } from "../platform/database.ts";
import type { Platform } from "../platform/platform.ts";
import { type Change, loadTicket, ticketOf } from "./event-store.ts";
import { type CommandContext, type Outcome, readForCommand, record, transact } from "./transact.ts";

/** The answer to a command on one ticket. */
export interface Accepted {
  readonly id: string;
  readonly version: number;
}

/** Tries of a command that loses races, before its client has to send it again. */
const MAX_TRIES = 8;

/**
 * Creates a ticket, in one D1 call (two with `follow_up_of`).
 *
 * @throws {@link Refusal} `unknown-follow-up`, `external-id-taken`, `idempotency-key-reused`
 */
export async function createTicket(
  deps: Platform,
  context: CommandContext,
  command: CreateTicket,
): Promise<Outcome<Accepted>> {
  const database = deps.databaseFor(context.workspace_id);
  const read = (id: string) =>
    readForCommand<unknown, Accepted>(database, context, loadTicket(context.workspace_id, id));
  if (command.follow_up_of) {
    const { rows, replayed } = await read(command.follow_up_of);
    if (replayed) return replayed;
    if (rows.length === 0) throw new Refusal("unknown-follow-up", "does not name an existing ticket", "/follow_up_of");
  }
  const id = deps.newId();
  try {
    const change = nextChange(deps, context, { id, fact: decide(undefined, command), occurred_at: deps.clock() });
    return await record(deps, database, context, { answer: { id, version: 1 }, changes: [change] });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    const { replayed } = await read(id);
    if (replayed) return replayed;
    throw command.external_id === null ? error : await externalIdTaken(database, context, command.external_id);
  }
}

/**
 * Changes a ticket, in two D1 calls.
 *
 * @throws {@link Refusal} `ticket-not-found`, `precondition-failed`, `idempotency-key-reused`, a rule's own code,
 * `concurrent-change`
 */
export async function changeTicket(
  deps: Platform,
  context: CommandContext,
  id: string,
  command: ChangeTicket,
): Promise<Outcome<Accepted>> {
  return await transact(deps, context, {
    read: loadTicket(context.workspace_id, id),
    maxTries: MAX_TRIES,
    conflictDetail: "Other requests keep changing this ticket: read it again, then retry",
    decide: ([row], occurred_at) => {
      if (!row) throw new Refusal("ticket-not-found", "Ticket not found");
      const ticket = ticketOf(row);
      if (!context.mayChange(ticket.version)) {
        throw new Refusal("precondition-failed", `The ticket is now at version ${ticket.version}`);
      }
      const fact = decide(ticket, command);
      if (!fact) return { answer: { id, version: ticket.version }, changes: [] };
      const change = nextChange(deps, context, { id, ticket, fact, occurred_at });
      return { answer: { id, version: change.ticket.version }, changes: [change] };
    },
  });
}

/** A fact about a ticket, not recorded yet. */
export interface NewFact {
  readonly id: string;
  /** Undefined if the fact creates the ticket. */
  readonly ticket?: Ticket;
  readonly fact: TicketFact;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
}

/** Makes a fact the next event of its ticket. */
export function nextChange(
  deps: Pick<Platform, "newId">,
  { workspace_id, agent_id }: Pick<CommandContext, "workspace_id" | "agent_id">,
  { id, ticket, fact, occurred_at }: NewFact,
): Change {
  const event: TicketEvent = {
    workspace_id,
    ticket_id: id,
    version: (ticket?.version ?? 0) + 1,
    event_id: deps.newId(),
    agent_id,
    occurred_at,
    fact,
  };
  return { ticket: evolve(ticket, event), events: [event] };
}

async function externalIdTaken(
  database: Database,
  { workspace_id }: CommandContext,
  externalId: string,
): Promise<Refusal> {
  const [[row]] = await database
    .session("first-primary")
    .batch(
      statement<{ id: string }>(
        "SELECT id FROM tickets WHERE workspace_id = ?1 AND external_id = ?2",
        workspace_id,
        externalId,
      ),
    );
  return new Refusal("external-id-taken", `Ticket ${row?.id} already has this external_id`, "/external_id");
}
