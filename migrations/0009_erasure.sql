-- Erasures that are not done yet. A customer's id stands here only until all of their tickets are erased.
CREATE TABLE erasures (
  workspace_id TEXT NOT NULL,
  customer_id TEXT NOT NULL,
  -- Who asked for it, where the key names an agent.
  agent_id TEXT,
  -- The newest event when it was asked for: tickets that are newer stay.
  up_to_seq INTEGER NOT NULL,
  requested_at INTEGER NOT NULL,
  -- Tickets so far. Where there is none, the search tables hold nothing that is to go.
  erased INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (workspace_id, customer_id)
) STRICT, WITHOUT ROWID;

-- When the customer's erasure took the ticket's texts.
ALTER TABLE tickets ADD COLUMN erased_at INTEGER;
-- Whatever writes a row looks here first: a ticket that is not erased is not in it, and costs nothing.
CREATE INDEX tickets_erased ON tickets (workspace_id, id) WHERE erased_at IS NOT NULL;
-- The tickets of a customer, by the truth and not by the lists.
CREATE INDEX tickets_customer ON tickets (workspace_id, customer_id);

-- The answers that hold more than ids and versions: imports with refused lines, which name an external_id each.
CREATE INDEX idempotency_records_refused ON idempotency_records (workspace_id) WHERE answer ->> '$.refused[0]' IS NOT NULL;

-- What is deleted from a search table stays in its index until that is merged: one row a table that owes it.
CREATE TABLE search_purges (
  name TEXT NOT NULL PRIMARY KEY,
  -- Grows with each erasure.
  wanted INTEGER NOT NULL,
  -- The `wanted` that the merge under way is for; NULL where none is.
  merging INTEGER
) STRICT, WITHOUT ROWID;
