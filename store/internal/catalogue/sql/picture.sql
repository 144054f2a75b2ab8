-- A row is what is known of an item that some device holds, and what follows from
-- it: read here, told by another device, or guessed from its names (lent).
-- Wall clocks are nanoseconds since 1970 as if in UTC, offsets seconds east.
-- said_*: what the bytes say of the time; taken*: what was chosen from all that
-- says something, taken being the least integer if nothing does. 0 as a word is "".
CREATE TABLE picture (
	item        INTEGER PRIMARY KEY, -- item.id
	type        INTEGER NOT NULL,    -- word.id, like make, model, lens, said_by, taken_by
	sidecar     INTEGER NOT NULL,    -- nothing to be looked at
	width       INTEGER NOT NULL,
	height      INTEGER NOT NULL,
	orientation INTEGER NOT NULL,
	make        INTEGER NOT NULL,
	model       INTEGER NOT NULL,
	lens        INTEGER NOT NULL,
	latitude    REAL,
	longitude   REAL,
	duration    INTEGER NOT NULL,    -- nanoseconds
	motion      INTEGER NOT NULL,
	content     TEXT,                -- of a Live Photo
	burst       TEXT,
	title       TEXT,                -- a sidecar's, of the picture that it is about
	said        INTEGER,
	said_utc    INTEGER,
	said_offset INTEGER,
	said_by     INTEGER NOT NULL,
	taken       INTEGER NOT NULL,
	taken_utc    INTEGER,
	taken_offset INTEGER,
	taken_by    INTEGER NOT NULL,
	lead        INTEGER NOT NULL,    -- item.id: of its group what is shown
	kind        INTEGER NOT NULL,    -- of the group, 0 = in none
	shown       INTEGER NOT NULL,    -- has a place in the timeline
	payload     BLOB,
	look        INTEGER,
	note        INTEGER NOT NULL,    -- why it cannot be shown, 0 = it can
	noted       INTEGER NOT NULL,    -- since when, Unix seconds
	lent        INTEGER NOT NULL,    -- 0 read here, 1 guessed from names, 2 told by another device
	held        INTEGER NOT NULL,    -- here
	hidden      INTEGER NOT NULL,    -- in the trash: not shown
	favourite   INTEGER NOT NULL,
	members     INTEGER NOT NULL,    -- of the group, itself included
	month       INTEGER NOT NULL,    -- where it counts if it is shown: month.month
	ratio       INTEGER NOT NULL,    -- with what it counts there: width / height in 1/1024
	thumb       BLOB,                -- thumbhash
	tile        BLOB NOT NULL,       -- what a row of the timeline needs: tile.go
	place       INTEGER NOT NULL,    -- word.id: the town, and after a tab another name of its country
	doc         INTEGER NOT NULL,    -- search.rowid, 0 = none
	stale       INTEGER NOT NULL     -- search is to be written anew
) STRICT;
CREATE INDEX picture_taken ON picture (taken, item, held, favourite, tile) WHERE shown = 1;
CREATE INDEX picture_hidden ON picture (taken, item) WHERE hidden = 1;
CREATE INDEX picture_lead ON picture (lead) WHERE kind != 0;
CREATE INDEX picture_note ON picture (item) WHERE note != 0;
CREATE INDEX picture_payload ON picture (substr(payload, 1, 8)) WHERE payload IS NOT NULL;
CREATE INDEX picture_look0 ON picture (look & 65535) WHERE look IS NOT NULL;
CREATE INDEX picture_look1 ON picture (look >> 16 & 65535) WHERE look IS NOT NULL;
CREATE INDEX picture_look2 ON picture (look >> 32 & 65535) WHERE look IS NOT NULL;
CREATE INDEX picture_look3 ON picture (look >> 48 & 65535) WHERE look IS NOT NULL;
CREATE INDEX picture_stale ON picture (item) WHERE stale = 1;
CREATE INDEX picture_favourite ON picture (taken, item) WHERE favourite = 1;
CREATE INDEX picture_place ON picture (latitude, longitude, taken, item) WHERE latitude IS NOT NULL AND shown = 1;
CREATE INDEX picture_facets ON picture (make, model, lens, type, place) WHERE shown = 1;
