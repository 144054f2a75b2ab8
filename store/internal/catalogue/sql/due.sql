-- A row is a vault item whose first or last name came or went while the author's
-- manifest was being walked; its Kept records are settled when the walk ends.
CREATE TABLE due (
	author INTEGER NOT NULL, -- author.bit
	item   INTEGER NOT NULL, -- item.id
	PRIMARY KEY (author, item)
) STRICT, WITHOUT ROWID;
