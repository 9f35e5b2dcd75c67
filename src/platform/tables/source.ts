import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The write model: the source of truth. Keys are in `migrations/`; a test holds the two together. Times are milliseconds
 * since 1970 (UTC). Properties carry the columns' names, so that a row needs no mapping on its way.
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
  /** When the customer's erasure took the ticket's texts. */
  erased_at: integer(),
});

/** The log, append-only but for what an erasure empties; `seq` orders all events of the database. */
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

/** The outbox: the tickets whose newest version is not yet projected. */
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

/** The database's own time and its newest event, one row. */
export const dbClock = sqliteTable("db_clock", {
  id: integer().notNull(),
  at: integer().notNull(),
  /** `seq` of the newest event. */
  seq: integer().notNull(),
  /** How many tickets there are. */
  tickets: integer().notNull(),
  /** 1 where lists may be answered from the read tables: a copy of what `read_state` says, for the one row that lists read. */
  complete: integer().notNull(),
  /** What `read_revisions` begins with at least, where a row of it was deleted. */
  least_revision: integer().notNull(),
  /** How many rows the read table has. */
  read_rows: integer().notNull(),
});

/** Messages that could not be read, or that the queue gave up on. */
export const deadLetters = sqliteTable("dead_letters", {
  id: integer().notNull(),
  queue: text().notNull(),
  message_id: text().notNull(),
  body: text().notNull(),
  reason: text().notNull(),
  kept_at: integer().notNull(),
  /** The workspace that the message names; null if it names none. */
  workspace_id: text(),
});

/** What requests with an idempotency key were answered. */
export const idempotencyRecords = sqliteTable("idempotency_records", {
  workspace_id: text().notNull(),
  key: text().notNull(),
  fingerprint: text().notNull(),
  answer: text().notNull(),
  created_at: integer().notNull(),
});

/** The keys of the workspaces, without their secrets. */
export const apiKeys = sqliteTable("api_keys", {
  id: text().notNull(),
  workspace_id: text().notNull(),
  name: text().notNull(),
  role: text({ enum: ["agent", "admin"] }).notNull(),
  agent_id: text(),
  /** SHA-256 of the whole key, base64url. */
  digest: text().notNull(),
  /** The key that made it; null for the root key. */
  created_by: text(),
  created_at: integer().notNull(),
  expires_at: integer(),
  revoked_at: integer(),
});

/** The key that cursors, tokens and tags are sealed with, one row. */
export const sealingKey = sqliteTable("sealing_key", {
  id: integer().notNull(),
  /** 32 bytes, hexadecimal. */
  key: text().notNull(),
});

/** Erasures that are not done yet: of the tickets of a customer, as of an event. */
export const erasures = sqliteTable("erasures", {
  workspace_id: text().notNull(),
  customer_id: text().notNull(),
  /** Who asked for it, where the key names an agent. */
  agent_id: text(),
  /** The newest event when it was asked for: tickets that are newer stay. */
  up_to_seq: integer().notNull(),
  requested_at: integer().notNull(),
  /** Tickets so far. */
  erased: integer().notNull(),
  /** The last ticket of the current round; empty at its beginning. */
  ticket_id: text().notNull(),
  /** Turns in a row that erased nothing. */
  attempts: integer().notNull(),
  /** When the cron takes it up. */
  due_at: integer().notNull(),
});
