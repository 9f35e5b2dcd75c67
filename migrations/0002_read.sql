-- The read model: what lists show, one row a ticket. Disposable: rebuilt from the source at any time.
CREATE TABLE read_tickets (
  workspace_id TEXT NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  customer_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  priority TEXT NOT NULL,
  assignee_id TEXT,
  tags TEXT NOT NULL,
  preview TEXT NOT NULL,
  has_note INTEGER NOT NULL,
  note_count INTEGER NOT NULL,
  message_count INTEGER NOT NULL,
  last_message_at INTEGER NOT NULL,
  last_message_from TEXT NOT NULL,
  waiting_since INTEGER,
  first_replied_at INTEGER,
  resolved_at INTEGER,
  closed_at INTEGER,
  reopen_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  -- The number of the projector that computed the row.
  projector INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX read_tickets_updated ON read_tickets (workspace_id, updated_at, id);
CREATE INDEX read_tickets_status ON read_tickets (workspace_id, status, updated_at, id);
CREATE INDEX read_tickets_has_note ON read_tickets (workspace_id, has_note, updated_at, id);
CREATE INDEX read_tickets_customer ON read_tickets (workspace_id, customer_id, updated_at, id);
