import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The state of the walks through all tickets, rebuild and audit, one row each. Times are milliseconds since 1970 (UTC).
 */
export const projectionJobs = sqliteTable("projection_jobs", {
  name: text({ enum: ["rebuild", "audit"] }).notNull(),
  /** The number of the walk. */
  run: integer().notNull(),
  /** `verifying`: the rebuild is complete, and the audit after it is not. */
  state: text({ enum: ["idle", "running", "verifying", "finished", "cancelled"] }).notNull(),
  /** What runs the next slice: a queue message, or the cron, a few tickets a minute. */
  pace: text({ enum: ["queue", "cron"] }).notNull(),
  /** The projector of the run. */
  projector: integer().notNull(),
  /** The number of the next slice. */
  slice: integer().notNull(),
  /** The last ticket that is done. */
  workspace_id: text().notNull(),
  ticket_id: text().notNull(),
  /** The number of tickets that are done. */
  done: integer().notNull(),
  /** Tickets that were left to the backlog. */
  failed: integer().notNull(),
  /** Differences that the walk has found. */
  found: integer().notNull(),
  /** How often the next slice was started. */
  attempts: integer().notNull(),
  /** When the cron continues the job, unless a slice has run since. */
  due_at: integer().notNull(),
  started_at: integer(),
  updated_at: integer(),
  /** When the latest complete walk ended. */
  finished_at: integer(),
});

/** One row: counters of the projection. */
export const projectionFigures = sqliteTable("projection_figures", {
  id: integer().notNull(),
  tickets: integer().notNull(),
  batches: integer().notNull(),
  failures: integer().notNull(),
  sweeps: integer().notNull(),
  swept_tickets: integer().notNull(),
  cron_at: integer(),
  consumer_at: integer(),
  /** The sum of all lags, from commit to visible, in milliseconds. */
  lag_ms: integer().notNull(),
  /** Changes that became visible within 10 ms; and so on. */
  lag_10: integer().notNull(),
  lag_25: integer().notNull(),
  lag_50: integer().notNull(),
  lag_100: integer().notNull(),
  lag_250: integer().notNull(),
  lag_500: integer().notNull(),
  lag_1000: integer().notNull(),
  lag_2500: integer().notNull(),
  lag_5000: integer().notNull(),
  lag_10000: integer().notNull(),
  lag_30000: integer().notNull(),
  lag_60000: integer().notNull(),
  lag_300000: integer().notNull(),
  lag_3600000: integer().notNull(),
  /** The number of tickets that the next pass of the cron may try alone. */
  suspects: integer().notNull(),
});

/** Differences that audits have found: the latest, and all that are not healed. */
export const projectionDrift = sqliteTable("projection_drift", {
  id: integer().notNull(),
  kind: text().notNull(),
  workspace_id: text().notNull(),
  /** Null if the difference is not a ticket's, such as a wrong counter. */
  ticket_id: text(),
  /** The names of the fields that differ, never their values. */
  detail: text().notNull(),
  found_at: integer().notNull(),
  healed_at: integer(),
});

/** The number of differences that were ever found, by kind. */
export const projectionDriftCounts = sqliteTable("projection_drift_counts", {
  kind: text().notNull(),
  found: integer().notNull(),
  last_found_at: integer().notNull(),
});

/** Pending merges: deleted words stay in the index of a search table until it is merged. One row a table. */
export const searchPurges = sqliteTable("search_purges", {
  name: text().notNull(),
  /** Grows with each erasure. */
  wanted: integer().notNull(),
  /** The value of `wanted` that the running merge serves; null if none is running. */
  merging: integer(),
  /** When the oldest erasure was recorded for which no merge has begun. */
  wanted_at: integer().notNull(),
});
