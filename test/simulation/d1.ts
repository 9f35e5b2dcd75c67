import { join } from "node:path";
import { Connection, type Outcome, type Query, readMigrations, SqlError, type Template } from "./d1/connection.ts";
import { bookmarkAt, type LogEntry, logEntry, positionOf, Replica } from "./d1/replica.ts";
import { analyse } from "./d1/sql.ts";
import { d1Error, queryOf, resultOf, SimulatedStatement } from "./d1/statement.ts";

/** One call to the database: what a real one sends over the network. */
export interface Call {
  readonly statements: readonly string[];
  readonly target: "primary" | "replica";
}

/**
 * Through which every call goes. It decides when `execute` takes effect, and what the caller learns of it: late, or not at
 * all. `execute` throws what the database throws. Its results have to be handed on as they are.
 */
export type Gate = (call: Call, execute: () => D1Result[]) => Promise<D1Result[]>;

/** What a stand-in is made of; by default, this project's migrations, one replica, and no delay. */
export interface Options {
  readonly template?: Template;
  readonly gate?: Gate;
  readonly replicas?: number;
}

/** Where a session reads next: a constraint or a bookmark as in `withSession`, or always on the primary. */
type Anchor = string | null;

let ownTemplate: Template | undefined;

function migrated(): Template {
  ownTemplate ??= readMigrations(join(import.meta.dirname, "../../migrations"));
  return ownTemplate;
}

/**
 * D1 over an in-memory SQLite, for the simulation: nothing in it waits for anything but its gate, so that one seed is one
 * history. `test/conformance` holds it to the runtime's own D1.
 */
export class SimulatedD1 implements D1Database {
  /** The calls that changed something, in order. Each has its bookmark, and replicas apply it later. */
  readonly log: readonly LogEntry[];
  /** The copies that sessions read from. */
  readonly replicas: readonly Replica[];
  /** Which of the replicas the next call reaches. Between two of them, a reader without a bookmark may go back in time. */
  nearest = 0;
  readonly #log: LogEntry[] = [];
  readonly #gate: Gate;
  readonly #template: Template;
  readonly #primary: Connection;

  constructor({ template = migrated(), gate = async (_, execute) => execute(), replicas = 1 }: Options = {}) {
    this.log = this.#log;
    this.#gate = gate;
    this.#template = template;
    this.#primary = new Connection(template);
    this.replicas = Array.from({ length: replicas }, () => new Replica(template, this.#primary, this.#log));
  }

  /** The bookmark of the primary's newest state. */
  get bookmark(): string {
    return bookmarkAt(this.#log.length);
  }

  prepare(sql: string): D1PreparedStatement {
    return new SimulatedStatement((queries) => this.#send(null, queries), { sql, params: [] });
  }

  async batch<Row>(statements: D1PreparedStatement[]): Promise<D1Result<Row>[]> {
    return (await this.#send(null, statements.map(queryOf))) as D1Result<Row>[];
  }

  async exec(sql: string): Promise<D1ExecResult> {
    const lines = sql.trim().split("\n");
    const fail = (message: string) => d1Error("D1_EXEC_ERROR", `Error in line 1: ${lines[0]}: ${message}`);
    const queries = lines.map((line) => ({ sql: line, params: [] }));
    const results = await this.#send(null, queries, undefined, fail);
    return { count: results.length, duration: 0 };
  }

  withSession(start?: string | null): D1DatabaseSession {
    const call: SessionCall = (anchor, queries, saw) => this.#send(anchor, queries, saw);
    return new SimulatedSession(call, start?.trim() || "first-unconstrained");
  }

  /** @deprecated as in D1 itself */
  async dump(): Promise<ArrayBuffer> {
    throw d1Error("D1_DUMP_ERROR", "the stand-in cannot be dumped");
  }

  /** Reads the primary beside all gates and sessions: for oracles, not for what is tested. */
  peek<Row>(sql: string, ...params: (string | number | null)[]): Row[] {
    if (analyse(sql).kind !== "read") throw new TypeError("peek() only reads");
    return rowsOf<Row>(this.#primary.run([{ sql, params }]));
  }

  /** The same where a call has just been answered: there, nothing has happened since. */
  peekAt<Row>(target: Call["target"], sql: string): Row[] {
    const replica = this.replicas[this.nearest % this.replicas.length];
    return target === "replica" && replica ? rowsOf<Row>(replica.read([{ sql, params: [] }], 0)) : this.peek<Row>(sql);
  }

  /** Another database in the same state, without replicas: what happens to the one does not happen to the other. */
  copy(): SimulatedD1 {
    const copy = new SimulatedD1({ template: this.#template, gate: this.#gate, replicas: 0 });
    for (const entry of this.#log) copy.#primary.run(entry.queries);
    copy.#log.push(...this.#log);
    return copy;
  }

  /** Frees the memory at once: garbage collection does not know how much SQLite holds. */
  close(): void {
    this.#primary.close();
    for (const replica of this.replicas) replica.close();
  }

  async #send(
    anchor: Anchor,
    queries: readonly Query[],
    saw: (bookmark: string) => void = () => {},
    fail: (message: string) => Error = (message) => d1Error("D1_ERROR", message),
  ): Promise<D1Result[]> {
    const target = this.#targetOf(anchor, queries);
    let bookmark: string | undefined;
    const execute = () => {
      try {
        const done = target === "primary" ? this.#onPrimary(anchor, queries) : this.#onReplica(anchor, queries);
        bookmark = done.bookmark;
        return done.results;
      } catch (error) {
        throw error instanceof SqlError ? fail(error.message) : error;
      }
    };
    const results = await this.#gate({ statements: queries.map(({ sql }) => sql), target }, execute);
    // Only with the answer: who got none has not seen the state either.
    if (bookmark !== undefined) saw(bookmark);
    return results;
  }

  /** As D1 does it: `first-primary` is about the first call alone, later ones have a bookmark and may read anywhere. */
  #targetOf(anchor: Anchor, queries: readonly Query[]): Call["target"] {
    if (anchor === null || anchor === "first-primary" || this.replicas.length === 0) return "primary";
    return queries.every(({ sql }) => analyse(sql).kind === "read") ? "replica" : "primary";
  }

  #onPrimary(anchor: Anchor, queries: readonly Query[]) {
    this.#seenBy(anchor);
    const outcome = this.#primary.run(queries);
    if (outcome.changed) this.#log.push(logEntry(this.#log.length + 1, queries));
    return { results: resultsOf(outcome, "primary", true), bookmark: this.bookmark };
  }

  #onReplica(anchor: Anchor, queries: readonly Query[]) {
    const atLeast = this.#seenBy(anchor);
    const index = this.nearest % this.replicas.length;
    const replica = this.replicas[index];
    if (!replica) throw new RangeError(`there is no replica ${index}`);
    const outcome = replica.read(queries, atLeast);
    return { results: resultsOf(outcome, `replica-${index}`, false), bookmark: bookmarkAt(replica.position) };
  }

  /** How much of the log a session has seen at least. */
  #seenBy(anchor: Anchor): number {
    if (anchor === null || anchor === "first-primary" || anchor === "first-unconstrained") return 0;
    const position = positionOf(anchor);
    // Nobody documents what D1 says to these; they are refused here so that what relies on them is seen to fail.
    if (position === undefined) throw new SqlError(`invalid bookmark: ${anchor}`);
    if (position > this.#log.length) throw new SqlError(`bookmark of a state that is not there: ${anchor}`);
    return position;
  }
}

type SessionCall = (anchor: string, queries: readonly Query[], saw: (bookmark: string) => void) => Promise<D1Result[]>;

/** A session of the stand-in: it goes on from what it has seen. */
class SimulatedSession implements D1DatabaseSession {
  readonly #call: SessionCall;
  #anchor: string;

  constructor(call: SessionCall, anchor: string) {
    this.#call = call;
    this.#anchor = anchor;
  }

  prepare(sql: string): D1PreparedStatement {
    return new SimulatedStatement((queries) => this.#send(queries), { sql, params: [] });
  }

  async batch<Row>(statements: D1PreparedStatement[]): Promise<D1Result<Row>[]> {
    return (await this.#send(statements.map(queryOf))) as D1Result<Row>[];
  }

  getBookmark(): string | null {
    return this.#anchor === "first-primary" || this.#anchor === "first-unconstrained" ? null : this.#anchor;
  }

  #send(queries: readonly Query[]): Promise<D1Result[]> {
    return this.#call(this.#anchor, queries, (bookmark) => {
      const known = this.getBookmark();
      // Answers may come in another order than the states that they tell of.
      if (known === null || known < bookmark) this.#anchor = bookmark;
    });
  }
}

function rowsOf<Row>({ tables: [table] }: Outcome): Row[] {
  return table ? (resultOf(table, "primary", true).results as Row[]) : [];
}

function resultsOf({ tables }: Outcome, servedBy: string, isPrimary: boolean): D1Result[] {
  return tables.map((table) => resultOf(table, servedBy, isPrimary));
}
