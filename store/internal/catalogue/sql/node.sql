-- A row is an inner node of an author's trie: its 16 children, each a hash of 32
-- bytes and a count of 8, big endian. Leaves have no row: their records are.
CREATE TABLE node (
	author   INTEGER NOT NULL,
	prefix   BLOB    NOT NULL, -- one byte a hexadecimal digit
	children BLOB    NOT NULL,
	PRIMARY KEY (author, prefix)
) STRICT, WITHOUT ROWID;
