-- A row is the words of a picture, by which it is found; of words.go's making. rowid:
-- picture.doc.
CREATE VIRTUAL TABLE search USING fts5(name, folder, camera, lens, place, said, facet,
	content='', contentless_delete=1, tokenize='ascii', prefix='2 3');
