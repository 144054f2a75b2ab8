-- A row is a name of another device whose content lies in the vault under
-- another name, because its filesystem cannot give one content two. There is no
-- row of an item of which the vault has no file. key as in record.
CREATE TABLE noted (
	id     INTEGER PRIMARY KEY,
	item   INTEGER NOT NULL, -- item.id
	mtime  INTEGER NOT NULL, -- Unix seconds
	nanos  INTEGER NOT NULL, -- and nanoseconds
	origin INTEGER NOT NULL, -- origin.id
	label  TEXT    NOT NULL, -- of the origin's folder
	name   BLOB    NOT NULL, -- original path in that folder
	key    INTEGER NOT NULL
) STRICT;
CREATE INDEX noted_item ON noted (item);
CREATE INDEX noted_key ON noted (key);
CREATE INDEX noted_origin ON noted (origin);
