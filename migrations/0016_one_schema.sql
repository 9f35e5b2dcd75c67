-- Migrations 0001 and 0007 were edited after databases had been made with them. This migration gives every such database the schema of a
-- new one (docs/decisions/0021). A released migration is never edited.

-- 0001 lacked `seq`. SQL cannot ask whether a column exists, so the row is copied without it: it is the number of the newest event.
CREATE TABLE db_clock_before AS SELECT at, tickets, complete, least_revision, read_rows FROM db_clock;
DROP TABLE db_clock;
-- The database's own time, its newest event, and the two numbers by which the cron sees that rows are missing.
CREATE TABLE db_clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- Never goes back, whatever the clocks of the Workers do.
  at INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  tickets INTEGER NOT NULL DEFAULT 0,
  complete INTEGER NOT NULL DEFAULT 1,
  least_revision INTEGER NOT NULL DEFAULT 0,
  read_rows INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO db_clock (id, at, seq, tickets, complete, least_revision, read_rows)
SELECT 1, at, (SELECT coalesce(max(seq), 0) FROM ticket_events), tickets, complete, least_revision, read_rows FROM db_clock_before;
DROP TABLE db_clock_before;

-- 0007 lacked `prefix='1'` and the triggers that update an entry in its place. FTS5 takes `prefix` only when it creates a table. SQL cannot
-- ask how a table was created either, so every database gets new search tables.
DROP TRIGGER IF EXISTS read_by_created_row_added;
DROP TRIGGER IF EXISTS read_by_created_row_removed;
DROP TRIGGER IF EXISTS read_by_created_row_moved;
DROP TRIGGER IF EXISTS read_by_created_row_changed;
DROP TRIGGER IF EXISTS read_by_updated_row_added;
DROP TRIGGER IF EXISTS read_by_updated_row_removed;
DROP TRIGGER IF EXISTS read_by_updated_row_moved;
DROP TRIGGER IF EXISTS read_by_updated_row_changed;
DROP TRIGGER IF EXISTS read_by_waiting_row_added;
DROP TRIGGER IF EXISTS read_by_waiting_row_removed;
DROP TRIGGER IF EXISTS read_by_waiting_row_moved;
DROP TRIGGER IF EXISTS read_by_waiting_row_changed;
DROP TABLE read_by_updated;
DROP TABLE read_by_created;
DROP TABLE read_by_waiting;
CREATE VIRTUAL TABLE read_by_updated USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");
CREATE VIRTUAL TABLE read_by_created USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");
CREATE VIRTUAL TABLE read_by_waiting USING fts5(facets, subject, messages, notes, content='', contentless_delete=1, prefix='1', tokenize="ascii tokenchars '._-'");

-- Up to 5,000,000 bytes of text, the entries are written here, from the rows. That takes seconds.
CREATE TABLE search_text AS
SELECT total(octet_length(facets) + octet_length(search_subject) + octet_length(search_messages) + octet_length(search_notes)) <= 5000000 AS is_small
FROM read_tickets;
INSERT INTO read_by_updated (rowid, facets, subject, messages, notes)
SELECT (min(max(updated_at, 0), 4398046511103) - 2199023255552) << 22 | n AS place, facets, search_subject, search_messages, search_notes
FROM read_tickets WHERE facets IS NOT NULL AND (SELECT is_small FROM search_text) ORDER BY place;
INSERT INTO read_by_created (rowid, facets, subject, messages, notes)
SELECT (min(max(created_at, 0), 4398046511103) - 2199023255552) << 22 | n AS place, facets, search_subject, search_messages, search_notes
FROM read_tickets WHERE facets IS NOT NULL AND (SELECT is_small FROM search_text) ORDER BY place;
INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes)
SELECT (min(max(waiting_since, 0), 4398046511103) - 2199023255552) << 22 | n AS place, facets, search_subject, search_messages, search_notes
FROM read_tickets WHERE facets IS NOT NULL AND waiting_since IS NOT NULL AND (SELECT is_small FROM search_text) ORDER BY place;

-- More than that could exceed the 30 seconds of a statement. The rows become rows of the first projector, which had no entries, and the cron
-- starts a rebuild. Until it ends, lists of one filter in the default order are answered, and all others get 503 `rebuilding`.
-- No list shows what changes here, so the revisions of the workspaces stay.
DROP TRIGGER read_revisions_row_changed;
UPDATE read_tickets SET projector = 1, facets = NULL, search_subject = NULL, search_messages = NULL, search_notes = NULL
WHERE NOT (SELECT is_small FROM search_text);
UPDATE projection_jobs SET projector = 1 WHERE name = 'rebuild' AND NOT (SELECT is_small FROM search_text);
DROP TABLE search_text;

-- Generated from src/platform/tables/triggers by scripts/trigger-lines.ts. A trigger stays on one line.
CREATE TRIGGER read_revisions_row_changed AFTER UPDATE ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = new.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id); INSERT INTO read_revisions (workspace_id, revision) SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock) WHERE changes() = 0; END;
CREATE TRIGGER read_by_created_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_created (rowid, facets, subject, messages, notes) SELECT (min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_created WHERE rowid = ((min(max(old.created_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.created_at, new.facets IS NULL) IS NOT (old.n, old.created_at, old.facets IS NULL) BEGIN DELETE FROM read_by_created WHERE rowid = ((min(max(old.created_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; INSERT INTO read_by_created (rowid, facets, subject, messages, notes) SELECT (min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_created_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.created_at, new.facets IS NULL) IS (old.n, old.created_at, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_created SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.created_at, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;
CREATE TRIGGER read_by_updated_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_updated (rowid, facets, subject, messages, notes) SELECT (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_updated WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.updated_at, new.facets IS NULL) IS NOT (old.n, old.updated_at, old.facets IS NULL) BEGIN DELETE FROM read_by_updated WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL; INSERT INTO read_by_updated (rowid, facets, subject, messages, notes) SELECT (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL; END;
CREATE TRIGGER read_by_updated_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.updated_at, new.facets IS NULL) IS (old.n, old.updated_at, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_updated SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;
CREATE TRIGGER read_by_waiting_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes) SELECT (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL AND new.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_by_waiting WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL AND old.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_moved AFTER UPDATE ON read_tickets WHEN (new.n, new.waiting_since, new.facets IS NULL) IS NOT (old.n, old.waiting_since, old.facets IS NULL) BEGIN DELETE FROM read_by_waiting WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n) AND old.facets IS NOT NULL AND old.waiting_since IS NOT NULL; INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes) SELECT (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n, new.facets, new.search_subject, new.search_messages, new.search_notes WHERE new.facets IS NOT NULL AND new.waiting_since IS NOT NULL; END;
CREATE TRIGGER read_by_waiting_row_changed AFTER UPDATE ON read_tickets WHEN (new.n, new.waiting_since, new.facets IS NULL) IS (old.n, old.waiting_since, old.facets IS NULL) AND (new.facets, new.search_subject, new.search_messages, new.search_notes) IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes) BEGIN UPDATE read_by_waiting SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes WHERE rowid = ((min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n); END;
