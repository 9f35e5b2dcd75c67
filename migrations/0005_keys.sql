-- The keys of the workspaces. A key's secret is nowhere: only its digest is, so that whoever reads the database cannot call.
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  workspace_id TEXT NOT NULL,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  agent_id TEXT,
  -- SHA-256 of the whole key, base64url.
  digest TEXT NOT NULL,
  -- The key that made it; NULL for the root key.
  created_by TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- For the list of a workspace's keys, the newest first.
CREATE INDEX api_keys_workspace ON api_keys (workspace_id, id);
