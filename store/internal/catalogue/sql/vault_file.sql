-- A row is a plain file of the vault, durable before the row was written.
-- displaced: its name now stands for other content. key as in record.
CREATE TABLE vault_file (
	id        INTEGER PRIMARY KEY,
	path      BLOB    NOT NULL UNIQUE, -- in the vault, slashes
	item      INTEGER NOT NULL,        -- item.id
	mtime     INTEGER NOT NULL,        -- Unix seconds
	nanos     INTEGER NOT NULL,        -- and nanoseconds
	origin    INTEGER NOT NULL,        -- origin.id
	label     TEXT    NOT NULL,        -- of the origin's folder
	name      BLOB    NOT NULL,        -- original path in that folder
	version   INTEGER NOT NULL,        -- set aside, the origin has replaced it
	key       INTEGER NOT NULL,
	displaced INTEGER NOT NULL DEFAULT 0,
	damaged   INTEGER NOT NULL DEFAULT 0 -- its bytes are no longer the item's, though nobody wrote to it
) STRICT;
CREATE INDEX vault_file_item ON vault_file (item);
CREATE INDEX vault_file_key ON vault_file (key);
CREATE INDEX vault_file_origin ON vault_file (origin);
CREATE INDEX vault_file_displaced ON vault_file (id) WHERE displaced = 1;
CREATE INDEX vault_file_damaged ON vault_file (id) WHERE damaged = 1;
