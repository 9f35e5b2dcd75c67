/** One D1 call: its statements, and what D1 says they cost. */
export interface RecordedCall {
  readonly statements: readonly string[];
  readonly rows_read: number;
  readonly rows_written: number;
}

/** What a test may do at a call: run something else just before it, or throw in its place. */
export interface CallHooks {
  before: (statements: readonly string[]) => Promise<void>;
}

/** A database that writes down every call that goes through it. */
export function recordCalls(database: D1Database) {
  const calls: RecordedCall[] = [];
  const hooks: CallHooks = { before: async () => {} };
  const texts = new WeakMap<D1PreparedStatement, string>();

  const recorded = <Target extends Pick<D1Database, "prepare" | "batch">>(target: Target): Target =>
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
            await hooks.before(sql);
            const results = await target.batch(statements);
            calls.push({
              statements: sql,
              rows_read: sum(results.map(({ meta }) => meta.rows_read)),
              rows_written: sum(results.map(({ meta }) => meta.rows_written)),
            });
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
        ? (start?: string) => recorded(target.withSession(start))
        : Reflect.get(recorded(target), property),
  });
  return { database: proxy, calls, hooks };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
