-- A help desk without a read model, as somebody who knows SQLite well would build it: each fact once, in tables of its own, narrow keys,
-- an index for each filter in the order in which lists are shown, and whatever a list shows beyond that computed when it is read.
-- The ids that callers see are texts; between tables, numbers lead.

CREATE TABLE tickets (
  n INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  id TEXT NOT NULL,
  external_id TEXT,
  customer_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  status TEXT NOT NULL,
  priority TEXT NOT NULL,
  assignee_id TEXT,
  follow_up_of TEXT,
  resolved_at INTEGER,
  closed_at INTEGER,
  reopen_count INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  -- Set by each change, in its transaction: no list could be ordered by it otherwise.
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL,
  UNIQUE (workspace_id, id)
) STRICT;

CREATE UNIQUE INDEX tickets_external_id ON tickets (workspace_id, external_id) WHERE external_id IS NOT NULL;
-- The default order, and each filter in it; they also count by what they lead with, without a look at the table.
CREATE INDEX tickets_updated ON tickets (workspace_id, updated_at, id);
CREATE INDEX tickets_created ON tickets (workspace_id, created_at, id);
CREATE INDEX tickets_status ON tickets (workspace_id, status, updated_at, id);
CREATE INDEX tickets_priority ON tickets (workspace_id, priority, updated_at, id);
CREATE INDEX tickets_assignee ON tickets (workspace_id, assignee_id, updated_at, id);
CREATE INDEX tickets_customer ON tickets (workspace_id, customer_id, updated_at, id);

-- The first one is the question itself.
CREATE TABLE messages (
  n INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES tickets (n),
  sender TEXT NOT NULL CHECK (sender IN ('customer', 'agent')),
  agent_id TEXT,
  body TEXT NOT NULL,
  sent_at INTEGER NOT NULL
) STRICT;

-- How many there are, when the newest came and from whom: from the index alone.
CREATE INDEX messages_ticket ON messages (ticket, sent_at, sender);
-- The first and the latest of an agent, and what the customer has written since: in one step each.
CREATE INDEX messages_sender ON messages (ticket, sender, sent_at);

CREATE TABLE notes (
  n INTEGER PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES tickets (n),
  agent_id TEXT,
  note TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_ticket ON notes (ticket);

CREATE TABLE ticket_tags (
  ticket INTEGER NOT NULL REFERENCES tickets (n),
  tag TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  place INTEGER NOT NULL,
  PRIMARY KEY (ticket, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_tags_tag ON ticket_tags (workspace_id, tag, ticket);

-- One entry a message, with its number, so that a new message adds an entry and changes none; the subject stands in the first one's.
-- Words that are in different messages of a ticket are found by one look-up each. The texts are in the tables already.
CREATE VIRTUAL TABLE message_search USING fts5(subject, body, content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2');
