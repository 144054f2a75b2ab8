-- A row is the outline of an item of more than one group that is held here.
CREATE TABLE outline (
	item INTEGER PRIMARY KEY, -- item.id
	body BLOB NOT NULL        -- 32 bytes a group
) STRICT;
