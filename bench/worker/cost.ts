import { Usage } from "../../src/platform/usage.ts";

/** What an event's D1 calls cost, to the statement. */
export interface Cost {
  readonly calls: number;
  readonly statements: number;
  readonly rows_read: number;
  readonly rows_written: number;
  readonly sql_ms: number;
}

/** The header that carries a {@link Cost}. */
export const COST = "Bench-Cost";

/** Usage that also knows how many statements there were. */
export class Counted extends Usage {
  #statements = 0;

  override end(results: readonly Pick<D1Result, "meta">[]): void {
    this.#statements += results.length;
    super.end(results);
  }

  get cost(): Cost {
    const { calls, rowsRead, rowsWritten, sqlMs } = this;
    return { calls, statements: this.#statements, rows_read: rowsRead, rows_written: rowsWritten, sql_ms: sqlMs };
  }
}
