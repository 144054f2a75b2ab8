-- A row is an item, held here or not, that is in an album; the album may be a
-- deleted one.
CREATE TABLE album_item (
	album BLOB NOT NULL, -- album.id
	hash  BLOB NOT NULL, -- item.hash
	PRIMARY KEY (album, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX album_item_hash ON album_item (hash);
