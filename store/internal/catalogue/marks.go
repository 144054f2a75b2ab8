package catalogue

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"time"

	"homeroll/store/media"
)

// addMarks is what a catalogue without marks lacks.
func addMarks(ctx context.Context, w *writer) error {
	for _, name := range []string{"mark", "said", "album", "album_item"} {
		if err := addTable(name)(ctx, w); err != nil {
			return err
		}
	}
	return execute(`ALTER TABLE item ADD COLUMN trashed INTEGER NOT NULL DEFAULT 0;
		CREATE INDEX item_trashed ON item (id) WHERE trashed = 1`)(ctx, w)
}

// putMark writes the row of a mark, whose record is written.
func (w *work) putMark(by int, record int64, m media.Mark) {
	subject := m.Subject()
	w.exec(`INSERT INTO mark (record, author, subject, rank) VALUES (?,?,?,?)`, record, by, subject, m.Rank(w.state.authors[by].device))
	w.subjects[string(subject)] = true
}

// dropMark removes it, with its record.
func (w *work) dropMark(record int64) {
	subject, ok := rowOf(w, scanBytes, `SELECT subject FROM mark WHERE record=?`, record)
	if !ok {
		return // of a later version
	}
	w.exec(`DELETE FROM mark WHERE record=?`, record)
	w.subjects[string(subject)] = true
}

// winner returns the mark of a subject that counts, and false if there is none.
func (w *work) winner(subject []byte) (media.Mark, bool) {
	body, ok := rowOf(w, scanBytes, `SELECT r.body FROM mark m JOIN record r ON r.id=m.record WHERE m.subject=? ORDER BY m.rank DESC LIMIT 1`, subject)
	if !ok {
		return media.Mark{}, false
	}
	return w.markOf(body), true
}

func (w *work) markOf(body []byte) media.Mark {
	v, err := media.Record(body).Decode()
	m, ok := v.(media.Mark)
	if err != nil || !ok {
		w.damaged("a record is not the mark it was: %v", err)
	}
	return m
}

// settleMarks brings up to date what follows from the marks of each subject that
// something happened to.
func (w *work) settleMarks() {
	if len(w.subjects) == 0 {
		return
	}
	w.records.flush(w)
	fresh := w.freshItems()
	for _, subject := range slices.Sorted(maps.Keys(w.subjects)) {
		m, ok := w.winner([]byte(subject))
		if !ok {
			m = emptyMark([]byte(subject))
		}
		switch m.About {
		case media.AboutFavourite, media.AboutCaption, media.AboutTrash:
			w.settleSaid(m, fresh[m.Item])
		case media.AboutAlbum:
			w.settleAlbum(m)
			w.shows(0)
		case media.AboutEntry:
			w.exec(`DELETE FROM album_item WHERE album=? AND hash=?`, m.Album[:], m.Item[:])
			if m.On {
				w.exec(`INSERT INTO album_item (album, hash) VALUES (?,?)`, m.Album[:], m.Item[:])
			}
			w.shows(0) // of searches: of no month
		}
	}
	w.signal = true
}

// emptyMark is what holds of a subject of which nothing is said.
func emptyMark(subject []byte) media.Mark {
	m := media.Mark{About: media.About(subject[0])}
	rest := subject[1:]
	if m.About == media.AboutAlbum || m.About == media.AboutEntry {
		rest = rest[copy(m.Album[:], rest):]
	}
	copy(m.Item[:], rest)
	return m
}

func (w *work) settleAlbum(m media.Mark) {
	if !m.On {
		w.exec(`DELETE FROM album WHERE id=?`, m.Album[:])
		return
	}
	var cover any
	if !m.Cover.IsZero() {
		cover = m.Cover[:]
	}
	w.exec(`INSERT OR REPLACE INTO album (id, title, cover, maker) VALUES (?,?,?,?)`, m.Album[:], m.Text, cover, string(m.Maker))
}

// saidRow is a row of the table said.
type saidRow struct {
	favourite, trashed bool
	generation, since  int64
	caption            string
}

func scanSaid(r scanner) (s saidRow, err error) {
	err = r.Scan(&s.favourite, &s.trashed, &s.generation, &s.since, &s.caption)
	return s, err
}

const selectSaid = `SELECT favourite, trashed, generation, since, caption FROM said`

// settleSaid writes what is said of an item. fresh are its rows that are not
// written yet.
func (w *work) settleSaid(m media.Mark, fresh []*itemRow) {
	before, _ := rowOf(w, scanSaid, selectSaid+` WHERE hash=?`, m.Item[:])
	now := before
	switch m.About {
	case media.AboutFavourite:
		now.favourite = m.On
	case media.AboutCaption:
		now.caption = m.Text
	case media.AboutTrash:
		now.trashed = m.On
		// The same mark again, as after a walk of the manifest that it is in, was learned of before.
		if generation := int64(m.Generation); m.On && generation != before.generation {
			now.generation, now.since = generation, time.Now().Unix()
		}
	}
	if now == before {
		return
	}
	w.exec(`DELETE FROM said WHERE hash=?`, m.Item[:])
	if now != (saidRow{}) {
		w.exec(`INSERT INTO said (hash, favourite, trashed, generation, since, caption) VALUES (?,?,?,?,?,?)`,
			m.Item[:], now.favourite, now.trashed, now.generation, now.since, now.caption)
	}
	if now.trashed != before.trashed {
		w.trash(m.Item, now.trashed, fresh)
	} else {
		w.showSaidOf(m.Item)
	}
}

// freshItems returns the rows that are not written yet.
func (w *work) freshItems() map[media.ID][]*itemRow {
	fresh := map[media.ID][]*itemRow{}
	for _, it := range w.items {
		if !it.stored {
			fresh[it.item.ID] = append(fresh[it.item.ID], it)
		}
	}
	return fresh
}

// isTrashed reports whether the marks that are settled have put an item into the trash.
func (w *work) isTrashed(id media.ID) bool {
	if w.noTrash {
		return false
	}
	if _, any := rowOf(w, scanInt, `SELECT 1 FROM said WHERE trashed=1 AND hash>x'' LIMIT 1`); !any {
		w.noTrash = w.err == nil
		return false
	}
	_, trashed := rowOf(w, scanInt, `SELECT 1 FROM said WHERE hash=? AND trashed=1`, id[:])
	return trashed
}

// trash takes an item out of all that is counted, placed and shown, or back into it.
func (w *work) trash(id media.ID, trashed bool, fresh []*itemRow) {
	w.noTrash = false
	w.trashings++
	for _, row := range rowsOf(w, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE hash=?`, id[:]) {
		it := w.itemByID(row.id)
		it.cur.trashed = trashed
		for _, key := range rowsOf(w, scanInt, `SELECT key FROM record WHERE item=?1 AND key IS NOT NULL UNION SELECT key FROM vault_file WHERE item=?1`, it.id) {
			w.keys[key] = true
		}
		w.showTrashed(it.id)
	}
	for _, it := range fresh {
		it.cur.trashed = trashed
	}
}

// showTrashed takes a picture out of the timeline, or back into it. What may be one
// picture with it is grouped anew.
func (w *work) showTrashed(id int64) {
	w.exec(`UPDATE item SET pending=pending|2 WHERE id=?1 OR id IN (SELECT b.item FROM bond a JOIN bond b ON b.key=a.key WHERE a.item=?1)`, id)
	w.showSaid(id)
}

// placed reports whether names of the item are to have files in the vault.
func (s itemState) placed() bool { return s.held() && !s.trashed }

// ownMark returns this device's own record of a subject, and false if it states none.
func (w *work) ownMark(subject []byte) (record int64, body []byte, ok bool) {
	type own struct {
		id   int64
		body []byte
	}
	row, ok := rowOf(w, func(r scanner) (o own, err error) {
		err = r.Scan(&o.id, &o.body)
		return o, err
	}, `SELECT r.id, r.body FROM mark m JOIN record r ON r.id=m.record WHERE m.subject=? AND m.author=? ORDER BY m.rank DESC LIMIT 1`, subject, self)
	return row.id, row.body, ok
}

// state states a mark in this device's manifest, instead of what it said of the
// subject before.
func (w *work) stateMark(m media.Mark) {
	s, err := stating(m)
	if err != nil {
		w.fail(err)
		return
	}
	record, body, stated := w.ownMark(m.Subject())
	if stated && bytes.Equal(body, s.record) {
		return
	}
	if stated {
		w.dropOwnRecord(media.Record(body).Fingerprint())
		w.dropMark(record)
	}
	w.addOwn(m)
	w.subjects[string(m.Subject())] = true
}
