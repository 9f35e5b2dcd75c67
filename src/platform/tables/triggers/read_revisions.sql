-- One row for each workspace: a number that grows with every change of a row of the workspace. It is never less
-- than the database's time, so that it also grows when a backup is restored. Naming the row by its whole key lets
-- SQLite change it in one pass, which reads one row less.

CREATE TRIGGER read_revisions_row_added
AFTER INSERT ON read_tickets
BEGIN
  UPDATE read_revisions
  SET revision = max(revision + 1, (SELECT at FROM db_clock))
  WHERE workspace_id = new.workspace_id
    AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id);
  INSERT INTO read_revisions (workspace_id, revision)
  SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock)
  WHERE changes() = 0;
END;

CREATE TRIGGER read_revisions_row_changed
AFTER UPDATE ON read_tickets
BEGIN
  UPDATE read_revisions
  SET revision = max(revision + 1, (SELECT at FROM db_clock))
  WHERE workspace_id = new.workspace_id
    AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = new.workspace_id);
  INSERT INTO read_revisions (workspace_id, revision)
  SELECT new.workspace_id, (SELECT max(at, least_revision) FROM db_clock)
  WHERE changes() = 0;
END;

CREATE TRIGGER read_revisions_row_removed
AFTER DELETE ON read_tickets
BEGIN
  UPDATE read_revisions
  SET revision = max(revision + 1, (SELECT at FROM db_clock))
  WHERE workspace_id = old.workspace_id
    AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id);
END;

-- The workspace that the row leaves.
CREATE TRIGGER read_revisions_row_moved
AFTER UPDATE OF workspace_id ON read_tickets
BEGIN
  UPDATE read_revisions
  SET revision = max(revision + 1, (SELECT at FROM db_clock))
  WHERE workspace_id = old.workspace_id
    AND revision = (SELECT max(revision) FROM read_revisions WHERE workspace_id = old.workspace_id);
END;

-- A workspace whose row was deleted begins above the deleted number.
CREATE TRIGGER read_revisions_removed
AFTER DELETE ON read_revisions
BEGIN
  UPDATE db_clock
  SET least_revision = max(least_revision, old.revision + 1);
END;
