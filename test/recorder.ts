import { bytesOf, MAX_VALUE_BYTES, refusedParameters, refusedStatement } from "./platform-limits.ts";
import { oversizedRow } from "./stored-rows.ts";

/** One D1 call: its statements, and what D1 says they cost. */
export interface RecordedCall {
  /** Where its session started: the primary, any replica, or a bookmark. */
  readonly start: string | undefined;
  /** What the session has seen after it. */
  readonly bookmark: string | null;
  readonly statements: readonly string[];
  readonly rows_read: number;
  readonly rows_written: number;
}

/** What a test may do at a call. */
export interface CallHooks {
  /** Runs something else just before it, or throws in its place. */
  before: (statements: readonly string[], start: string | undefined) => Promise<void>;
  /** Runs when it took effect; by throwing it keeps that from the caller. */
  after: (statements: readonly string[]) => Promise<void>;
}

/** What production would have refused, in this test file: see `setup.ts`. */
export const violations: string[] = [];

/** Only a statement that binds more bytes than this can store a row that is too large: a look at all rows costs too much for the others. */
const SUSPICIOUS_BYTES = MAX_VALUE_BYTES;

interface Bound {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** A database that writes down every call that goes through it, and refuses what production's would. */
export function recordCalls(database: D1Database) {
  const calls: RecordedCall[] = [];
  const hooks: CallHooks = { before: async () => {}, after: async () => {} };
  const bound = new WeakMap<D1PreparedStatement, Bound>();

  const recorded = <Target extends Pick<D1Database, "prepare" | "batch">>(target: Target, start?: string): Target =>
    new Proxy(target, {
      get(_, property) {
        if (property === "prepare") {
          return (sql: string) => ({
            bind: (...params: unknown[]) => remember(target.prepare(sql).bind(...params), { sql, params }),
          });
        }
        if (property === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            const call = statements.map((statement) => bound.get(statement) ?? { sql: "?", params: [] });
            const sql = call.map((statement) => statement.sql);
            await hooks.before(sql, start);
            refuseBefore(call);
            const results = await target.batch(statements);
            await refuseAfter(database, call, results);
            calls.push({
              start,
              bookmark: bookmarkOf(target),
              statements: sql,
              rows_read: sum(results.map(({ meta }) => meta.rows_read)),
              rows_written: sum(results.map(({ meta }) => meta.rows_written)),
            });
            await hooks.after(sql);
            return results;
          };
        }
        const value: unknown = Reflect.get(target, property, target);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });

  const remember = (statement: D1PreparedStatement, text: Bound) => {
    bound.set(statement, text);
    return statement;
  };

  const proxy = new Proxy(database, {
    get: (target, property) =>
      property === "withSession"
        ? (start?: string) => recorded(target.withSession(start), start)
        : Reflect.get(recorded(target), property),
  });
  return { database: proxy, calls, hooks };
}

function refuseBefore(call: readonly Bound[]): void {
  for (const { sql, params } of call) refuse(refusedStatement(sql) ?? refusedParameters(params), sql);
}

async function refuseAfter(database: D1Database, call: readonly Bound[], results: readonly D1Result[]): Promise<void> {
  for (const [index, { results: rows }] of results.entries()) {
    const isTooBig = rows.some((row) => Object.values(row as object).some((value) => bytesOf(value) > MAX_VALUE_BYTES));
    if (isTooBig) refuse("string or blob too big: SQLITE_TOOBIG", call[index]?.sql ?? "");
  }
  const largest = Math.max(...call.map(({ params }) => sum(params.map(bytesOf))));
  if (largest > SUSPICIOUS_BYTES) refuse(await oversizedRow(database), call.map(({ sql }) => sql).join("; "));
}

function refuse(refusal: string | undefined, sql: string): void {
  if (refusal === undefined) return;
  violations.push(`${refusal} in ${sql.trim().slice(0, 200)}`);
  throw new Error(`D1_ERROR: ${refusal}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a session has seen; the plain database has no bookmarks. */
function bookmarkOf(target: Partial<D1DatabaseSession>): string | null {
  return target.getBookmark?.() ?? null;
}
