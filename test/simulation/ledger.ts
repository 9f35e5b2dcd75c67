import type { Accepted } from "../../src/commands/change-ticket.ts";
import type { ChangeTicket, CreateTicket } from "../../src/domain/decide.ts";
import type { TicketListItem } from "../../src/queries/read-model/list.ts";

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

/** A bulk that a client has given, however often it sent it: an attempt for each ticket, with one marker and one key. */
export interface BulkAttempt {
  /** The service keeps it as the agent of all events. */
  readonly marker: string;
  readonly command: ChangeTicket;
  readonly key: string | undefined;
  /** By ticket, in the order of the ids. */
  readonly attempts: ReadonlyMap<string, Attempt>;
  /** Each answer as a text. */
  readonly answers: string[];
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

/** An erasure that an admin has asked for, of all tickets of a customer. */
export interface Erasing {
  /** Unique; the service keeps it as the agent of its events. */
  readonly marker: string;
  readonly customer_id: string;
  /** The customer's tickets when it was asked for. */
  readonly tickets: readonly string[];
  /** Whether it was answered: then it is done, or goes on by itself. */
  answered: boolean;
}

/** All that clients know: the acknowledged commands and the answered lists. The checks hold the service to it. */
export class Ledger {
  readonly attempts: Attempt[] = [];
  readonly bulks: BulkAttempt[] = [];
  readonly lists: ListSeen[] = [];
  readonly erasures: Erasing[] = [];
  /** What went against a promise, in words. */
  readonly violations: string[] = [];
  /** Whether rows may not go back: not where somebody has changed them by hand. */
  watchesVersions = true;

  /** Writes down a bulk that a client is about to send, and what it is to do to each ticket. */
  bulk(marker: string, command: ChangeTicket, ids: readonly string[], key: string | undefined): BulkAttempt {
    const attempts = new Map(
      ids.map((ticketId): [string, Attempt] => [
        ticketId,
        {
          ...{ marker: bulkMarker(marker, ticketId), command, ticketId, key, ifMatch: undefined },
          ...{ answers: [], unknown: false },
        },
      ]),
    );
    const bulk: BulkAttempt = { marker, command, key, attempts, answers: [] };
    this.attempts.push(...attempts.values());
    this.bulks.push(bulk);
    return bulk;
  }

  violated(promise: string): void {
    this.violations.push(promise);
  }
}

/** What marks a bulk's event of one ticket. */
export function bulkMarker(bulk: string, ticketId: string): string {
  return `${bulk} of ${ticketId}`;
}
