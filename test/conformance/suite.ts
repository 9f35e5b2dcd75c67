import { describe } from "vitest";
import { batchCases } from "./cases/batches.ts";
import { errorCases } from "./cases/errors.ts";
import { limitCases } from "./cases/limits.ts";
import { serviceCases } from "./cases/service.ts";
import { sessionCases } from "./cases/sessions.ts";
import { sqlCases } from "./cases/sql.ts";
import { statementCases } from "./cases/statements.ts";
import { valueCases } from "./cases/values.ts";

/** Gives a database with the project's migrations and nothing else in it. */
export type OpenDatabase = () => Promise<D1Database>;

/**
 * Where the runtime's local D1 and the stand-in have to differ: all of it, with the reasons. What is not named here is the
 * same in both, and tested.
 *
 * Not tested, since no promise of the service rests on it:
 * - `meta.rows_read`, `rows_written` and `size_after` are 0 in the stand-in: node:sqlite does not count. The budgets are
 *   tested in the runtime.
 * - Error messages end with " at offset 7" in D1 where SQLite knows the place; node:sqlite does not tell. The suite
 *   takes it off before it compares.
 * - The stand-in refuses what a seed could not replay (`random()`, `'now'`, `CURRENT_TIMESTAMP`).
 * - It refuses named parameters and several statements in one text: local D1 takes them, D1's documentation knows neither.
 * - A lone surrogate comes back as one replacement character, from D1 as three. Both are "changed".
 * - `INSERT OR ROLLBACK` breaks the connection of local D1 ("internal error"); in the stand-in it is an error as any other.
 */
export interface Differences {
  /**
   * The largest value that can be bound, in bytes. D1's documentation says 2,000,000, and the stand-in keeps to it; the local
   * runtime takes more.
   */
  readonly enforcesValueSize: boolean;
  /**
   * Local bookmarks count calls, and no replica follows: any text passes for one. In the stand-in they name states, and a
   * text that is none is refused.
   */
  readonly hasRealBookmarks: boolean;
  /** Node sets SQLite's own limits from 24.15 on; before, the stand-in can only hold what it counts by itself. */
  readonly hasSqliteLimits: boolean;
  /** The first versions of Node 24 end a text at its first NUL when they read it. */
  readonly readsNul: boolean;
}

/** The behaviour of D1 that the service rests on, or could come to rest on: the same cases wherever they run. */
export function conformance(open: OpenDatabase, differences: Differences): void {
  describe("values", () => valueCases(open, differences));
  describe("statements", () => statementCases(open));
  describe("batches", () => batchCases(open));
  describe("errors", () => errorCases(open));
  describe("limits", () => limitCases(open, differences));
  describe("SQL", () => sqlCases(open));
  describe("sessions", () => sessionCases(open, differences));
  describe("the service's own statements", () => serviceCases(open));
}
