-- How many rows of the read table agree in what is counted of them. A row is in one cell of each kind: who has it, by status; and its
-- priority, by status, by whether the customer waits and whether no agent has replied yet. All numbers are sums of these. Counters of all
-- of that together (0008) were as many as there were combinations, and more with each ten times as many tickets; these are four for each
-- agent who has tickets, and 64 at the most. They change in the transaction of the row, by triggers, where a row changes its cell. One that
-- falls to 0 goes away, so that agents who come and go leave nothing behind.
CREATE TABLE read_tallies (
  workspace_id TEXT NOT NULL,
  -- A JSON array, its kind first.
  cell TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, cell)
) STRICT, WITHOUT ROWID;
INSERT INTO read_tallies (workspace_id, cell, count)
SELECT workspace_id, json_array('assignee', assignee_id, status) AS cell, count(*) FROM read_tickets GROUP BY workspace_id, cell;
INSERT INTO read_tallies (workspace_id, cell, count)
SELECT workspace_id, json_array('priority', priority, status, waiting_since IS NOT NULL, first_replied_at IS NULL) AS cell, count(*) FROM read_tickets GROUP BY workspace_id, cell;

-- Each trigger is one line, because not every tool that takes SQL apart knows where a trigger ends.
DROP TRIGGER read_cells_row_added;
DROP TRIGGER read_cells_row_removed;
DROP TRIGGER read_cells_row_moved;
CREATE TRIGGER read_rows_row_added AFTER INSERT ON read_tickets BEGIN UPDATE db_clock SET read_rows = read_rows + 1; END;
CREATE TRIGGER read_rows_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE db_clock SET read_rows = read_rows - 1; END;
CREATE TRIGGER read_tallies_assignees_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_tallies (workspace_id, cell, count) VALUES (new.workspace_id, json_array('assignee', new.assignee_id, new.status), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_tallies_assignees_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_tallies WHERE workspace_id = old.workspace_id AND cell = json_array('assignee', old.assignee_id, old.status) AND count <= 1; UPDATE read_tallies SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array('assignee', old.assignee_id, old.status); END;
CREATE TRIGGER read_tallies_assignees_row_moved AFTER UPDATE OF status, assignee_id ON read_tickets WHEN json_array('assignee', new.assignee_id, new.status) <> json_array('assignee', old.assignee_id, old.status) BEGIN DELETE FROM read_tallies WHERE workspace_id = old.workspace_id AND cell = json_array('assignee', old.assignee_id, old.status) AND count <= 1; UPDATE read_tallies SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array('assignee', old.assignee_id, old.status); INSERT INTO read_tallies (workspace_id, cell, count) VALUES (new.workspace_id, json_array('assignee', new.assignee_id, new.status), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_tallies_priorities_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_tallies (workspace_id, cell, count) VALUES (new.workspace_id, json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_tallies_priorities_row_removed AFTER DELETE ON read_tickets BEGIN DELETE FROM read_tallies WHERE workspace_id = old.workspace_id AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) AND count <= 1; UPDATE read_tallies SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL); END;
CREATE TRIGGER read_tallies_priorities_row_moved AFTER UPDATE OF status, priority, waiting_since, first_replied_at ON read_tickets WHEN json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL) <> json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) BEGIN DELETE FROM read_tallies WHERE workspace_id = old.workspace_id AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL) AND count <= 1; UPDATE read_tallies SET count = count - 1 WHERE workspace_id = old.workspace_id AND cell = json_array('priority', old.priority, old.status, old.waiting_since IS NOT NULL, old.first_replied_at IS NULL); INSERT INTO read_tallies (workspace_id, cell, count) VALUES (new.workspace_id, json_array('priority', new.priority, new.status, new.waiting_since IS NOT NULL, new.first_replied_at IS NULL), 1) ON CONFLICT (workspace_id, cell) DO UPDATE SET count = count + 1; END;

-- What the Worker of before reads while the new one is being deployed, counted when it asks. An audit of its own it cannot end: what it
-- would write of counters, the view does not take, and the new Worker goes on with it.
DROP VIEW read_counts;
DROP TABLE read_cells;
CREATE VIEW read_cells AS
SELECT workspace_id, json_array(status, priority, assignee_id, waiting_since IS NOT NULL, first_replied_at IS NULL) AS cell, count(*) AS count
FROM read_tickets GROUP BY 1, 2;
