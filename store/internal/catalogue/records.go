package catalogue

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"homeroll/store/media"
)

// nameKey identifies a name as such, whatever content it stands for. It is a
// hint for an index: what is found by it is compared in full.
func nameKey(d media.Device, f media.FolderID, path string) int64 {
	b := make([]byte, 0, len(d)+1+len(f)+len(path))
	b = append(append(b, d...), 0)
	b = append(append(b, f[:]...), path...)
	sum := sha256.Sum256(b)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// addRecord stores a record of another author and what it states, and reports
// whether it was absent. Records of unknown kinds state nothing here.
func (w *work) addRecord(by int, r media.Record) bool {
	v, err := r.Decode()
	if err != nil {
		w.fail(fmt.Errorf("record of %s: %w", w.state.authors[by].device.Short(), err))
		return false
	}
	fp := r.Fingerprint()
	if _, there := w.stored(by, fp); there || w.err != nil {
		return false
	}
	var item, key any
	if it, ok := statedItem(v); ok {
		item = w.item(it).id
	}
	if n, ok := v.(media.Name); ok {
		key = nameKey(w.state.authors[by].device, n.Folder, n.Path)
	}
	w.insertRecord(by, fp, r, item, key)
	switch v := v.(type) {
	case media.Name:
		s := &w.item(v.Item).cur
		s.names++
		s.newest = max(s.newest, v.MTime.Unix())
		w.keys[key.(int64)] = true
	case media.Holding:
		w.item(v.Item).cur.holders |= 1 << by
	case media.Kept:
		w.item(v.Item).cur.kept++
	}
	return true
}

// statedItems returns the items that records speak of; what cannot be decoded is
// left to those who add it.
func statedItems(records []media.Record) []media.Item {
	seen := make(map[media.Item]bool, len(records))
	items := make([]media.Item, 0, len(records))
	for _, r := range records {
		v, err := r.Decode()
		if it, ok := statedItem(v); ok && err == nil && !seen[it] {
			seen[it] = true
			items = append(items, it)
		}
	}
	return items
}

// insertRecord writes the row of a record that its author does not state yet.
func (w *work) insertRecord(by int, fp media.Fingerprint, r media.Record, item, key any) {
	id := w.newRecordID()
	w.records.add(w, id, by, int(r.Kind()), item, key, []byte(r))
	w.trie(by).add[fp] = addition{r, id}
}

func (w *work) newRecordID() int64 {
	if w.nextRecord == 0 {
		w.nextRecord, _ = rowOf(w, scanInt, `SELECT coalesce(max(id), 0) + 1 FROM record`)
	}
	w.nextRecord++
	return w.nextRecord - 1
}

func statedItem(v any) (media.Item, bool) {
	switch v := v.(type) {
	case media.Name:
		return v.Item, true
	case media.Holding:
		return v.Item, true
	case media.Kept:
		return v.Item, true
	}
	return media.Item{}, false
}

// recordRow is what removal needs of a row.
type recordRow struct {
	id, kind  int64
	item, key *int64
	unplaced  int64
}

// removeRecord removes a record of another author and what it stated, and
// reports whether it was there.
func (w *work) removeRecord(by int, fp media.Fingerprint) bool {
	w.records.flush(w)
	id, ok := w.stored(by, fp)
	if !ok {
		return false
	}
	row, ok := rowOf(w, func(r scanner) (row recordRow, err error) {
		err = r.Scan(&row.id, &row.kind, &row.item, &row.key, &row.unplaced)
		return row, err
	}, `SELECT id, kind, item, key, unplaced FROM record WHERE id=?`, id)
	if !ok {
		w.damaged("record %d of a leaf is missing", id)
		return false
	}
	w.exec(`DELETE FROM record WHERE id=?`, row.id)
	w.trie(by).removed(fp)
	w.state.counts.unplaced -= row.unplaced
	if row.item == nil {
		return true
	}
	it := w.itemByID(*row.item)
	switch media.Kind(row.kind) {
	case media.KindName:
		it.cur.names--
		w.keys[*row.key], w.withdrawn = true, true
	case media.KindHolding:
		w.holdings[holding{by, it.id}] = true
	case media.KindKept:
		it.cur.kept--
		w.withdrawn = true
	}
	return true
}

// settleHoldings clears the bits of holdings that no record states any more. Two
// records may state one holding: a later version of the program can say more
// in it, and both are there while a manifest is being walked.
func (w *work) settleHoldings() {
	for h := range w.holdings {
		_, still := rowOf(w, scanInt, `SELECT 1 FROM record WHERE item=? AND author=? AND kind=? LIMIT 1`, h.item, h.author, int(media.KindHolding))
		if !still {
			w.itemByID(h.item).cur.holders &^= 1 << h.author
		}
	}
}

// addOwn states v in this device's manifest, which does not state it yet or
// has just withdrawn it.
func (w *work) addOwn(v any) {
	r, err := media.EncodeRecord(v)
	if err != nil {
		w.fail(err)
		return
	}
	fp := r.Fingerprint()
	if w.ownGone[fp] {
		delete(w.ownGone, fp)
		return
	}
	w.own[fp] = r
}

// dropOwn withdraws v.
func (w *work) dropOwn(v any) {
	r, err := media.EncodeRecord(v)
	if err != nil {
		w.fail(err)
		return
	}
	w.dropOwnRecord(r.Fingerprint())
}

func (w *work) dropOwnRecord(fp media.Fingerprint) {
	if _, ok := w.own[fp]; ok {
		delete(w.own, fp)
		return
	}
	w.ownGone[fp] = true
}

// writeOwn writes the rows of this device's records.
func (w *work) writeOwn() {
	for fp := range w.ownGone {
		id, ok := w.stored(self, fp)
		if !ok || w.exec(`DELETE FROM record WHERE id=?`, id) != 1 {
			w.damaged("own record is missing")
			return
		}
		w.trie(self).removed(fp)
	}
	for _, fp := range slices.SortedFunc(maps.Keys(w.own), media.Fingerprint.Compare) {
		r := w.own[fp]
		var item any
		if r.Kind() == media.KindKept {
			v, err := r.Decode()
			if err != nil {
				w.fail(err)
				return
			}
			item = w.item(v.(media.Kept).Item).id
		}
		w.insertRecord(self, fp, r, item, nil)
	}
	w.records.flush(w)
}
