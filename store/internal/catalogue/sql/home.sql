-- The one row says which home this is, and counts.
CREATE TABLE home (
	id             INTEGER PRIMARY KEY CHECK (id = 1),
	home           BLOB    NOT NULL,
	library_items  INTEGER NOT NULL DEFAULT 0, -- distinct items in folders
	library_bytes  INTEGER NOT NULL DEFAULT 0,
	vault_items    INTEGER NOT NULL DEFAULT 0, -- distinct items in the vault
	vault_bytes    INTEGER NOT NULL DEFAULT 0,
	vault_files    INTEGER NOT NULL DEFAULT 0,
	vault_filebytes INTEGER NOT NULL DEFAULT 0,
	unplaced       INTEGER NOT NULL DEFAULT 0  -- record.unplaced
) STRICT;
