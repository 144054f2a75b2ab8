-- A row ties an item to those that may be one picture with it: key is a hash of
-- a directory and the stem of a name in it, of a Live Photo's content ID, or of a burst.
CREATE TABLE bond (
	key  INTEGER NOT NULL,
	item INTEGER NOT NULL, -- picture.item
	PRIMARY KEY (key, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX bond_item ON bond (item);
