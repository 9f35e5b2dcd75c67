/** What Cloudflare charges beyond what a plan includes, and what the plans include: copied by hand, so look at the pages before relying on it. */

/** When the pages were read. */
export const PRICES_READ = "2026-11-28";

/** Where the prices stand. */
export const PRICE_PAGES: Readonly<Record<string, string>> = {
  Workers: "https://developers.cloudflare.com/workers/platform/pricing/",
  D1: "https://developers.cloudflare.com/d1/platform/pricing/",
  Queues: "https://developers.cloudflare.com/queues/platform/pricing/",
  "D1's limits": "https://developers.cloudflare.com/d1/platform/limits/",
};

/** Dollars a million, on the paid plan. */
export const USD_A_MILLION = {
  requests: 0.3,
  cpuMs: 0.02,
  rowsRead: 0.001,
  rowsWritten: 1,
  queueOperations: 0.4,
} as const;

/** A message is written, read and deleted. */
export const OPERATIONS_A_MESSAGE = 3;

/** What the free plan carries in a day; `databaseBytes` is at most. */
export const FREE_PLAN = {
  requests: 100_000,
  rowsRead: 5_000_000,
  rowsWritten: 100_000,
  queueOperations: 10_000,
  databaseBytes: 500_000_000,
} as const;

/** What the paid plan includes in a month; `databaseBytes` is at most. */
export const PAID_PLAN = {
  usd: 5,
  requests: 10_000_000,
  cpuMs: 30_000_000,
  rowsRead: 25_000_000_000,
  rowsWritten: 50_000_000,
  queueOperations: 1_000_000,
  databaseBytes: 10_000_000_000,
} as const;
