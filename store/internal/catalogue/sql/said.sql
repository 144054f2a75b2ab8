-- A row is what the marks that count say of an item, held here or not; item.hash
-- joins it, and item.trashed repeats trashed.
CREATE TABLE said (
	hash       BLOB    PRIMARY KEY,
	favourite  INTEGER NOT NULL,
	trashed    INTEGER NOT NULL,
	generation INTEGER NOT NULL, -- of the mark that trashed it last, 0 = none
	since      INTEGER NOT NULL, -- when this device learned of that one, Unix seconds
	caption    TEXT    NOT NULL  -- '' = none
) STRICT, WITHOUT ROWID;
CREATE INDEX said_favourite ON said (hash) WHERE favourite = 1;
CREATE INDEX said_trashed ON said (hash) WHERE trashed = 1;
CREATE INDEX said_caption ON said (hash) WHERE caption != '';
