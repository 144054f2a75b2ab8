-- The one row says which version of the readers the rows of picture are from.
CREATE TABLE reader (
	id   INTEGER PRIMARY KEY CHECK (id = 1),
	read INTEGER NOT NULL, -- of metadata
	look INTEGER NOT NULL  -- of pixels
) STRICT;
