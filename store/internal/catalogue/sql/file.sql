-- A row is a file of a watched folder of this device as it was when hashed.
CREATE TABLE file (
	id     INTEGER PRIMARY KEY,
	folder INTEGER NOT NULL, -- folder.id
	path   BLOB    NOT NULL, -- in the folder, slashes, bytes as the filesystem gave them
	item   INTEGER NOT NULL, -- item.id
	mtime  INTEGER NOT NULL, -- Unix seconds
	nanos  INTEGER NOT NULL, -- and nanoseconds
	ctime  INTEGER NOT NULL, -- Unix nanoseconds, 0 = unknown
	inode  INTEGER NOT NULL, -- 0 = unknown
	damaged INTEGER NOT NULL DEFAULT 0 -- its bytes are no longer the item's, though nobody wrote to it
) STRICT;
CREATE UNIQUE INDEX file_path ON file (folder, path);
CREATE INDEX file_item ON file (item, folder);
CREATE INDEX file_inode ON file (inode) WHERE inode != 0;
CREATE INDEX file_damaged ON file (id) WHERE damaged = 1;
