-- The write model: the source of truth. Everything in the read model can be rebuilt from these tables.

-- The database's own time: it never goes back, whatever the clocks of the Workers do. And its newest event, so that a list can
-- tell how far it is without a look at the source.
CREATE TABLE db_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL
) STRICT;
INSERT INTO db_clock (id, at, seq) VALUES (1, 0, 0);

-- What the next decision and the head of the detail view need; always equal to the fold of the ticket's events.
CREATE TABLE tickets (
  workspace_id TEXT NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  customer_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  priority TEXT NOT NULL,
  assignee_id TEXT,
  tags TEXT NOT NULL,
  follow_up_of TEXT,
  message_count INTEGER NOT NULL,
  last_message_version INTEGER NOT NULL,
  last_message_at INTEGER NOT NULL,
  last_message_from TEXT NOT NULL,
  note_count INTEGER NOT NULL,
  last_note_version INTEGER,
  unanswered_since INTEGER,
  first_replied_at INTEGER,
  resolved_at INTEGER,
  closed_at INTEGER,
  reopen_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, id)
) STRICT, WITHOUT ROWID;

-- A repeated import, or two at once, cannot make a ticket twice.
CREATE UNIQUE INDEX tickets_external_id ON tickets (workspace_id, external_id) WHERE external_id IS NOT NULL;

-- The event log, append-only. Two commands that race for one version collide on the unique key, and one rolls back.
CREATE TABLE ticket_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  workspace_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  event_id TEXT NOT NULL,
  type TEXT NOT NULL,
  agent_id TEXT,
  occurred_at INTEGER NOT NULL,
  recorded_at INTEGER NOT NULL,
  -- The text of a message or a note; apart from the rest, so that nothing needs to read it by the way.
  body TEXT,
  data TEXT NOT NULL,
  UNIQUE (workspace_id, ticket_id, version)
) STRICT;

-- The outbox: the tickets whose newest version is not yet projected, written in the transaction of the event.
CREATE TABLE projection_backlog (
  workspace_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  first_seq INTEGER NOT NULL,
  first_recorded_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  sweeps INTEGER NOT NULL DEFAULT 0,
  parked_at INTEGER,
  error TEXT,
  PRIMARY KEY (workspace_id, ticket_id)
) STRICT, WITHOUT ROWID;

-- The oldest change that a workspace's lists do not show yet: `as_of`, in one look-up.
CREATE INDEX projection_backlog_oldest ON projection_backlog (workspace_id, first_seq, first_recorded_at);
-- What the sweep takes up.
CREATE INDEX projection_backlog_due ON projection_backlog (due_at);

-- Messages that nobody could read, and messages that the queue gave up on: kept until somebody looks.
CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue TEXT NOT NULL,
  message_id TEXT NOT NULL,
  body TEXT NOT NULL,
  reason TEXT NOT NULL,
  kept_at INTEGER NOT NULL,
  UNIQUE (queue, message_id)
) STRICT;
