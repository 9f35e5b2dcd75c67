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

/** A database that writes down every call that goes through it. */
export function recordCalls(database: D1Database) {
  const calls: RecordedCall[] = [];
  const hooks: CallHooks = { before: async () => {}, after: async () => {} };
  const texts = new WeakMap<D1PreparedStatement, string>();

  const recorded = <Target extends Pick<D1Database, "prepare" | "batch">>(target: Target, start?: string): Target =>
    new Proxy(target, {
      get(_, property) {
        if (property === "prepare") {
          return (sql: string) => ({
            bind: (...params: unknown[]) => remember(target.prepare(sql).bind(...params), sql),
          });
        }
        if (property === "batch") {
          return async (statements: D1PreparedStatement[]) => {
            const sql = statements.map((statement) => texts.get(statement) ?? "?");
            await hooks.before(sql, start);
            const results = await target.batch(statements);
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

  const remember = (statement: D1PreparedStatement, sql: string) => {
    texts.set(statement, sql);
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a session has seen; the plain database has no bookmarks. */
function bookmarkOf(target: Partial<D1DatabaseSession>): string | null {
  return target.getBookmark?.() ?? null;
}
