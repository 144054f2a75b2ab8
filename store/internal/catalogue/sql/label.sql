-- A row is the vault directory chosen, once, for a device (folder of zeros,
-- scope '') or for a folder of a device (scope = the device).
CREATE TABLE label (
	device TEXT NOT NULL,
	folder BLOB NOT NULL,
	scope  TEXT NOT NULL,
	dir    TEXT NOT NULL,
	folded TEXT NOT NULL, -- dir without the differences that some filesystems ignore
	PRIMARY KEY (device, folder),
	UNIQUE (scope, folded)
) STRICT, WITHOUT ROWID;
