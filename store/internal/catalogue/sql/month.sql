-- A row counts the rows of the timeline in a month of the wall clock.
CREATE TABLE month (
	month    INTEGER PRIMARY KEY, -- 12 × year + month - 1, 0 = unknown
	pictures INTEGER NOT NULL,
	ratio    INTEGER NOT NULL     -- the sum of picture.ratio
) STRICT;
