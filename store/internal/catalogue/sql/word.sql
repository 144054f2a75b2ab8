-- A row is a text that many pictures share: a type, a camera, a lens, a source.
CREATE TABLE word (
	id   INTEGER PRIMARY KEY,
	text TEXT NOT NULL UNIQUE
) STRICT;
