import { Refusal } from "../domain/refusal.ts";
import {
  type ChangeTicket,
  type CreateTicket,
  decide,
  evolve,
  type Ticket,
  type TicketEvent,
  type TicketFact,
} from "../domain/ticket.ts";
import { type Database, statement, UniqueViolation } from "../platform/database.ts";
import { type IdempotencyKey, recall, remember, replay } from "../platform/idempotency.ts";
import type { Platform } from "../platform/platform.ts";
import { announce } from "../platform/queue.ts";
import { commandTime } from "./command-time.ts";
import { commit, lookAfter, looked, NOTHING_WATCHED, type Seen, type Watched } from "./commit.ts";
import { append, loadTicket, ticketOf } from "./event-store.ts";

/** On whose behalf, and under which conditions, a command runs. */
export interface CommandContext {
  readonly workspace_id: string;
  /** The agent who acts, where the credential names one. */
  readonly agent_id: string | null;
  readonly idempotencyKey: IdempotencyKey | undefined;
  /** Whether the ticket may be changed at this version (`If-Match`). */
  readonly mayChange: (version: number) => boolean;
  readonly watched: Watched;
}

/** The answer to a command. */
export interface Accepted {
  readonly id: string;
  readonly version: number;
}

/** What became of a command. */
export interface Outcome<Answer> {
  readonly answer: Answer;
  /** Whether the answer was given before, to a request with the same key. */
  readonly replayed: boolean;
  /** Whether an event was written: only then may the token forget what {@link seen} shows as projected. */
  readonly wrote: boolean;
  readonly seen: Seen;
  readonly bookmark: string | null;
}

/** How often a command that lost a race decides again, before its caller has to. */
const TRIES = 8;

/** D1 calls of one try: C1 and C2. */
export const CALLS_A_TRY = 2;

/** Milliseconds that a loser waits at the most, the first time. */
const FIRST_PAUSE_MS = 5;

/** The longest pause, in milliseconds. */
const LONGEST_PAUSE_MS = 640;

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
  if (command.follow_up_of) {
    const { ticket, replayed } = await load(database, context, command.follow_up_of);
    if (replayed) return replayed;
    if (!ticket) throw new Refusal("unknown-follow-up", "names no ticket", "/follow_up_of");
  }
  const id = deps.newId();
  try {
    const fact = decide(undefined, command);
    return await record(deps, database, context, { id, ticket: undefined, fact, occurred_at: deps.clock() });
  } catch (error) {
    if (!(error instanceof UniqueViolation)) throw error;
    const { replayed } = await load(database, context, id);
    if (replayed) return replayed;
    throw command.external_id === null ? error : await externalIdTaken(database, context, command.external_id);
  }
}

/**
 * Changes a ticket, in two D1 calls: read, decide, write. A command that loses a race for the ticket's next version, or for
 * its idempotency key, reads and decides again.
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
  const database = deps.databaseFor(context.workspace_id);
  for (let tries = 0; tries < TRIES && deps.usage.allows(CALLS_A_TRY); tries++) {
    const { ticket, replayed, unchanged, seen } = await load(database, context, id);
    if (replayed) return replayed;
    if (!ticket) throw new Refusal("ticket-not-found", "Ticket not found");
    if (!context.mayChange(ticket.version)) {
      throw new Refusal("precondition-failed", `The ticket is at version ${ticket.version} now`);
    }
    const fact = decide(ticket, command);
    if (!fact && !context.idempotencyKey) return unchanged(ticket.version);
    const occurred_at = commandTime(deps.clock(), seen);
    try {
      return await record(deps, database, context, { id, ticket, fact, occurred_at });
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      await rivalPause(deps, tries);
    }
  }
  throw new Refusal("concurrent-change", "Others keep changing this ticket: read it again, then repeat the request");
}

/** Losers that come again all at once would lose again, all but one: each waits a time of its own. */
export async function rivalPause(deps: Platform, tries: number): Promise<void> {
  await deps.sleep(Math.ceil(deps.random() * Math.min(FIRST_PAUSE_MS * 2 ** tries, LONGEST_PAUSE_MS)));
}

/** C1: the ticket, and what a request with the same key was answered. */
async function load(database: Database, context: CommandContext, id: string) {
  const { workspace_id, idempotencyKey } = context;
  const session = database.session("first-primary");
  const [[row], [known], looks] = await session.batch(
    loadTicket(workspace_id, id),
    recall(workspace_id, idempotencyKey),
    lookAfter(workspace_id, NOTHING_WATCHED),
  );
  const committed = looked(looks, session.bookmark());
  const outcome = (answer: Accepted, replayed: boolean): Outcome<Accepted> => ({
    answer,
    replayed,
    wrote: false,
    ...committed,
  });
  return {
    seen: committed.seen,
    ticket: row && ticketOf(row),
    replayed: known && idempotencyKey && outcome(replay<Accepted>(known, idempotencyKey), true),
    unchanged: (version: number) => outcome({ id, version }, false),
  };
}

interface Decided {
  readonly id: string;
  readonly ticket: Ticket | undefined;
  /** Undefined where nothing changes. */
  readonly fact: TicketFact | undefined;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
}

/** C2: the idempotency record and, where there is one, the event with all that belongs to it. */
async function record(
  deps: Platform,
  database: Database,
  context: CommandContext,
  { id, ticket, fact, occurred_at }: Decided,
): Promise<Outcome<Accepted>> {
  const { workspace_id, idempotencyKey, watched } = context;
  const now = deps.clock();
  const event = fact && nextEvent(deps, context, { id, ticket, fact, occurred_at });
  const answer = { id, version: event?.version ?? ticket?.version ?? 0 };
  const statements = [
    ...(idempotencyKey ? [remember(workspace_id, idempotencyKey, answer, now)] : []),
    ...(event ? append([{ ticket: evolve(ticket, event), events: [event] }], now) : []),
  ];
  const committed = await commit(deps, database, lookAfter(workspace_id, watched), statements, event ? [event] : []);
  if (event) deps.waitUntil(announce(deps, [{ workspace_id, ticket_id: id, version: event.version }]));
  return { answer, replayed: false, wrote: event !== undefined, ...committed };
}

/** The event that a fact becomes, as the ticket's next one. */
export function nextEvent(
  deps: Platform,
  { workspace_id, agent_id }: CommandContext,
  { id, ticket, fact, occurred_at }: Decided & { readonly fact: TicketFact },
): TicketEvent {
  return {
    workspace_id,
    ticket_id: id,
    version: (ticket?.version ?? 0) + 1,
    event_id: deps.newId(),
    agent_id,
    occurred_at,
    fact,
  };
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
  return new Refusal("external-id-taken", `Ticket ${row?.id} has this external_id already`, "/external_id");
}
