/** Asks for the statements of each call to be run so often, in that call. */
export const REPEAT = "Bench-Repeat";
/** Tells how many milliseconds the database took for the statements of the calls, once each. */
export const SQL_MS = "Bench-Sql-Ms";

/** A database whose calls do their work several times over. */
export interface Repeating {
  readonly d1: D1Database;
  /** Puts what it took into the headers of the answer, if it was asked for. */
  readonly tell: (headers: Headers) => void;
}

/**
 * The database as a request is to find it. D1 tells its time in whole milliseconds, which most lists do not take: so whoever measures has
 * it do the same work several times in one call, where the rounding evens out. What reads comes out the same each time.
 */
export function repeating(d1: D1Database, request: Request): Repeating {
  const copies = Number(request.headers.get(REPEAT) ?? "0");
  if (copies < 1) return { d1, tell: () => {} };
  let ms = 0;
  const batch = async <Row>(statements: D1PreparedStatement[], run: D1DatabaseSession["batch"]) => {
    const all = await run<Row>(Array.from({ length: copies }, () => statements).flat());
    ms += all.reduce((sum, { meta }) => sum + (meta.timings?.sql_duration_ms ?? meta.duration), 0) / copies;
    return all.slice(0, statements.length);
  };
  return {
    d1: {
      prepare: (query) => d1.prepare(query),
      batch: async <Row>(statements: D1PreparedStatement[]) => await batch<Row>(statements, d1.batch.bind(d1)),
      exec: async (query) => await d1.exec(query),
      dump: async () => await d1.dump(),
      withSession: (start) => {
        const session = d1.withSession(start);
        return {
          prepare: (query) => session.prepare(query),
          batch: async <Row>(statements: D1PreparedStatement[]) =>
            await batch<Row>(statements, session.batch.bind(session)),
          getBookmark: () => session.getBookmark(),
        };
      },
    },
    tell: (headers) => headers.set(SQL_MS, String(ms)),
  };
}
