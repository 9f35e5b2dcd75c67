import type { Accepted } from "../../src/commands/execute.ts";
import type { ChangeTicket, CreateTicket } from "../../src/commands/ticket.ts";
import type { TicketListItem } from "../../src/queries/list.ts";

/** A command that a client has given, however often it sent it. */
export interface Attempt {
  /** Unique; the service keeps it as the agent of the event. */
  readonly marker: string;
  readonly command: CreateTicket | ChangeTicket;
  /** Undefined for a create. */
  readonly ticketId: string | undefined;
  readonly key: string | undefined;
  /** The version that `If-Match` names. */
  readonly ifMatch: number | undefined;
  /** Each answer with a version. */
  readonly answers: (Accepted & { readonly wrote: boolean; readonly replayed: boolean })[];
  /** Whether some sending of it ended without an answer that says what became of it. */
  unknown: boolean;
}

/** A list that was answered. */
export interface ListSeen {
  readonly client: string;
  readonly items: readonly TicketListItem[];
  readonly as_of: number;
  readonly stale: readonly string[];
  /** What it had to show, by the reader's own knowledge when it asked. */
  readonly expected: ReadonlyMap<string, number>;
  /** Whether it was to show tickets with a note only. */
  readonly byNote: boolean;
  /** Whether the deployment that answered knows notes. */
  readonly knowsNotes: boolean;
}

/** All that clients know: the acknowledged commands and the answered lists. The checks hold the service to it. */
export class Ledger {
  readonly attempts: Attempt[] = [];
  readonly lists: ListSeen[] = [];
  /** What went against a promise, in words. */
  readonly violations: string[] = [];
  /** Whether rows may not go back: not where somebody has changed them by hand. */
  watchesVersions = true;

  violated(promise: string): void {
    this.violations.push(promise);
  }
}
