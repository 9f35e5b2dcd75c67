-- The search table in the order of waiting, with the tickets whose customer waits. Its rowid is the place in that order: 42 bits of
-- `waiting_since`, moved below zero, and the 22 bits of the row's `n`. An entry whose place stays is updated:
-- D1 counts one written row for that, and two for a delete with an insert.

CREATE TRIGGER read_by_waiting_row_added
AFTER INSERT ON read_tickets
BEGIN
  INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes)
  SELECT
    (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n,
    new.facets,
    new.search_subject,
    new.search_messages,
    new.search_notes
  WHERE new.facets IS NOT NULL
    AND new.waiting_since IS NOT NULL;
END;

CREATE TRIGGER read_by_waiting_row_removed
AFTER DELETE ON read_tickets
BEGIN
  DELETE FROM read_by_waiting
  WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n)
    AND old.facets IS NOT NULL
    AND old.waiting_since IS NOT NULL;
END;

-- The place changes, or the row begins or ends to be in the table.
CREATE TRIGGER read_by_waiting_row_moved
AFTER UPDATE ON read_tickets
WHEN (new.n, new.waiting_since, new.facets IS NULL)
  IS NOT (old.n, old.waiting_since, old.facets IS NULL)
BEGIN
  DELETE FROM read_by_waiting
  WHERE rowid = ((min(max(old.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | old.n)
    AND old.facets IS NOT NULL
    AND old.waiting_since IS NOT NULL;
  INSERT INTO read_by_waiting (rowid, facets, subject, messages, notes)
  SELECT
    (min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n,
    new.facets,
    new.search_subject,
    new.search_messages,
    new.search_notes
  WHERE new.facets IS NOT NULL
    AND new.waiting_since IS NOT NULL;
END;

-- The place stays, and the words change.
CREATE TRIGGER read_by_waiting_row_changed
AFTER UPDATE ON read_tickets
WHEN (new.n, new.waiting_since, new.facets IS NULL)
  IS (old.n, old.waiting_since, old.facets IS NULL)
  AND (new.facets, new.search_subject, new.search_messages, new.search_notes)
  IS NOT (old.facets, old.search_subject, old.search_messages, old.search_notes)
BEGIN
  UPDATE read_by_waiting
  SET facets = new.facets, subject = new.search_subject, messages = new.search_messages, notes = new.search_notes
  WHERE rowid = ((min(max(new.waiting_since, 0), 4398046511103) - 2199023255552) << 22 | new.n);
END;
