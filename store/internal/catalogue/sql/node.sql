-- A row is a node of an author's trie. id: author.bit << 57, then the prefix, 13
-- hexadecimal digits padded with 0, then 4 bits for how many of them count. So a
-- subtree is a range of ids. body of an inner node: 'I' and its 16 children, each a
-- hash of 32 bytes and a count of 8, big endian. Of a leaf: 'L' and its n fingerprints
-- in order, then n times the record.id, or of a plain Holding -item.id, 8 bytes each. An empty subtree has no row.
CREATE TABLE node (
	id   INTEGER PRIMARY KEY,
	body BLOB    NOT NULL
) STRICT;
