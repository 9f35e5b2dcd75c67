import { Connection, type Outcome, type Query, type Template } from "./connection.ts";
import { analyse } from "./sql.ts";

/** A call that changed the database: what a replica has to do again. */
export interface LogEntry {
  /** Names the state after it. */
  readonly bookmark: string;
  /** Without those that only read. */
  readonly queries: readonly Query[];
}

/** Makes the entry of a call that is the log's `position`-th, from 1. */
export function logEntry(position: number, queries: readonly Query[]): LogEntry {
  return { bookmark: bookmarkAt(position), queries: queries.filter(({ sql }) => analyse(sql).kind !== "read") };
}

const BOOKMARK = /^00000000-([0-9a-f]{8})-00000000-0{32}$/;

/** Names the state after so many entries of the log, in the form of D1's own: sorted as text, they are in order. */
export function bookmarkAt(position: number): string {
  return `00000000-${position.toString(16).padStart(8, "0")}-00000000-${"0".repeat(32)}`;
}

/** Reads a bookmark; undefined where it is none. */
export function positionOf(bookmark: string): number | undefined {
  const [, position] = BOOKMARK.exec(bookmark) ?? [];
  return position === undefined ? undefined : Number.parseInt(position, 16);
}

/** A copy that follows the primary's log, as far behind as the simulation wants it. */
export class Replica {
  /** How many entries of the log it may stay behind when it is next read. It never goes back. */
  lag = 0;
  readonly #template: Template;
  readonly #primary: Connection;
  readonly #log: readonly LogEntry[];
  #position = 0;
  #connection: Connection | undefined;
  #applied = 0;

  constructor(template: Template, primary: Connection, log: readonly LogEntry[]) {
    this.#template = template;
    this.#primary = primary;
    this.#log = log;
  }

  /** How many entries of the log its readers have seen. */
  get position(): number {
    return this.#position;
  }

  /** Reads, after catching up with what {@link lag} allows and the reader has seen. */
  read(queries: readonly Query[], atLeast: number): Outcome {
    this.#position = Math.max(this.#position, this.#log.length - this.lag, atLeast);
    const outcome = this.#upToDate().run(queries);
    if (outcome.changed) throw new Error("the stand-in took a write for a read");
    return outcome;
  }

  close(): void {
    this.#connection?.close();
  }

  #upToDate(): Connection {
    // The primary is in that very state: all of the work need not be done twice.
    if (this.#position === this.#log.length) return this.#primary;
    this.#connection ??= new Connection(this.#template);
    for (const { queries } of this.#log.slice(this.#applied, this.#position)) {
      this.#connection.run(queries);
      this.#applied++;
    }
    return this.#connection;
  }
}
