-- The counters: how many rows of the read table are in each cell. A row is in one cell of each kind. A counter that
-- falls to 0 is deleted.

CREATE TRIGGER read_tallies_assignees_row_added
AFTER INSERT ON read_tickets
BEGIN
  INSERT INTO read_tallies (workspace_id, cell, count)
  VALUES (
    new.workspace_id,
    json_array('assignee', new.assignee_id, new.status),
    1
  )
  ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER read_tallies_assignees_row_removed
AFTER DELETE ON read_tickets
BEGIN
  DELETE FROM read_tallies
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('assignee', old.assignee_id, old.status)
    AND count <= 1;
  UPDATE read_tallies
  SET count = count - 1
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('assignee', old.assignee_id, old.status);
END;

CREATE TRIGGER read_tallies_assignees_row_moved
AFTER UPDATE OF status, assignee_id ON read_tickets
WHEN json_array('assignee', new.assignee_id, new.status)
  <> json_array('assignee', old.assignee_id, old.status)
BEGIN
  DELETE FROM read_tallies
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('assignee', old.assignee_id, old.status)
    AND count <= 1;
  UPDATE read_tallies
  SET count = count - 1
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('assignee', old.assignee_id, old.status);
  INSERT INTO read_tallies (workspace_id, cell, count)
  VALUES (
    new.workspace_id,
    json_array('assignee', new.assignee_id, new.status),
    1
  )
  ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER read_tallies_priorities_row_added
AFTER INSERT ON read_tickets
BEGIN
  INSERT INTO read_tallies (workspace_id, cell, count)
  VALUES (
    new.workspace_id,
    json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL),
    1
  )
  ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1;
END;

CREATE TRIGGER read_tallies_priorities_row_removed
AFTER DELETE ON read_tickets
BEGIN
  DELETE FROM read_tallies
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL)
    AND count <= 1;
  UPDATE read_tallies
  SET count = count - 1
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL);
END;

CREATE TRIGGER read_tallies_priorities_row_moved
AFTER UPDATE OF status, priority, waiting_since, first_replied_at ON read_tickets
WHEN json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL)
  <> json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL)
BEGIN
  DELETE FROM read_tallies
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL)
    AND count <= 1;
  UPDATE read_tallies
  SET count = count - 1
  WHERE workspace_id = old.workspace_id
    AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL);
  INSERT INTO read_tallies (workspace_id, cell, count)
  VALUES (
    new.workspace_id,
    json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL),
    1
  )
  ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1;
END;
