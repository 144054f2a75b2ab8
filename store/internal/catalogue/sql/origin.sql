-- A row is a folder of a device from which vault files come.
CREATE TABLE origin (
	id     INTEGER PRIMARY KEY,
	device TEXT NOT NULL,
	folder BLOB NOT NULL,
	UNIQUE (device, folder)
) STRICT;
