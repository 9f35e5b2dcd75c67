import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The read model: one row a ticket, with all that a list shows. A new derived field is one column here and in a migration, and one line
 * in the projector. Times are milliseconds since 1970 (UTC).
 */
export const readTickets = sqliteTable("read_tickets", {
  /** The number of the row, by which the search tables refer to it. SQLite assigns it. */
  n: integer().primaryKey(),
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
  preview: text().notNull(),
  /** 0 or 1. */
  has_note: integer().notNull(),
  note_count: integer().notNull(),
  message_count: integer().notNull(),
  last_message_at: integer().notNull(),
  last_message_from: text({ enum: ["customer", "agent"] }).notNull(),
  waiting_since: integer(),
  first_replied_at: integer(),
  resolved_at: integer(),
  closed_at: integer(),
  reopen_count: integer().notNull(),
  created_at: integer().notNull(),
  updated_at: integer().notNull(),
  version: integer().notNull(),
  /** The number of the projector that computed the row. */
  projector: integer().notNull(),
  /** The filter values of the ticket, as words. Null in rows of the first projector, like the columns below. */
  facets: text(),
  search_subject: text(),
  search_messages: text(),
  search_notes: text(),
});

/**
 * One row: whether lists may be answered from the read tables. It is one of the read tables, so emptying them removes it, and lists wait
 * for a rebuild instead of showing no tickets. Triggers copy it to `db_clock`.
 */
export const readState = sqliteTable("read_state", {
  id: integer().notNull(),
  /** 1 if every ticket has its row, or is in the backlog. */
  complete: integer().notNull(),
});

/** The number of rows of the read table in each cell. Each row is in one cell of each kind. */
export const readTallies = sqliteTable("read_tallies", {
  workspace_id: text().notNull(),
  /** {@link Cell} as a JSON array. */
  cell: text().notNull(),
  count: integer().notNull(),
});

/** One row a workspace: a number that grows with every change of its rows, by triggers. */
export const readRevisions = sqliteTable("read_revisions", {
  workspace_id: text().notNull(),
  revision: integer().notNull(),
});

/** A row of the read table. */
export type ReadTicket = Omit<typeof readTickets.$inferSelect, "n">;

/** The cells of a row: its assignee by status, and its priority by status, waiting and unreplied. */
export type Cell =
  | readonly [kind: "assignee", assignee_id: string | null, status: ReadTicket["status"]]
  | readonly [
      kind: "priority",
      priority: ReadTicket["priority"],
      status: ReadTicket["status"],
      /** 1 if the customer waits for an answer. */
      waiting: 0 | 1,
      /** 1 if no agent has replied yet. */
      unreplied: 0 | 1,
    ];
