import { type ChangeTicket, decide } from "../domain/decide.ts";
import { Refusal, type RefusalCode } from "../domain/refusal.ts";
import type { Ticket } from "../domain/ticket.ts";
import type { Platform } from "../platform/platform.ts";
import { type Accepted, nextChange } from "./change-ticket.ts";
import { type Change, loadTickets, ticketOf } from "./event-store.ts";
import { type CommandContext, type Decision, type Outcome, transact } from "./transact.ts";

/** The result for one ticket of a bulk: its version, or why the command was refused. */
export type BulkResult = Accepted | { readonly id: string; readonly refusal: RefusalCode; readonly detail: string };

/** Tries of a bulk that loses races. */
const MAX_TRIES = 10;

/** After this many tries, a bulk leaves out the tickets that changed since the try before: the others must not wait for them forever. */
const MAX_TRIES_TOGETHER = 6;

/**
 * Applies one command to several tickets, in two D1 calls, however many they are. Each ticket is decided independently: a refusal or a
 * missing ticket does not stop the others. All changes and the idempotency record are one transaction, so a repeated request changes
 * nothing and gets the same answer. A rival on any of the tickets rolls the transaction back, and all tickets are read and decided again.
 *
 * @param ids no ticket twice
 * @throws {@link Refusal} `idempotency-key-reused`, `concurrent-change`: nothing was changed
 */
export async function changeTickets(
  deps: Platform,
  context: CommandContext,
  ids: readonly string[],
  command: ChangeTicket,
): Promise<Outcome<BulkResult[]>> {
  const contended = new Set<string>();
  let before: ReadonlyMap<string, Ticket> = new Map();
  return await transact(deps, context, {
    read: loadTickets(context.workspace_id, ids),
    maxTries: MAX_TRIES,
    conflictDetail: "Other requests keep changing these tickets: retry the request",
    decide: (rows, occurred_at, tries) => {
      const tickets = new Map(rows.map((row) => [row.id, ticketOf(row)]));
      if (tries >= MAX_TRIES_TOGETHER) {
        for (const [id, { version }] of tickets) if (version !== before.get(id)?.version) contended.add(id);
      }
      before = tickets;
      return decideAll(deps, context, { ids, command, occurred_at }, (id) => {
        if (contended.has(id)) throw new Refusal("concurrent-change", "Other requests keep changing this ticket");
        return tickets.get(id);
      });
    },
  });
}

interface BulkCommand {
  readonly ids: readonly string[];
  readonly command: ChangeTicket;
  /** Milliseconds since 1970. */
  readonly occurred_at: number;
}

function decideAll(
  deps: Platform,
  context: CommandContext,
  { ids, command, occurred_at }: BulkCommand,
  ticketAt: (id: string) => Ticket | undefined,
): Decision<BulkResult[]> {
  const answer: BulkResult[] = [];
  const changes: Change[] = [];
  for (const id of ids) {
    try {
      const ticket = ticketAt(id);
      if (!ticket) throw new Refusal("ticket-not-found", "Ticket not found");
      const fact = decide(ticket, command);
      const change = fact && nextChange(deps, context, { id, ticket, fact, occurred_at });
      if (change) changes.push(change);
      answer.push({ id, version: change?.ticket.version ?? ticket.version });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      answer.push({ id, refusal: error.code, detail: error.message });
    }
  }
  return { answer, changes };
}
