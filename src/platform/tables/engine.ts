import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * What the engine knows of itself: its walks through all tickets, what it has done, what it has found. Times are milliseconds
 * since 1970 (UTC).
 */
export const projectionJobs = sqliteTable("projection_jobs", {
  name: text({ enum: ["rebuild", "audit"] }).notNull(),
  /** Grows with each walk. */
  run: integer().notNull(),
  /** `verifying`: the rebuild is done, the audit after it is not. */
  state: text({ enum: ["idle", "running", "verifying", "finished", "cancelled"] }).notNull(),
  /** What takes the next slice: messages, one after the other, or the cron, a little each minute. */
  pace: text({ enum: ["queue", "cron"] }).notNull(),
  /** The projector of the run. */
  projector: integer().notNull(),
  /** The number of the slice that comes next. */
  slice: integer().notNull(),
  /** All tickets up to this one are done. */
  workspace_id: text().notNull(),
  ticket_id: text().notNull(),
  /** Tickets behind it. */
  done: integer().notNull(),
  /** Tickets that went to the backlog instead. */
  failed: integer().notNull(),
  /** Drift that the run has found. */
  found: integer().notNull(),
  /** How often the next slice was begun. */
  attempts: integer().notNull(),
  /** When the cron takes the job up, unless somebody has moved it on. */
  due_at: integer().notNull(),
  started_at: integer(),
  updated_at: integer(),
  /** When the latest run that went to its end did so. */
  finished_at: integer(),
});

/** What the projection has done, in one row. */
export const projectionFigures = sqliteTable("projection_figures", {
  id: integer().notNull(),
  tickets: integer().notNull(),
  batches: integer().notNull(),
  failures: integer().notNull(),
  sweeps: integer().notNull(),
  swept_tickets: integer().notNull(),
  cron_at: integer(),
  consumer_at: integer(),
  /** From commit to visible, summed up, in milliseconds. */
  lag_ms: integer().notNull(),
  /** How many took up to 10 ms; and so on. */
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
  /** Tickets that the next pass of the cron may try alone. */
  suspects: integer().notNull(),
});

/** What audits have found: the latest of it, and all that is not healed yet. */
export const projectionDrift = sqliteTable("projection_drift", {
  id: integer().notNull(),
  kind: text().notNull(),
  workspace_id: text().notNull(),
  /** Null for what is no ticket's, such as a count. */
  ticket_id: text(),
  /** Which fields differ, never what they say. */
  detail: text().notNull(),
  found_at: integer().notNull(),
  healed_at: integer(),
});

/** How much of it there ever was. */
export const projectionDriftCounts = sqliteTable("projection_drift_counts", {
  kind: text().notNull(),
  found: integer().notNull(),
  last_found_at: integer().notNull(),
});

/** What is deleted from a search table stays in its index until that is merged: one row a table that owes it. */
export const searchPurges = sqliteTable("search_purges", {
  name: text().notNull(),
  /** Grows with each erasure. */
  wanted: integer().notNull(),
  /** The `wanted` that the merge under way is for; null where none is. */
  merging: integer(),
  /** When the oldest erasure was recorded that no merge has begun for. */
  wanted_at: integer().notNull(),
});
