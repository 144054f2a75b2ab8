-- A row is an item that a file, a vault file or a record refers to, or that the
-- user of this device let go. Content lies about its size in no row that anybody
-- holds in truth, so hash and size together identify it.
CREATE TABLE item (
	id       INTEGER PRIMARY KEY,
	hash     BLOB    NOT NULL,
	size     INTEGER NOT NULL,
	holders  INTEGER NOT NULL, -- mask of author.bit
	names    INTEGER NOT NULL, -- Name records of all authors
	own      INTEGER NOT NULL, -- files of this device's folders
	vault    INTEGER NOT NULL, -- vault files
	kept     INTEGER NOT NULL, -- Kept records of all authors
	gone     INTEGER NOT NULL, -- this device's user let it go
	want     INTEGER NOT NULL, -- may be fetched: wanted, not held here, held by some device
	verified INTEGER NOT NULL, -- Unix nanoseconds of the last hash pass here, 0 = unknown
	damaged  INTEGER NOT NULL DEFAULT 0, -- vault files whose bytes have changed by themselves
	pending  INTEGER NOT NULL DEFAULT 7, -- to be done: 1 read, 2 group, 4 look at; what is not held here is grouped only
	newest   INTEGER NOT NULL DEFAULT 0, -- Unix seconds, of the newest file that was ever it; 0 = unknown
	trashed  INTEGER NOT NULL DEFAULT 0  -- said.trashed: it counts nowhere, and is not fetched
) STRICT;
CREATE UNIQUE INDEX item_hash ON item (hash, size);
CREATE INDEX item_want ON item (holders, size >= 67108864, newest) WHERE want = 1;
CREATE INDEX item_nameless ON item (size) WHERE names = 0 AND vault > 0;
CREATE INDEX item_gone ON item (id) WHERE gone = 1;
CREATE INDEX item_unread ON item (id) WHERE holders & 1 = 1 AND pending & 3 != 0;
CREATE INDEX item_trashed ON item (id) WHERE trashed = 1;
CREATE INDEX item_unseen ON item (id) WHERE holders & 1 = 1 AND pending = 4;
CREATE INDEX item_strange ON item (id) WHERE holders & 1 = 0 AND holders != 0 AND pending & 2 != 0;
