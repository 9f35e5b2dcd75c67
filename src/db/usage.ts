/** What the D1 calls of one event cost, as D1 says. */
export class Usage {
  /** Calls that were made, those that failed included: what these read, nobody knows. */
  calls = 0;
  rowsRead = 0;
  rowsWritten = 0;
  /** Milliseconds that the database itself took, without the way there and back. */
  sqlMs = 0;
  readonly #servedBy = new Set<string>();

  /** Where the calls were answered, such as `WEUR primary`; empty where D1 does not say. */
  get servedBy(): string[] {
    return [...this.#servedBy];
  }

  /** Adds a call that is about to be made. */
  begin(): void {
    this.calls++;
  }

  /**
   * Adds what the statements of a call cost.
   *
   * @see https://developers.cloudflare.com/d1/worker-api/return-object/
   */
  end(results: readonly Pick<D1Result, "meta">[]): void {
    for (const { meta } of results) {
      this.rowsRead += meta.rows_read;
      this.rowsWritten += meta.rows_written;
      this.sqlMs += meta.timings?.sql_duration_ms ?? meta.duration;
      if (meta.served_by_region === undefined) continue;
      this.#servedBy.add(`${meta.served_by_region} ${meta.served_by_primary === false ? "replica" : "primary"}`);
    }
  }
}
