import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The read model: one row a ticket, everything that a list shows. A new derived field is one column here (and in a
 * migration) and one line in the projector. Times are milliseconds since 1970 (UTC).
 */
export const readTickets = sqliteTable("read_tickets", {
  /** Leads from the search tables to the row. SQLite gives it. */
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
  /** What it is found by beside its text, as words; null in rows of the first projector, like what follows. */
  facets: text(),
  search_subject: text(),
  search_messages: text(),
  search_notes: text(),
});

/**
 * Whether lists may be answered from the read tables. It is one of them: who empties them takes it away, too, and lists wait
 * for a rebuild instead of showing that there is nothing. Triggers keep a copy of it in `db_clock`.
 */
export const readState = sqliteTable("read_state", {
  id: integer().notNull(),
  /** 1 where every ticket has its row, or is in the backlog. */
  complete: integer().notNull(),
});

/** How many rows of the read table agree in what is counted: each is in one cell of each kind. */
export const readTallies = sqliteTable("read_tallies", {
  workspace_id: text().notNull(),
  /** {@link Cell} as a JSON array. */
  cell: text().notNull(),
  count: integer().notNull(),
});

/** One row a workspace: a number that grows with every change of its rows. Triggers see to it. */
export const readRevisions = sqliteTable("read_revisions", {
  workspace_id: text().notNull(),
  revision: integer().notNull(),
});

/** A row of the read table. */
export type ReadTicket = Omit<typeof readTickets.$inferSelect, "n">;

/** What is counted of a row: who has it, and what kind of work it is, each by its status. */
export type Cell =
  | readonly [kind: "assignee", assignee_id: string | null, status: ReadTicket["status"]]
  | readonly [
      kind: "priority",
      priority: ReadTicket["priority"],
      status: ReadTicket["status"],
      /** 1 where the customer waits for an answer. */
      waiting: 0 | 1,
      /** 1 where no agent has replied yet. */
      unreplied: 0 | 1,
    ];
