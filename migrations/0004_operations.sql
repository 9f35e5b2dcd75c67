-- How many tickets there are: what a rebuild and an audit have before them, without counting each time. Kept with each new
-- ticket, and put right by each recount.
ALTER TABLE db_clock ADD COLUMN tickets INTEGER NOT NULL DEFAULT 0;
UPDATE db_clock SET tickets = (SELECT count(*) FROM tickets);

-- Whether lists may be answered from the read tables: 1 where every ticket has its row, or is in the backlog. It stands in one of
-- them, so that whoever empties them takes it away, too, and lists wait for a rebuild instead of showing that there is nothing;
-- and, by these triggers, in the row that every list reads anyway. Each trigger is one line, because not every tool that takes
-- SQL apart knows where a trigger ends.
ALTER TABLE db_clock ADD COLUMN complete INTEGER NOT NULL DEFAULT 1;
CREATE TABLE read_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  complete INTEGER NOT NULL
) STRICT;
INSERT INTO read_state (id, complete) VALUES (1, 1);
CREATE TRIGGER read_state_added AFTER INSERT ON read_state BEGIN UPDATE db_clock SET complete = new.complete; END;
CREATE TRIGGER read_state_changed AFTER UPDATE OF complete ON read_state BEGIN UPDATE db_clock SET complete = new.complete; END;
CREATE TRIGGER read_state_removed AFTER DELETE ON read_state BEGIN UPDATE db_clock SET complete = 0; END;

-- How many rows of the read table have which value: changed in the transaction of the row, by these triggers.
CREATE TABLE read_counts (
  workspace_id TEXT NOT NULL,
  field TEXT NOT NULL,
  value TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, field, value)
) STRICT, WITHOUT ROWID;
INSERT INTO read_counts (workspace_id, field, value, count)
SELECT workspace_id, 'status', status, count(*) FROM read_tickets GROUP BY workspace_id, status;
CREATE TRIGGER read_counts_row_added AFTER INSERT ON read_tickets BEGIN INSERT INTO read_counts (workspace_id, field, value, count) VALUES (new.workspace_id, 'status', new.status, 1) ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = count + 1; END;
CREATE TRIGGER read_counts_row_removed AFTER DELETE ON read_tickets BEGIN UPDATE read_counts SET count = count - 1 WHERE workspace_id = old.workspace_id AND field = 'status' AND value = old.status; END;
CREATE TRIGGER read_counts_status_changed AFTER UPDATE OF status ON read_tickets WHEN new.status <> old.status BEGIN UPDATE read_counts SET count = count - 1 WHERE workspace_id = old.workspace_id AND field = 'status' AND value = old.status; INSERT INTO read_counts (workspace_id, field, value, count) VALUES (new.workspace_id, 'status', new.status, 1) ON CONFLICT (workspace_id, field, value) DO UPDATE SET count = count + 1; END;

-- The rows that an older projector wrote.
CREATE INDEX read_tickets_projector ON read_tickets (projector);

-- Walks through all tickets, slice by slice: the rebuild, which writes every row again, and the audit, which compares.
CREATE TABLE projection_jobs (
  name TEXT NOT NULL PRIMARY KEY,
  -- Grows with each walk; a message of an earlier one means nothing.
  run INTEGER NOT NULL,
  state TEXT NOT NULL,
  -- Who takes the next slice: messages, one after the other, or the cron, a little each minute.
  pace TEXT NOT NULL,
  -- The projector of the run. A deployment with a lower number leaves the job alone.
  projector INTEGER NOT NULL,
  -- The number of the slice that comes next; what has taken it moves it on, once.
  slice INTEGER NOT NULL,
  -- All tickets up to this one are done.
  workspace_id TEXT NOT NULL,
  ticket_id TEXT NOT NULL,
  done INTEGER NOT NULL,
  -- Tickets that went to the backlog instead.
  failed INTEGER NOT NULL,
  -- Drift that this run has found.
  found INTEGER NOT NULL,
  -- How often the next slice was begun.
  attempts INTEGER NOT NULL,
  -- When the cron takes the job up, unless somebody has moved it on.
  due_at INTEGER NOT NULL,
  started_at INTEGER,
  updated_at INTEGER,
  -- When the latest run that went to its end did so.
  finished_at INTEGER
) STRICT, WITHOUT ROWID;
-- All rows so far are projector 1's.
INSERT INTO projection_jobs (name, run, state, pace, projector, slice, workspace_id, ticket_id, done, failed, found, attempts, due_at)
VALUES ('rebuild', 0, 'idle', 'queue', 1, 0, '', '', 0, 0, 0, 0, 0), ('audit', 0, 'idle', 'cron', 1, 0, '', '', 0, 0, 0, 0, 0);

-- What the projection has done, in one row.
CREATE TABLE projection_figures (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  tickets INTEGER NOT NULL DEFAULT 0,
  batches INTEGER NOT NULL DEFAULT 0,
  failures INTEGER NOT NULL DEFAULT 0,
  sweeps INTEGER NOT NULL DEFAULT 0,
  swept_tickets INTEGER NOT NULL DEFAULT 0,
  -- Signs of life.
  cron_at INTEGER,
  consumer_at INTEGER,
  -- From commit to visible, in milliseconds: the sum, and how many took up to so long.
  lag_ms INTEGER NOT NULL DEFAULT 0,
  lag_10 INTEGER NOT NULL DEFAULT 0,
  lag_25 INTEGER NOT NULL DEFAULT 0,
  lag_50 INTEGER NOT NULL DEFAULT 0,
  lag_100 INTEGER NOT NULL DEFAULT 0,
  lag_250 INTEGER NOT NULL DEFAULT 0,
  lag_500 INTEGER NOT NULL DEFAULT 0,
  lag_1000 INTEGER NOT NULL DEFAULT 0,
  lag_2500 INTEGER NOT NULL DEFAULT 0,
  lag_5000 INTEGER NOT NULL DEFAULT 0,
  lag_10000 INTEGER NOT NULL DEFAULT 0,
  lag_30000 INTEGER NOT NULL DEFAULT 0,
  lag_60000 INTEGER NOT NULL DEFAULT 0,
  lag_300000 INTEGER NOT NULL DEFAULT 0,
  lag_3600000 INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO projection_figures (id) VALUES (1);

-- What audits have found: the latest of it, and all that is not healed yet. Never what a ticket says, only which fields differ.
CREATE TABLE projection_drift (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  workspace_id TEXT NOT NULL,
  -- NULL for what is no ticket's, such as a count.
  ticket_id TEXT,
  detail TEXT NOT NULL,
  found_at INTEGER NOT NULL,
  healed_at INTEGER
) STRICT;
CREATE INDEX projection_drift_unhealed ON projection_drift (kind) WHERE healed_at IS NULL;

-- How much of it there ever was.
CREATE TABLE projection_drift_counts (
  kind TEXT NOT NULL PRIMARY KEY,
  found INTEGER NOT NULL,
  last_found_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
