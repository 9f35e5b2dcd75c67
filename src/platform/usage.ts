/** D1 calls that Cloudflare allows one invocation of a Worker (https://developers.cloudflare.com/d1/platform/limits/). */
const PAID_PLAN_CALLS = 1_000;

/** The same on the free plan; with fewer, no part of the service could finish anything. */
const FREE_PLAN_CALLS = 50;

/**
 * Reads the configured number of D1 calls that one invocation may make. Unset means the paid plan's. What cannot be read means the free
 * plan's, which no plan refuses.
 *
 * @param setting the variable `MAX_D1_CALLS`: a whole number from 50 to 1,000
 */
export function maxCallsOf(setting: string | number | undefined): number {
  if (setting === undefined || setting === "") return PAID_PLAN_CALLS;
  const calls = Number(setting);
  return Number.isInteger(calls) && calls >= FREE_PLAN_CALLS && calls <= PAID_PLAN_CALLS ? calls : FREE_PLAN_CALLS;
}

/**
 * The size in bytes that a database may have (https://developers.cloudflare.com/d1/platform/limits/). The plan is the one that the calls
 * of an invocation tell.
 */
export function maxDatabaseBytesOf({ limit }: Pick<Usage, "limit">): number {
  return limit > FREE_PLAN_CALLS ? 10_000_000_000 : 500_000_000;
}

/**
 * The invocation has made all the D1 calls that it may make. The call was not sent. The next invocation has a budget of its own, so the
 * same work may be done then, and never in this one.
 */
export class BudgetSpent extends Error {
  override readonly name = "BudgetSpent";

  constructor(limit: number) {
    super(`one invocation may make ${limit} database calls`);
  }
}

/** What the D1 calls of one invocation cost, as D1 says, and how many more it may make: its budget. */
export class Usage {
  /** Calls that were made, including failed ones, whose cost is unknown. */
  calls = 0;
  rowsRead = 0;
  rowsWritten = 0;
  /** Milliseconds that the database itself took, without the network. */
  sqlMs = 0;
  /** The size of the largest database that answered, in bytes. */
  databaseBytes = 0;
  /** Calls that the invocation may make in all. */
  readonly limit: number;
  #reserved = 0;
  #spent = false;
  readonly #servedBy = new Set<string>();

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.limit = limit;
  }

  /** Where the calls were answered, such as `WEUR primary`; empty if D1 does not say. */
  get servedBy(): string[] {
    return [...this.#servedBy];
  }

  /** Whether any work had to be put off because the budget did not suffice. */
  get isSpent(): boolean {
    return this.#spent;
  }

  /** Calls that may still be made, without those that are reserved for later work. */
  get left(): number {
    return this.limit - this.calls - this.#reserved;
  }

  /** Whether a step that needs so many calls may begin. Work in steps asks before each of them, and stops cleanly if not. */
  allows(calls: number): boolean {
    if (calls <= this.left) return true;
    this.#spent = true;
    return false;
  }

  /** Runs work that has to leave so many calls for what comes after it. */
  async reserve<Result>(calls: number, work: () => Promise<Result>): Promise<Result> {
    this.#reserved += calls;
    try {
      return await work();
    } finally {
      this.#reserved -= calls;
    }
  }

  /**
   * Adds a call that is about to be made.
   *
   * @throws {@link BudgetSpent}
   */
  begin(): void {
    if (!this.allows(1)) throw new BudgetSpent(this.limit);
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
      this.databaseBytes = Math.max(this.databaseBytes, meta.size_after);
      this.sqlMs += meta.timings?.sql_duration_ms ?? meta.duration;
      if (meta.served_by_region === undefined) continue;
      this.#servedBy.add(`${meta.served_by_region} ${meta.served_by_primary === false ? "replica" : "primary"}`);
    }
  }
}
