-- The key that cursors, tokens and tags are sealed with, so that nobody reads from them how busy the other workspaces are. It stands with
-- the keys of the API and not in a secret of the Worker: whoever changes ROOT_KEY must not end every cursor, and a backup has it.
CREATE TABLE sealing_key (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  -- 32 bytes, hexadecimal.
  key TEXT NOT NULL
) STRICT;
INSERT INTO sealing_key (id, key) VALUES (1, lower(hex(randomblob(32))));
