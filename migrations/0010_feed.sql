-- All events of a workspace in the order in which they were recorded, from any of them on: the feed. The one row more that each
-- event writes is 22 bytes long (docs/decisions/0009).
CREATE INDEX ticket_events_feed ON ticket_events (workspace_id, seq);
