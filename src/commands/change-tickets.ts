import { Refusal, type RefusalCode } from "../domain/refusal.ts";
import { type ChangeTicket, decide, evolve, type Ticket } from "../domain/ticket.ts";
import { type Database, UniqueViolation } from "../platform/database.ts";
import { recall, remember, replay } from "../platform/idempotency.ts";
import type { Platform } from "../platform/platform.ts";
import { announce } from "../platform/queue.ts";
import {
  type Accepted,
  CALLS_A_TRY,
  type CommandContext,
  nextEvent,
  type Outcome,
  rivalPause,
} from "./change-ticket.ts";
import { commandTime } from "./command-time.ts";
import { commit, lookAfter, looked, NOTHING_WATCHED } from "./commit.ts";
import { append, type Change, loadTickets, ticketOf } from "./event-store.ts";

/** What became of one ticket of a bulk: its version, or why nothing was done. */
export type BulkResult = Accepted | { readonly id: string; readonly refusal: RefusalCode; readonly detail: string };

/** How often a bulk that rivals overtake decides again. */
const TRIES = 10;

/** From then on, tickets that have changed since the try before are left out: the others must not wait for them for ever. */
const TRIES_TOGETHER = 6;

/** What has been decided for all tickets, in their order. */
interface Decided {
  readonly results: BulkResult[];
  readonly changes: Change[];
}

/**
 * Gives one command to several tickets, in two D1 calls, however many they are. Each is decided by itself: what a rule refuses, or
 * is not there, keeps no other back. What is done is done in one transaction, with the idempotency record: so it is done once, and
 * the answer is always the same. A rival on any of the tickets rolls all of it back, and all are read and decided again.
 *
 * @param ids no ticket twice
 * @throws {@link Refusal} `idempotency-key-reused`, `concurrent-change`: nothing was done
 */
export async function changeTickets(
  deps: Platform,
  context: CommandContext,
  ids: readonly string[],
  command: ChangeTicket,
): Promise<Outcome<BulkResult[]>> {
  const database = deps.databaseFor(context.workspace_id);
  const contended = new Set<string>();
  let before: ReadonlyMap<string, Ticket> = new Map();
  for (let tries = 0; tries < TRIES && deps.usage.allows(CALLS_A_TRY); tries++) {
    const { tickets, replayed, unchanged, seen } = await load(database, context, ids);
    if (replayed) return replayed;
    if (tries >= TRIES_TOGETHER) {
      for (const [id, { version }] of tickets) if (version !== before.get(id)?.version) contended.add(id);
    }
    before = tickets;
    const occurred_at = commandTime(deps.clock(), seen);
    const decided = decideAll(deps, context, { ids, command, occurred_at }, (id) => {
      if (contended.has(id)) throw new Refusal("concurrent-change", "Others keep changing this ticket");
      return tickets.get(id);
    });
    if (decided.changes.length === 0 && !context.idempotencyKey) return unchanged(decided.results);
    try {
      return await record(deps, database, context, decided);
    } catch (error) {
      if (!(error instanceof UniqueViolation)) throw error;
      await rivalPause(deps, tries);
    }
  }
  throw new Refusal("concurrent-change", "Others keep changing these tickets: repeat the request");
}

/** C1: the tickets that are there, and what a request with the same key was answered. */
async function load(database: Database, context: CommandContext, ids: readonly string[]) {
  const { workspace_id, idempotencyKey } = context;
  const session = database.session("first-primary");
  const [rows, [known], looks] = await session.batch(
    loadTickets(workspace_id, ids),
    recall(workspace_id, idempotencyKey),
    lookAfter(workspace_id, NOTHING_WATCHED),
  );
  const committed = looked(looks, session.bookmark());
  const outcome = (answer: BulkResult[], replayed: boolean): Outcome<BulkResult[]> => ({
    answer,
    replayed,
    wrote: false,
    ...committed,
  });
  return {
    seen: committed.seen,
    tickets: new Map(rows.map((row) => [row.id, ticketOf(row)])),
    replayed: known && idempotencyKey && outcome(replay<BulkResult[]>(known, idempotencyKey), true),
    unchanged: (results: BulkResult[]) => outcome(results, false),
  };
}

/** The command of a bulk and its tickets. */
interface Given {
  readonly ids: readonly string[];
  readonly command: ChangeTicket;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
}

function decideAll(
  deps: Platform,
  context: CommandContext,
  { ids, command, occurred_at }: Given,
  ticketAt: (id: string) => Ticket | undefined,
): Decided {
  const decided: Decided = { results: [], changes: [] };
  for (const id of ids) {
    try {
      const ticket = ticketAt(id);
      if (!ticket) throw new Refusal("ticket-not-found", "Ticket not found");
      const fact = decide(ticket, command);
      const event = fact && nextEvent(deps, context, { id, ticket, fact, occurred_at });
      if (event) decided.changes.push({ ticket: evolve(ticket, event), events: [event] });
      decided.results.push({ id, version: event?.version ?? ticket.version });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      decided.results.push({ id, refusal: error.code, detail: error.message });
    }
  }
  return decided;
}

/** C2: the idempotency record, and the events of all tickets with all that belongs to them. */
async function record(
  deps: Platform,
  database: Database,
  { workspace_id, idempotencyKey, watched }: CommandContext,
  { results, changes }: Decided,
): Promise<Outcome<BulkResult[]>> {
  const now = deps.clock();
  const statements = [
    ...(idempotencyKey ? [remember(workspace_id, idempotencyKey, results, now)] : []),
    ...(changes.length > 0 ? append(changes, now) : []),
  ];
  const events = changes.flatMap((change) => change.events);
  const committed = await commit(deps, database, lookAfter(workspace_id, watched), statements, events);
  const messages = changes.map(({ ticket: { id, version } }) => ({ workspace_id, ticket_id: id, version }));
  if (messages.length > 0) deps.waitUntil(announce(deps, messages));
  return { answer: results, replayed: false, wrote: changes.length > 0, ...committed };
}
