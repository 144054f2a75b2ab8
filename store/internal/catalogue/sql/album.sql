-- A row is an album that is there. Deleted ones have no row.
CREATE TABLE album (
	id    BLOB PRIMARY KEY,
	title TEXT NOT NULL,
	cover BLOB,         -- item.hash that was chosen, NULL = none
	maker TEXT NOT NULL -- device that made it
) STRICT, WITHOUT ROWID;
