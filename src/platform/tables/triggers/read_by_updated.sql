-- The search table in the order of the latest change. Its rowid is the place in that order: 42 bits of
-- `updated_at`, moved below zero, and the 22 bits of the row's `n`. An entry whose place stays is updated:
-- D1 counts one written row for that, and two for a delete with an insert.

CREATE TRIGGER read_by_updated_row_added
AFTER INSERT ON read_tickets
BEGIN
  INSERT INTO read_by_updated (rowid, facets, subject, messages, notes)
  SELECT
    (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n,
    new.facets,
    new.search_subject,
    new.search_messages,
    new.search_notes
  WHERE new.facets IS NOT NULL;
END;

CREATE TRIGGER read_by_updated_row_removed
AFTER DELETE ON read_tickets
BEGIN
  DELETE FROM read_by_updated
  WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n)
    AND old.facets IS NOT NULL;
END;

-- The place changes, or the row begins or ends to be in the table.
CREATE TRIGGER read_by_updated_row_moved
AFTER UPDATE ON read_tickets
WHEN (new.n, new.updated_at, new.facets IS NULL)
  IS NOT (old.n, old.updated_at, old.facets IS NULL)
BEGIN
  DELETE FROM read_by_updated
  WHERE rowid = ((min(max(old.updated_at, 0), 4398046511103) - 2199023255552) << 22 | old.n)
    AND old.facets IS NOT NULL;
  INSERT INTO read_by_updated (rowid, facets, subject, messages, notes)
  SELECT
    (min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n,
    new.facets,
    new.search_subject,
    new.search_messages,
    new.search_notes
  WHERE new.facets IS NOT NULL;
END;

-- The place stays, and the words change.
CREATE TRIGGER read_by_updated_row_changed
AFTER UPDATE ON read_tickets
WHEN (new.n, new.updated_at, new.facets IS NULL)
  IS (old.n, old.updated_at, old.facets IS NULL)
  AND (new.facets, new.search_subject, new.search_messages, new.search_notes)
  IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes)
BEGIN
  UPDATE read_by_updated
  SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes
  WHERE rowid = ((min(max(new.updated_at, 0), 4398046511103) - 2199023255552) << 22 | new.n);
END;
