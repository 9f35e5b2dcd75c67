import { count } from "../simulation/faults.ts";
import { imported } from "./answers.ts";
import { type ImportTicket, marker } from "./commands.ts";
import type { Door } from "./door.ts";
import type { Attempt, Ledger } from "./ledger.ts";

/** Tickets of one import. */
const LINES = 40;

/** The number of the importer among the clients, for its markers. */
const CLIENT = 0;

/** Imports tickets just before the service is killed: many rows that the queue has yet to bring about, all at once. */
export class Importer {
  readonly #door: Door;
  readonly #ledger: Ledger;
  #pending: readonly Attempt<ImportTicket>[] = [];
  #tickets = 0;

  constructor(door: Door, ledger: Ledger) {
    this.#door = door;
    this.#ledger = ledger;
  }

  /** A new import. */
  async give(): Promise<void> {
    await this.comeBack();
    const key = `crash-import-${this.#tickets}`;
    this.#pending = Array.from({ length: LINES }, () => this.#line(key));
    this.#ledger.attempts.push(...this.#pending);
    count(this.#ledger.tally, "imports");
    await this.#send();
  }

  /** Repeats the import that had no answer. */
  async comeBack(): Promise<void> {
    if (this.#pending.length === 0) return;
    count(this.#ledger.tally, "repeated");
    await this.#send();
  }

  #line(key: string): Attempt<ImportTicket> {
    const own = marker(CLIENT, ++this.#tickets);
    const command: ImportTicket = {
      type: "ImportTicket",
      external_id: `crash-${this.#tickets}`,
      customer_id: "imported",
      subject: `Crash ${own}`,
      message: own,
      created_at: Date.now(),
    };
    return { marker: own, command, key, answers: [], refusals: [], unknown: 0 };
  }

  async #send(): Promise<void> {
    const [first] = this.#pending;
    const lines = this.#pending.map(({ command: { type: _, ...line } }) => JSON.stringify(line));
    const headers = { "Idempotency-Key": first?.key ?? "" };
    const answer = await this.#door.ask("/tickets/import", { headers, body: lines.join("\n") });
    if (answer?.status !== 200) {
      for (const line of this.#pending) line.unknown++;
      // The database did not respond: nobody knows.
      if (answer !== undefined && answer.status !== 503) this.#ledger.surprised("an import", answer);
      return;
    }
    const { taken, repeated } = imported.parse(answer.json);
    // A kill between the lines and the import's own answer leaves the lines: the repeat finds them there.
    const mayBeThere = this.#pending.some(({ unknown }) => unknown > 0);
    if (taken + (mayBeThere ? repeated : 0) !== this.#pending.length) this.#ledger.surprised("an import", answer);
    for (const line of this.#pending) line.answers.push({ id: undefined, version: 1 });
    count(this.#ledger.tally, "imports acknowledged");
    this.#pending = [];
  }
}
