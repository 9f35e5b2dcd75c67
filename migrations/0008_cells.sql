-- How many rows of the read table agree in all that is counted: status, priority, assignee, whether the customer waits, and whether
-- no agent has replied yet. All numbers are sums of these. They change in the transaction of the row, by triggers; a row touches two of
-- them at the most, and none where it stays in its cell. One that falls to 0 goes away, so that there are never more than rows.
CREATE TABLE read_cells (
  workspace_id TEXT NOT NULL,
  -- A JSON array.
  cell TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, cell)
) STRICT, WITHOUT ROWID;
INSERT INTO read_cells (workspace_id, cell, count)
SELECT workspace_id, json_array(status, priority, assignee_id, waiting_since IS NOT NULL, first_replied_at IS NULL) AS cell, count(*)
FROM read_tickets GROUP BY workspace_id, cell;

-- And how many rows there are, in the row that says how many tickets there are.
ALTER TABLE db_clock ADD COLUMN read_rows INTEGER NOT NULL DEFAULT 0;
UPDATE db_clock SET read_rows = (SELECT count(*) FROM read_tickets);

-- Each trigger is one line, because not every tool that takes SQL apart knows where a trigger ends.
DROP TRIGGER IF EXISTS read_counts_row_added;
DROP TRIGGER IF EXISTS read_counts_row_removed;
DROP TRIGGER IF EXISTS read_counts_status_changed;
CREATE TRIGGER read_cells_row_added AFTER INSERT ON read_tickets BEGIN UPDATE db_clock SET read_rows = read_rows + 1; INSERT INTO read_cells (workspace_id, cell, count) VALUES (new.workspace_id, json_array(new.status, new.priority, new.assignee_id, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_cells_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE db_clock SET read_rows = read_rows - 1; DELETE FROM read_cells WHERE workspace_id = old.workspace_id AND cell = json_array(old.status, old.priority, old.assignee_id, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) AND count <= 1; UPDATE read_cells SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array(old.status, old.priority, old.assignee_id, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL); END;
CREATE TRIGGER read_cells_row_moved AFTER UPDATE OF status, priority, assignee_id, waiting_since, first_replied_at ON read_tickets WHEN json_array(new.status, new.priority, new.assignee_id, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL) <> json_array(old.status, old.priority, old.assignee_id, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) BEGIN DELETE FROM read_cells WHERE workspace_id = old.workspace_id AND cell = json_array(old.status, old.priority, old.assignee_id, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) AND count <= 1; UPDATE read_cells SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array(old.status, old.priority, old.assignee_id, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL); INSERT INTO read_cells (workspace_id, cell, count) VALUES (new.workspace_id, json_array(new.status, new.priority, new.assignee_id, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;

-- What the Worker of before reads while the new one is being deployed: its sweep needs to know how many rows there are. An audit of its
-- own it cannot end: what it would write of counters, the view does not take, and the new Worker goes on with it.
DROP TABLE read_counts;
CREATE VIEW read_counts AS
SELECT workspace_id, 'status' AS field, cell ->> 0 AS value, sum(count) AS count FROM read_cells GROUP BY workspace_id, value;
