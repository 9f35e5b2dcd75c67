-- The number of rows in the read table, beside the number of tickets.

CREATE TRIGGER read_rows_row_added
AFTER INSERT ON read_tickets
BEGIN
  UPDATE db_clock
  SET read_rows = read_rows + 1;
END;

CREATE TRIGGER read_rows_row_removed
AFTER DELETE ON read_tickets
BEGIN
  UPDATE db_clock
  SET read_rows = read_rows - 1;
END;
