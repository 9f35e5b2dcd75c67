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
  readonly #log: readonly LogEntry[];
  #connection: Connection | undefined;
  #position = 0;

  constructor(template: Template, log: readonly LogEntry[]) {
    this.#template = template;
    this.#log = log;
  }

  /** How many entries of the log it has applied. */
  get position(): number {
    return this.#position;
  }

  /** Reads, after catching up with what {@link lag} allows and the reader has seen. */
  read(queries: readonly Query[], atLeast: number): Outcome {
    // Many histories never read from it.
    this.#connection ??= new Connection(this.#template);
    const target = Math.max(this.#position, this.#log.length - this.lag, atLeast);
    for (const entry of this.#log.slice(this.#position, target)) {
      this.#connection.run(entry.queries);
      this.#position++;
    }
    const outcome = this.#connection.run(queries);
    if (outcome.changed) throw new Error("the stand-in took a write for a read, and lost it on a replica");
    return outcome;
  }

  close(): void {
    this.#connection?.close();
  }
}
