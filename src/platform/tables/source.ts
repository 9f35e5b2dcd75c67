import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The state of each ticket, always equal to the fold of its events. With the log below it is the source of truth. Keys and indexes are
 * in `migrations/`; a test compares the tables with a migrated database. Times are milliseconds since 1970 (UTC). Properties have the
 * names of the columns, so a row needs no mapping.
 */
export const tickets = sqliteTable("tickets", {
  workspace_id: text().notNull(),
  id: text().notNull(),
  external_id: text(),
  customer_id: text().notNull(),
  subject: text().notNull(),
  status: text({ enum: ["open", "pending", "resolved", "closed"] }).notNull(),
  priority: text({ enum: ["low", "normal", "high", "urgent"] }).notNull(),
  assignee_id: text(),
  /** A JSON array of strings. */
  tags: text().notNull(),
  follow_up_of: text(),
  message_count: integer().notNull(),
  last_message_version: integer().notNull(),
  last_message_at: integer().notNull(),
  last_message_from: text({ enum: ["customer", "agent"] }).notNull(),
  note_count: integer().notNull(),
  last_note_version: integer(),
  unanswered_since: integer(),
  first_replied_at: integer(),
  resolved_at: integer(),
  closed_at: integer(),
  reopen_count: integer().notNull(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
  version: integer().notNull(),
  /** When an erasure emptied the texts of the ticket; null if none did. */
  erased_at: integer(),
});

/** The event log. It is append-only; only an erasure empties texts. `seq` orders all events of the database. */
export const ticketEvents = sqliteTable("ticket_events", {
  seq: integer().notNull(),
  workspace_id: text().notNull(),
  ticket_id: text().notNull(),
  version: integer().notNull(),
  event_id: text().notNull(),
  type: text().notNull(),
  agent_id: text(),
  occurred_at: integer().notNull(),
  recorded_at: integer().notNull(),
  /** The text of a message or note. */
  body: text(),
  /** The rest of the event, a JSON object. */
  data: text().notNull(),
});

/** The outbox: tickets whose newest version is not projected yet. */
export const projectionBacklog = sqliteTable("projection_backlog", {
  workspace_id: text().notNull(),
  ticket_id: text().notNull(),
  version: integer().notNull(),
  /** The oldest event that the ticket's row does not show, and when it was recorded. */
  first_seq: integer().notNull(),
  first_recorded_at: integer().notNull(),
  due_at: integer().notNull(),
  /** Failed projections since the last change. */
  attempts: integer().notNull(),
  /** How often the sweep has claimed the ticket since its last change. */
  sweeps: integer().notNull(),
  parked_at: integer(),
  error: text(),
});

/** One row: the time of the database, its newest event, and counters. */
export const dbClock = sqliteTable("db_clock", {
  id: integer().notNull(),
  at: integer().notNull(),
  /** `seq` of the newest event. */
  seq: integer().notNull(),
  /** The number of tickets. */
  tickets: integer().notNull(),
  /** 1 if lists may be answered from the read tables: a copy of `read_state.complete`, in the row that every list reads. */
  complete: integer().notNull(),
  /** The least revision of a workspace without a row in `read_revisions`, after a row was deleted. */
  least_revision: integer().notNull(),
  /** The number of rows in the read table. */
  read_rows: integer().notNull(),
});

/** Messages that could not be parsed, or that the queue gave up on. */
export const deadLetters = sqliteTable("dead_letters", {
  id: integer().notNull(),
  queue: text().notNull(),
  message_id: text().notNull(),
  body: text().notNull(),
  reason: text().notNull(),
  kept_at: integer().notNull(),
  /** The workspace in the message; null if it has none. */
  workspace_id: text(),
});

/** The answers to requests with an `Idempotency-Key`. */
export const idempotencyRecords = sqliteTable("idempotency_records", {
  workspace_id: text().notNull(),
  key: text().notNull(),
  fingerprint: text().notNull(),
  answer: text().notNull(),
  created_at: integer().notNull(),
});

/** The API keys of the workspaces, without their secrets. */
export const apiKeys = sqliteTable("api_keys", {
  id: text().notNull(),
  workspace_id: text().notNull(),
  name: text().notNull(),
  role: text({ enum: ["agent", "admin"] }).notNull(),
  agent_id: text(),
  /** SHA-256 of the whole key, base64url. */
  digest: text().notNull(),
  /** The key that created this key; null for the root key. */
  created_by: text(),
  created_at: integer().notNull(),
  expires_at: integer(),
  revoked_at: integer(),
});

/** One row: the key that seals cursors, tokens and tags. */
export const sealingKey = sqliteTable("sealing_key", {
  id: integer().notNull(),
  /** 32 bytes, hexadecimal. */
  key: text().notNull(),
});

/** Erasures that are not complete: each is of the tickets of a customer, up to an event. */
export const erasures = sqliteTable("erasures", {
  workspace_id: text().notNull(),
  customer_id: text().notNull(),
  /** The agent of the key that requested the erasure; null if the key has none. */
  agent_id: text(),
  /** The newest event at the time of the request: newer tickets stay. */
  up_to_seq: integer().notNull(),
  requested_at: integer().notNull(),
  /** Erased tickets. */
  erased: integer().notNull(),
  /** The last ticket of the current round; empty at its beginning. */
  ticket_id: text().notNull(),
  /** Consecutive turns that erased nothing. */
  attempts: integer().notNull(),
  /** When the cron continues the erasure. */
  due_at: integer().notNull(),
});
