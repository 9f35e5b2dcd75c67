-- What a request with an Idempotency-Key was answered, written in the transaction of its effect.
CREATE TABLE idempotency_records (
  workspace_id TEXT NOT NULL,
  key TEXT NOT NULL,
  -- Tells the request from another one with the same key.
  fingerprint TEXT NOT NULL,
  answer TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (workspace_id, key)
) STRICT, WITHOUT ROWID;

-- For the purge.
CREATE INDEX idempotency_records_created ON idempotency_records (created_at);

-- Parked tickets, for the list of them.
CREATE INDEX projection_backlog_parked ON projection_backlog (workspace_id, parked_at) WHERE parked_at IS NOT NULL;
