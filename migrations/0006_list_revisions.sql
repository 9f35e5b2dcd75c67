-- What lists have instead of a look at their rows: a number for each workspace that grows with every change of one of its rows,
-- whoever makes it. A reader who has a list of that number has it as it is. The number is in the key, so that a look for another one
-- finds nothing and costs no row. It is never less than the database's time, so that it grows over a restore, too, and begins where
-- no number was before, wherever somebody empties the table. There is one row a workspace; to name it by its whole key lets SQLite
-- change it in one pass, which reads a row less. Each trigger is one line, because not every tool that takes SQL apart knows where a
-- trigger ends.
CREATE TABLE read_revisions (
  workspace_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, revision)
) STRICT, WITHOUT ROWID;
ALTER TABLE db_clock ADD COLUMN least_revision INTEGER NOT NULL DEFAULT 0;
INSERT INTO read_revisions (workspace_id, revision) SELECT DISTINCT workspace_id, (SELECT at FROM db_clock) FROM read_tickets;
CREATE TRIGGER read_revisions_row_added AFTER INSERT ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = new.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id); INSERT INTO read_revisions (workspace_id, revision) SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock) WHERE changes() = 0; END;
CREATE TRIGGER read_revisions_row_changed AFTER UPDATE ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = new.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id); INSERT INTO read_revisions (workspace_id, revision) SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock) WHERE changes() = 0; END;
CREATE TRIGGER read_revisions_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = old.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id); END;
CREATE TRIGGER read_revisions_row_moved AFTER UPDATE OF workspace_id ON read_tickets BEGIN UPDATE read_revisions SET revision = max(revision + 1, (SELECT at FROM db_clock)) WHERE workspace_id = old.workspace_id AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id); END;
CREATE TRIGGER read_revisions_removed AFTER DELETE ON read_revisions BEGIN UPDATE db_clock SET least_revision = max(least_revision, old.revision + 1); END;
