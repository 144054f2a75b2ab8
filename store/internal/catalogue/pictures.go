package catalogue

import (
	"bytes"
	"context"
	"strings"

	"homeroll/store/media"
)

// maxWord bounds, in bytes, what is kept of any text that a file says.
const maxWord = 256

// addPictures is what a catalogue without pictures lacks.
func addPictures(ctx context.Context, w *writer) error {
	for _, name := range []string{"picture", "bond", "word", "month", "reader", "search"} {
		if err := addTable(name)(ctx, w); err != nil {
			return err
		}
	}
	return execute(`ALTER TABLE item ADD COLUMN pending INTEGER NOT NULL DEFAULT 7;
		CREATE INDEX item_unread ON item (id) WHERE holders & 1 = 1 AND pending & 3 != 0;
		CREATE INDEX item_unseen ON item (id) WHERE holders & 1 = 1 AND pending = 4;
		CREATE INDEX item_strange ON item (id) WHERE holders & 1 = 0 AND holders != 0 AND pending & 2 != 0`)(ctx, w)
}

// PutPictures records what was found out of items, and brings groups, capture
// times, timeline and counts up to date. What nobody holds any more is left out,
// and so is what was read of items that have gone or come since.
func (c *Catalogue) PutPictures(ctx context.Context, all []Read, d Deriver) error {
	return c.change(ctx, relaxed, func(w *work) {
		ix := w.indexing(d)
		var seeds []int64
		for i := range all {
			seeds = append(seeds, ix.put(&all[i])...)
		}
		ix.regroup(seeds)
		ix.writeMonths()
	})
}

// indexing is the part of a transaction that changes pictures.
type indexing struct {
	*work
	deriver Deriver
	rows    map[int64]*pictureRow // loaded, by item.id
	months  map[int64]monthCount  // by how much they change
	words   map[string]int64
	labels  map[origin]string
}

// indexing begins to change pictures; writeMonths ends it.
func (w *work) indexing(d Deriver) *indexing {
	return &indexing{work: w, deriver: d, rows: map[int64]*pictureRow{}, months: map[int64]monthCount{}, words: map[string]int64{}, labels: map[origin]string{}}
}

// put writes what was read of one item, and returns the items whose groups it
// may change.
func (ix *indexing) put(r *Read) (seeds []int64) {
	holders, ok := rowOf(ix.work, scanInt, `SELECT holders FROM item WHERE id=? AND hash=? AND size=?`, r.Row, r.Item.ID[:], r.Item.Size)
	if held := holders&(1<<self) != 0; !ok || holders == 0 || held && r.Lent != Own {
		return nil
	}
	row := ix.row(r.Row)
	if row == nil && r.Picture == nil {
		return nil
	}
	seeds = ix.mates(r.Row)
	if r.Picture != nil && (row == nil || r.Lent == Own || row.lent != Own && r.Lent >= row.lent) {
		ix.said(r, row, holders)
		row = ix.row(r.Row)
	}
	if row == nil {
		return nil
	}
	ix.bind(row)
	ix.exec(`UPDATE picture SET stale=1 WHERE item=? OR item=?`, row.id, row.lead)
	done := 3
	if r.Lent != Own {
		done = 2
	}
	ix.exec(`UPDATE item SET pending=pending & ~? WHERE id=?`, done, r.Row)
	return append(seeds, r.Row)
}

// said writes what the bytes of an item say; what follows is kept until it is
// derived anew.
func (ix *indexing) said(r *Read, old *pictureRow, holders int64) {
	p := r.Picture
	local, utc, offset := columnsOf(p.Taken)
	var latitude, longitude any
	if p.GPS != nil {
		latitude, longitude = p.GPS.Latitude, p.GPS.Longitude
	}
	if old == nil {
		hidden, favourite := ix.saidOf(r.Item.ID)
		ix.exec(`INSERT INTO picture (item, type, sidecar, width, height, orientation, make, model, lens, duration, motion, said_by,
			taken, taken_by, lead, kind, shown, note, noted, lent, held, hidden, favourite, members, month, ratio, tile, place, doc, stale)
			VALUES (?,0,0,0,0,0,0,0,0,0,0,0,?,0,?,0,0,0,0,0,?,?,?,1,0,0,x'',0,0,1)`, r.Row, int64(undated), r.Row, holders&(1<<self) != 0, hidden, favourite)
	}
	ix.exec(`UPDATE picture SET type=?, sidecar=?, width=?, height=?, orientation=?, make=?, model=?, lens=?, latitude=?, longitude=?,
		duration=?, motion=?, content=?, burst=?, title=?, said=?, said_utc=?, said_offset=?, said_by=?, lent=?, place=? WHERE item=?`,
		ix.word(p.Type), r.Sidecar, p.Width, p.Height, p.Orientation, ix.word(p.Make), ix.word(p.Model), ix.word(p.Lens), latitude, longitude,
		int64(p.Duration), p.Motion, nullText(clip(p.ContentID)), nullText(clip(p.Burst)), nullText(clip(r.Title)),
		local, utc, offset, ix.word(p.Taken.Source), int(r.Lent), ix.word(r.Place), r.Row)
	if len(r.Thumb) > 0 && len(r.Thumb) <= maxThumb {
		ix.exec(`UPDATE picture SET thumb=? WHERE item=?`, r.Thumb, r.Row)
	}
	delete(ix.rows, r.Row)
}

// word returns the number of a text.
func (ix *indexing) word(text string) int64 {
	text = clip(text)
	if text == "" {
		return 0
	}
	if id, ok := ix.words[text]; ok {
		return id
	}
	ix.exec(`INSERT OR IGNORE INTO word (text) VALUES (?)`, text)
	id, _ := rowOf(ix.work, scanInt, `SELECT id FROM word WHERE text=?`, text)
	ix.words[text] = id
	return id
}

func clip(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= maxWord {
		return text
	}
	return strings.ToValidUTF8(text[:maxWord], "")
}

// row returns a picture, nil if there is none.
func (ix *indexing) row(id int64) *pictureRow {
	if row, ok := ix.rows[id]; ok {
		return row
	}
	row, _ := rowOf(ix.work, scanPictureRow, selectPicture+` WHERE p.item=?`, id)
	ix.rows[id] = row
	return row
}

// write stores what follows for a picture, if it differs from what is stored, and
// counts it where it now belongs.
func (ix *indexing) write(row *pictureRow, next pictureRow) {
	next.shown = next.lead == next.id && !next.sidecar && !next.hidden
	next.month, next.ratio = monthOf(takenKey(next.taken)), ratioOf(&next.picture)
	next.tile = ix.tile(&next)
	local, utc, offset := columnsOf(next.taken)
	was, wasUTC, wasOffset := columnsOf(row.taken)
	if next.shown == row.shown && next.lead == row.lead && next.kind == row.kind && clip(next.taken.Source) == row.taken.Source &&
		local == was && utc == wasUTC && offset == wasOffset && next.members == row.members && next.month == row.month && next.ratio == row.ratio &&
		next.hidden == row.hidden && next.favourite == row.favourite && bytes.Equal(next.tile, row.tile) {
		return
	}
	if row.shown {
		ix.count(row.month, -1, -row.ratio)
	}
	if next.shown {
		ix.count(next.month, 1, next.ratio)
	}
	if row.doc != 0 && (row.hidden != next.hidden || row.shown != next.shown) {
		ix.exec(`DELETE FROM search WHERE rowid=?`, row.doc)
		next.doc = 0
	}
	ix.exec(`UPDATE picture SET stale=1 WHERE item=? OR item=?`, row.lead, next.lead)
	ix.exec(`UPDATE picture SET taken=?, taken_utc=?, taken_offset=?, taken_by=?, lead=?, kind=?, shown=?, hidden=?, favourite=?, members=?,
		month=?, ratio=?, thumb=?, tile=?, doc=?, stale=1 WHERE item=?`,
		takenKey(next.taken), utc, offset, ix.word(next.taken.Source), next.lead, kindNumber(next.kind), next.shown, next.hidden, next.favourite, next.members,
		next.month, next.ratio, next.thumb, next.tile, next.doc, row.id)
	delete(ix.rows, row.id)
}

// showSaid has a picture be shown as what is said of its item wants it, if there
// is one.
func (w *work) showSaid(id int64) {
	ix := w.indexing(nil)
	if row := ix.row(id); row != nil {
		next := *row
		next.hidden, next.favourite = w.saidOf(row.item.ID)
		ix.write(row, next)
		w.exec(`UPDATE picture SET stale=1 WHERE item=? OR item=?`, id, next.lead)
		w.shows(next.month)
	}
	ix.writeMonths()
}

// showSaidOf is showSaid for all items of a hash.
func (w *work) showSaidOf(id media.ID) {
	for _, row := range rowsOf(w, scanInt, `SELECT id FROM item WHERE hash=?`, id[:]) {
		w.showSaid(row)
	}
}

// saidOf returns whether an item is in the trash, and a favourite.
func (w *work) saidOf(id media.ID) (hidden, favourite bool) {
	said, _ := rowOf(w, scanSaid, selectSaid+` WHERE hash=?`, id[:])
	return said.trashed, said.favourite
}

// monthCount is a number of pictures and the sum of their ratios.
type monthCount struct{ pictures, ratio int64 }

func (ix *indexing) count(month, pictures, ratio int64) {
	n := ix.months[month]
	ix.months[month] = monthCount{n.pictures + pictures, n.ratio + ratio}
}

func (ix *indexing) writeMonths() {
	for month, n := range ix.months {
		ix.countMonth(month, n)
	}
}

func (w *work) countMonth(month int64, n monthCount) {
	w.shows(month)
	if n == (monthCount{}) {
		return
	}
	w.exec(`INSERT INTO month (month, pictures, ratio) VALUES (?,?,?)
		ON CONFLICT DO UPDATE SET pictures=pictures+excluded.pictures, ratio=ratio+excluded.ratio`, month, n.pictures, n.ratio)
	w.exec(`DELETE FROM month WHERE month=? AND pictures=0`, month)
}

// dropPicture forgets what is known of an item that nobody holds. What may have
// been one picture with it is grouped anew.
func (w *work) dropPicture(id int64) {
	w.exec(`UPDATE item SET pending=7 WHERE id=?`, id)
	row, ok := rowOf(w, scanPictureRow, selectPicture+` WHERE p.item=?`, id)
	if !ok {
		return
	}
	w.regroupMates(id)
	w.exec(`DELETE FROM bond WHERE item=?`, id)
	w.exec(`DELETE FROM picture WHERE item=?`, id)
	w.exec(`DELETE FROM search WHERE rowid=?`, row.doc)
	if row.shown {
		w.countMonth(row.month, monthCount{-1, -row.ratio})
	}
}

func (w *work) regroupMates(id int64) {
	w.exec(`UPDATE item SET pending=pending|2 WHERE id IN (SELECT b.item FROM bond a JOIN bond b ON b.key=a.key WHERE a.item=? AND b.item!=a.item)`, id)
}

// moveHere says of a picture that it is held here now, or by others only.
func (w *work) moveHere(id int64, held bool) {
	row, ok := rowOf(w, scanPictureRow, selectPicture+` WHERE p.item=?`, id)
	if !ok {
		return
	}
	w.exec(`UPDATE picture SET held=?, note=0 WHERE item=?`, held, id)
	if row.shown {
		w.shows(row.month)
	}
}

// PutSeen records what came of looking at the pixels of items.
func (c *Catalogue) PutSeen(ctx context.Context, all []Seen) error {
	return c.change(ctx, relaxed, func(w *work) {
		ix := w.indexing(nil)
		for i := range all {
			ix.seen(&all[i])
		}
		ix.writeMonths()
	})
}

func (ix *indexing) seen(s *Seen) {
	var payload, look any
	if s.Payload != (media.ID{}) {
		payload = s.Payload[:]
	}
	if s.Looked {
		look = int64(s.Look)
	}
	ix.exec(`UPDATE picture SET payload=?, look=?, note=?, noted=CASE WHEN note=? THEN noted ELSE ? END
		WHERE item=(SELECT id FROM item WHERE id=? AND hash=? AND size=?)`,
		payload, look, int(s.Note), int(s.Note), s.At.Unix(), s.Row, s.Item.ID[:], s.Item.Size)
	ix.exec(`UPDATE item SET pending=pending & ~4 WHERE id=? AND hash=? AND size=? AND holders & 1 = 1`, s.Row, s.Item.ID[:], s.Item.Size)
	if row := ix.row(s.Row); row != nil && row.item == s.Item {
		ix.putThumb(s.Row, s.Thumb)
	}
}

// PutThumb records the thumbhash of an item's preview, if it has a picture.
func (c *Catalogue) PutThumb(ctx context.Context, id media.ID, thumb []byte) error {
	if len(thumb) == 0 {
		return nil
	}
	return c.change(ctx, relaxed, func(w *work) {
		ix := w.indexing(nil)
		for _, row := range rowsOf(w, scanInt, `SELECT id FROM item WHERE hash=?`, id[:]) {
			ix.putThumb(row, thumb)
		}
		ix.writeMonths()
	})
}

func (ix *indexing) putThumb(id int64, thumb []byte) {
	row := ix.row(id)
	if row == nil || len(thumb) == 0 || len(thumb) > maxThumb {
		return
	}
	next := *row
	next.thumb = thumb
	ix.write(row, next)
}
