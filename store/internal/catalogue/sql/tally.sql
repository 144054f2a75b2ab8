-- A row counts the items with exactly these holders.
CREATE TABLE tally (
	holders INTEGER NOT NULL, -- mask of author.bit
	named   INTEGER NOT NULL, -- some device has a file of it
	wanted  INTEGER NOT NULL, -- not gone, or named by another device
	items   INTEGER NOT NULL,
	bytes   INTEGER NOT NULL,
	PRIMARY KEY (holders, named, wanted)
) STRICT, WITHOUT ROWID;
