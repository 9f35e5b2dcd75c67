-- An erasure whose ticket fails is retried later, and the others go on meanwhile.
-- The last ticket of the current round; tickets up to it that are still not erased failed in this round.
ALTER TABLE erasures ADD COLUMN ticket_id TEXT NOT NULL DEFAULT '';
-- Turns in a row that erased nothing.
ALTER TABLE erasures ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
-- When the cron takes the erasure up, unless somebody is at it by then.
ALTER TABLE erasures ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX erasures_due ON erasures (due_at);

-- When the oldest erasure was recorded that no merge of this table has begun for. One merge serves all erasures up to its beginning.
ALTER TABLE search_purges ADD COLUMN wanted_at INTEGER NOT NULL DEFAULT 0;

-- The workspace that a message names; NULL if it names none. An erasure leaves other workspaces' letters alone.
ALTER TABLE dead_letters ADD COLUMN workspace_id TEXT;
UPDATE dead_letters SET workspace_id = substr(body ->> '$.workspace_id', 1, 200) WHERE iif(json_valid(body), json_type(body, '$.workspace_id'), NULL) = 'text';
CREATE INDEX dead_letters_workspace ON dead_letters (workspace_id);

-- Stored answers that quote refused lines, until an erasure takes the quotes away. The old index kept their rows, and no query used it.
DROP INDEX idempotency_records_refused;
CREATE INDEX idempotency_records_quoting ON idempotency_records (workspace_id) WHERE answer ->> '$.refused[0].errors[0]' IS NOT NULL;
