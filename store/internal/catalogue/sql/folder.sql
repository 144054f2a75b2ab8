-- A row is a watched folder of this device, with its counts.
CREATE TABLE folder (
	id     INTEGER PRIMARY KEY,
	folder BLOB    NOT NULL UNIQUE,
	label  TEXT    NOT NULL,
	path   BLOB    NOT NULL, -- absolute
	files  INTEGER NOT NULL DEFAULT 0,
	items  INTEGER NOT NULL DEFAULT 0, -- distinct
	bytes  INTEGER NOT NULL DEFAULT 0  -- of the distinct items
) STRICT;
