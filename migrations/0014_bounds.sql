-- How many tickets the next pass of the cron may try alone (docs/operations.md, "A stuck queue").
ALTER TABLE projection_figures ADD COLUMN suspects INTEGER NOT NULL DEFAULT 1;

-- The third projector keeps fewer pairs of characters of a ticket (docs/decisions/0012). Where there is no ticket yet, nothing has to be
-- rebuilt.
UPDATE projection_jobs SET projector = 3 WHERE projector < 3 AND NOT EXISTS (SELECT 1 FROM tickets) AND NOT EXISTS (SELECT 1 FROM read_tickets);
