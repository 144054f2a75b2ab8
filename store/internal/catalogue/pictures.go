package catalogue

import (
	"context"
	"strings"

	"homeroll/store/media"
)

// maxWord bounds, in bytes, what is kept of any text that a file says.
const maxWord = 256

// addPictures is what a catalogue without pictures lacks.
func addPictures(ctx context.Context, w *writer) error {
	for _, name := range []string{"picture", "bond", "word", "month", "reader"} {
		if err := addTable(name)(ctx, w); err != nil {
			return err
		}
	}
	return execute(`ALTER TABLE item ADD COLUMN pending INTEGER NOT NULL DEFAULT 7;
		CREATE INDEX item_unread ON item (id) WHERE holders & 1 = 1 AND pending & 3 != 0;
		CREATE INDEX item_unseen ON item (id) WHERE holders & 1 = 1 AND pending = 4`)(ctx, w)
}

// PutPictures records what was found out of items, and brings groups, capture
// times, timeline and counts up to date. What is not held here any more is
// left out.
func (c *Catalogue) PutPictures(ctx context.Context, all []Read, d Deriver) error {
	return c.change(ctx, relaxed, func(w *work) {
		ix := &indexing{work: w, deriver: d, rows: map[int64]*pictureRow{}, months: map[int64]int64{}, words: map[string]int64{}}
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
	months  map[int64]int64       // by how much their counts change
	words   map[string]int64
}

// put writes what was read of one item, and returns the items whose groups it
// may change.
func (ix *indexing) put(r *Read) (seeds []int64) {
	held, ok := rowOf(ix.work, scanInt, `SELECT holders & 1 FROM item WHERE id=? AND hash=? AND size=?`, r.Row, r.Item.ID[:], r.Item.Size)
	if !ok || held == 0 {
		return nil
	}
	row := ix.row(r.Row)
	if row == nil && r.Picture == nil {
		return nil
	}
	seeds = ix.mates(r.Row)
	if r.Picture != nil {
		ix.said(r, row)
		row = ix.row(r.Row)
	}
	if row == nil {
		return nil
	}
	ix.bind(row)
	ix.exec(`UPDATE item SET pending=pending & ~3 WHERE id=?`, r.Row)
	return append(seeds, r.Row)
}

// said writes what the bytes of an item say; what follows is kept until it is
// derived anew.
func (ix *indexing) said(r *Read, old *pictureRow) {
	p := r.Picture
	local, utc, offset := columnsOf(p.Taken)
	var latitude, longitude any
	if p.GPS != nil {
		latitude, longitude = p.GPS.Latitude, p.GPS.Longitude
	}
	if old == nil {
		ix.exec(`INSERT INTO picture (item, type, sidecar, width, height, orientation, make, model, lens, duration, motion, said_by,
			taken, taken_by, lead, kind, shown, note, noted) VALUES (?,0,0,0,0,0,0,0,0,0,0,0,?,0,?,0,0,0,0)`, r.Row, int64(undated), r.Row)
	}
	ix.exec(`UPDATE picture SET type=?, sidecar=?, width=?, height=?, orientation=?, make=?, model=?, lens=?, latitude=?, longitude=?,
		duration=?, motion=?, content=?, burst=?, title=?, said=?, said_utc=?, said_offset=?, said_by=? WHERE item=?`,
		ix.word(p.Type), r.Sidecar, p.Width, p.Height, p.Orientation, ix.word(p.Make), ix.word(p.Model), ix.word(p.Lens), latitude, longitude,
		int64(p.Duration), p.Motion, nullText(clip(p.ContentID)), nullText(clip(p.Burst)), nullText(clip(r.Title)),
		local, utc, offset, ix.word(p.Taken.Source), r.Row)
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

// derive writes what follows for a member, if it differs from what is stored.
func (ix *indexing) derive(row *pictureRow, d Derived, lead int64) {
	shown := lead == row.id && !row.sidecar
	local, utc, offset := columnsOf(d.Taken)
	was, wasUTC, wasOffset := columnsOf(row.taken)
	if shown == row.shown && lead == row.lead && d.Kind == row.kind && clip(d.Taken.Source) == row.taken.Source &&
		local == was && utc == wasUTC && offset == wasOffset {
		return
	}
	if row.shown {
		ix.months[monthOf(takenKey(row.taken))]--
	}
	if shown {
		ix.months[monthOf(takenKey(d.Taken))]++
	}
	ix.exec(`UPDATE picture SET taken=?, taken_utc=?, taken_offset=?, taken_by=?, lead=?, kind=?, shown=? WHERE item=?`,
		takenKey(d.Taken), utc, offset, ix.word(d.Taken.Source), lead, kindNumber(d.Kind), shown, row.id)
	delete(ix.rows, row.id)
}

func (ix *indexing) writeMonths() {
	for month, n := range ix.months {
		ix.countMonth(month, n)
	}
}

func (w *work) countMonth(month, n int64) {
	if n == 0 {
		return
	}
	w.exec(`INSERT INTO month (month, pictures) VALUES (?,?) ON CONFLICT DO UPDATE SET pictures=pictures+excluded.pictures`, month, n)
	w.exec(`DELETE FROM month WHERE month=? AND pictures=0`, month)
}

// dropPicture forgets what was read of an item that is held here no more. What
// may have been one picture with it is grouped anew.
func (w *work) dropPicture(id int64) {
	w.exec(`UPDATE item SET pending=7 WHERE id=?`, id)
	taken, ok := rowOf(w, func(r scanner) (t struct {
		at    int64
		shown bool
	}, err error) {
		err = r.Scan(&t.at, &t.shown)
		return t, err
	}, `SELECT taken, shown FROM picture WHERE item=?`, id)
	if !ok {
		return
	}
	w.exec(`UPDATE item SET pending=pending|2 WHERE id IN (SELECT b.item FROM bond a JOIN bond b ON b.key=a.key WHERE a.item=? AND b.item!=a.item)`, id)
	w.exec(`DELETE FROM bond WHERE item=?`, id)
	w.exec(`DELETE FROM picture WHERE item=?`, id)
	if taken.shown {
		w.countMonth(monthOf(taken.at), -1)
	}
}

// PutSeen records what came of looking at the pixels of items.
func (c *Catalogue) PutSeen(ctx context.Context, all []Seen) error {
	return c.change(ctx, relaxed, func(w *work) {
		for _, s := range all {
			var payload, look any
			if s.Payload != (media.ID{}) {
				payload = s.Payload[:]
			}
			if s.Looked {
				look = int64(s.Look)
			}
			w.exec(`UPDATE picture SET payload=?, look=?, note=?, noted=CASE WHEN note=? THEN noted ELSE ? END
				WHERE item=(SELECT id FROM item WHERE id=? AND hash=? AND size=?)`,
				payload, look, int(s.Note), int(s.Note), s.At.Unix(), s.Row, s.Item.ID[:], s.Item.Size)
			w.exec(`UPDATE item SET pending=pending & ~4 WHERE id=? AND hash=? AND size=? AND holders & 1 = 1`, s.Row, s.Item.ID[:], s.Item.Size)
		}
	})
}
