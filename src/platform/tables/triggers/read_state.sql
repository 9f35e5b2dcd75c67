-- A copy of `read_state.complete` in the row that every list reads anyway. If the row of `read_state` is deleted,
-- lists wait for a rebuild.

CREATE TRIGGER read_state_added
AFTER INSERT ON read_state
BEGIN
  UPDATE db_clock
  SET complete = new.complete;
END;

CREATE TRIGGER read_state_changed
AFTER UPDATE OF complete ON read_state
BEGIN
  UPDATE db_clock
  SET complete = new.complete;
END;

CREATE TRIGGER read_state_removed
AFTER DELETE ON read_state
BEGIN
  UPDATE db_clock
  SET complete = 0;
END;
