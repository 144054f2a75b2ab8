-- A row is a device of the home whose manifest is kept here; bit 0 is this
-- device. The bit stands for it in item.holders and is never given to another.
-- node_* is the root of the trie as stored; epoch to sig are the newest signed
-- root adopted, sig being NULL if there is none. They differ while a manifest is
-- being walked. Unsigned 64-bit numbers are stored as signed ones.
CREATE TABLE author (
	bit       INTEGER PRIMARY KEY,
	device    TEXT    NOT NULL UNIQUE,
	active    INTEGER NOT NULL,
	node_hash BLOB    NOT NULL,
	node_n    INTEGER NOT NULL,
	epoch     INTEGER NOT NULL,
	seq       INTEGER NOT NULL,
	root_hash BLOB    NOT NULL,
	root_n    INTEGER NOT NULL,
	sig       BLOB,
	as_of     INTEGER NOT NULL -- Unix nanoseconds, 0 = never complete
) STRICT;
