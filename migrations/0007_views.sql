-- The read table gets what any view of it needs: each row a number, its facets as words, and its text to search in. Its rows are
-- copied; what is new in them is NULL until the rebuild that the new projector starts by itself. Lists as they were are answered
-- meanwhile, also by the Worker that runs now. Where there is no ticket yet, nothing has to be rebuilt.
CREATE TABLE read_tickets_next (
  -- Leads from the search tables to the row; a place there has 22 bits for it.
  n INTEGER PRIMARY KEY CHECK (n < 4194304),
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
  -- What it is found by beside its text, as words; the last of them is a digest of all that stands in the search tables.
  facets TEXT,
  search_subject TEXT,
  search_messages TEXT,
  search_notes TEXT,
  UNIQUE (workspace_id, id)
) STRICT;
INSERT INTO read_tickets_next (workspace_id, id, external_id, customer_id, subject, status, priority, assignee_id, tags, preview, has_note, note_count, message_count, last_message_at, last_message_from, waiting_since, first_replied_at, resolved_at, closed_at, reopen_count, created_at, updated_at, version, projector)
SELECT workspace_id, id, external_id, customer_id, subject, status, priority, assignee_id, tags, preview, has_note, note_count, message_count, last_message_at, last_message_from, waiting_since, first_replied_at, resolved_at, closed_at, reopen_count, created_at, updated_at, version, projector FROM read_tickets ORDER BY workspace_id, id;
DROP TABLE read_tickets;
ALTER TABLE read_tickets_next RENAME TO read_tickets;

-- One for each filter that stands alone, in the default order.
CREATE INDEX read_tickets_updated ON read_tickets (workspace_id, updated_at, id);
CREATE INDEX read_tickets_status ON read_tickets (workspace_id, status, updated_at, id);
CREATE INDEX read_tickets_priority ON read_tickets (workspace_id, priority, updated_at, id);
CREATE INDEX read_tickets_assignee ON read_tickets (workspace_id, assignee_id, updated_at, id);
CREATE INDEX read_tickets_customer ON read_tickets (workspace_id, customer_id, updated_at, id);
CREATE INDEX read_tickets_has_note ON read_tickets (workspace_id, has_note, updated_at, id);
CREATE INDEX read_tickets_waiting ON read_tickets (workspace_id, (waiting_since IS NOT NULL), updated_at, id);
CREATE INDEX read_tickets_unreplied ON read_tickets (workspace_id, (first_replied_at IS NULL), updated_at, id);
-- The rows that an older projector wrote.
CREATE INDEX read_tickets_projector ON read_tickets (projector);

-- The triggers of 0004 and 0006, which went with the old table. Each trigger is one line, because not every tool that takes SQL apart knows
-- where a trigger ends.
CREATE TRIGGER read_counts_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_counts (workspace_id, field, value, count) VALUES (new.workspace_id, 'status', new.status, 1) ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_counts_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE read_counts SET count = count - 1 WHERE workspace_id = old.workspace_id AND field = 'status' AND value = old.status; END;
CREATE TRIGGER read_counts_status_changed AFTER UPDATE OF status ON read_tickets WHEN new.status <> old.status BEGIN UPDATE read_counts SET count = count - 1 WHERE workspace_id = old.workspace_id AND field = 'status' AND value = old.status; INSERT INTO read_counts (workspace_id, field, value, count) VALUES (new.workspace_id, 'status', new.status, 1) ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_revisions_row_added AFTER INSERT ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = new.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id); INSERT INTO read_revisions (workspace_id, revision) SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock) WHERE changes() = 0; END;
CREATE TRIGGER read_revisions_row_changed AFTER UPDATE ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = new.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id); INSERT INTO read_revisions (workspace_id, revision) SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock) WHERE changes() = 0; END;
CREATE TRIGGER read_revisions_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = old.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id); END;
CREATE TRIGGER read_revisions_row_moved AFTER UPDATE OF workspace_id ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = old.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id); END;

-- Any combination of filters, in three orders, and text: a ticket's facets are words as those of its text are. The rowid is the
-- place in the order: 42 bits of time, 22 bits that lead to the row. Nothing but the index is stored.
CREATE VIRTUAL TABLE read_by_updated USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");
CREATE VIRTUAL TABLE read_by_created USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");
CREATE VIRTUAL TABLE read_by_waiting USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");

-- They change in the transaction of the row, where its place or its words do. What stays in its place is updated: that writes one row, not two.
CREATE TRIGGER read_by_updated_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_updated (rowid, facets, subject, messages, notes) SELECT (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_updated WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.updated_at, new.facets IS NULL) IS NOT (old.n, old.updated_at, old.facets IS NULL) BEGIN DELETE FROM read_by_updated WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; INSERT INTO read_by_updated (rowid, facets, subject, messages, notes) SELECT (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.updated_at, new.facets IS NULL) IS (old.n, old.updated_at, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_updated SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;
CREATE TRIGGER read_by_created_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_created (rowid, facets, subject, messages, notes) SELECT (min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_created WHERE rowid = ((min(max(old.created_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.created_at, new.facets IS NULL) IS NOT (old.n, old.created_at, old.facets IS NULL) BEGIN DELETE FROM read_by_created WHERE rowid = ((min(max(old.created_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; INSERT INTO read_by_created (rowid, facets, subject, messages, notes) SELECT (min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.created_at, new.facets IS NULL) IS (old.n, old.created_at, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_created SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;
CREATE TRIGGER read_by_waiting_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes) SELECT (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL AND new.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_waiting WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL AND old.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.waiting_since, new.facets IS NULL) IS NOT (old.n, old.waiting_since, old.facets IS NULL) BEGIN DELETE FROM read_by_waiting WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL AND old.waiting_since IS NOT NULL; INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes) SELECT (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL AND new.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.waiting_since, new.facets IS NULL) IS (old.n, old.waiting_since, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_waiting SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;

UPDATE projection_jobs SET projector = 2 WHERE projector < 2 AND NOT EXISTS (SELECT 1 FROM tickets) AND NOT EXISTS (SELECT 1 FROM read_tickets);
