-- A row is one record of one author's manifest, verbatim. It is found by its
-- fingerprint, the BLAKE3 hash of its body, through the leaves of node.
-- A plain Holding, half of all records, has no row: the leaf refers to its item.
-- item is set for others' names, kept names and what says more than a plain Holding, and for own kept names
-- and names of uploads;
-- key (a hash of device, folder and path) and unplaced for others' names.
-- unplaced: the content is held here, but no vault file has this name, item and time.
CREATE TABLE record (
	id       INTEGER PRIMARY KEY,
	author   INTEGER NOT NULL, -- author.bit
	kind     INTEGER NOT NULL,
	item     INTEGER,          -- item.id
	key      INTEGER,
	unplaced INTEGER NOT NULL DEFAULT 0,
	body     BLOB    NOT NULL
) STRICT;
CREATE INDEX record_item ON record (item, author, kind) WHERE item IS NOT NULL;
CREATE INDEX record_key ON record (key) WHERE key IS NOT NULL;
CREATE INDEX record_unplaced ON record (id) WHERE unplaced = 1;
CREATE INDEX record_about ON record (author, kind) WHERE kind IN (3, 4);
