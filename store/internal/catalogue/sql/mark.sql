-- A row is a Mark record of any device, of removed ones too. subject says what it is
-- about, rank orders the marks of one subject: the last of them counts (media.Mark).
CREATE TABLE mark (
	record  INTEGER PRIMARY KEY, -- record.id
	author  INTEGER NOT NULL,    -- author.bit
	subject BLOB    NOT NULL,
	rank    BLOB    NOT NULL
) STRICT;
CREATE INDEX mark_subject ON mark (subject, rank);
CREATE INDEX mark_author ON mark (author, record);
