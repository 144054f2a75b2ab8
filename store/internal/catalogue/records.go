package catalogue

import (
	"crypto/sha256"
	"encoding/binary"
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

// statement is a record and what can be read from it.
type statement struct {
	record media.Record
	fp     media.Fingerprint
	v      any // nil if this version does not know its kind
}

func readStatement(r media.Record) (statement, error) {
	v, err := r.Decode()
	return statement{r, r.Fingerprint(), v}, err
}

func readStatements(records []media.Record) ([]statement, error) {
	all := make([]statement, len(records))
	for i, r := range records {
		var err error
		if all[i], err = readStatement(r); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// addRecord stores a record of another author and what it states, and reports
// whether it was absent. Records of unknown kinds state nothing here.
func (w *work) addRecord(by int, s *statement) bool {
	if _, there := w.stored(by, s.fp); there || w.err != nil {
		return false
	}
	switch v := s.v.(type) {
	case media.Name:
		it, key := w.item(v.Item), nameKey(w.state.authors[by].device, v.Folder, v.Path)
		w.insertRecord(by, s, it.id, key)
		it.cur.names++
		it.called = true
		it.cur.newest = max(it.cur.newest, v.MTime.Unix())
		w.newName(key, it)
	case media.Holding:
		it := w.item(v.Item)
		if v.IsPlain(s.record) {
			w.trie(by).add[s.fp] = addition{s.record, holdingRow(it.id)}
		} else {
			w.insertRecord(by, s, it.id, nil)
		}
		it.cur.holders |= 1 << by
	case media.Kept:
		it := w.item(v.Item)
		w.insertRecord(by, s, it.id, nil)
		it.cur.kept++
		it.called = true
	default:
		w.insertRecord(by, s, nil, nil)
	}
	return true
}

// statedItems returns the items that records speak of.
func statedItems(all []statement) []media.Item {
	seen := make(map[media.Item]bool, len(all))
	items := make([]media.Item, 0, len(all))
	for i := range all {
		if it, ok := statedItem(all[i].v); ok && !seen[it] {
			seen[it] = true
			items = append(items, it)
		}
	}
	return items
}

// insertRecord writes the row of a record that its author does not state yet.
func (w *work) insertRecord(by int, s *statement, item, key any) {
	id := w.newRecordID()
	w.records.add(w, id, by, int(s.record.Kind()), item, key, []byte(s.record))
	w.trie(by).add[s.fp] = addition{s.record, id}
	if m, ok := s.v.(media.Mark); ok {
		w.putMark(by, id, m)
	}
}

// holdingRow stands in a leaf for the row of a record that needs none: the plain
// Holding of an item, which is known from the item's row.
func holdingRow(item int64) int64 { return -item }

// heldItem returns the item of a holdingRow, and false for any other row.
func heldItem(row int64) (item int64, ok bool) { return -row, row < 0 }

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
	if item, ok := heldItem(id); ok {
		w.trie(by).removed(fp)
		w.holdings[holding{by, item}] = true
		return true
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
	if media.Kind(row.kind) == media.KindMark {
		w.dropMark(row.id)
	}
	if row.item == nil {
		return true
	}
	it := w.itemByID(*row.item)
	switch media.Kind(row.kind) {
	case media.KindName:
		it.cur.names--
		it.called = true
		w.keys[*row.key], w.withdrawn = true, true
	case media.KindHolding:
		w.holdings[holding{by, it.id}] = true
	case media.KindKept:
		it.cur.kept--
		it.called, w.withdrawn = true, true
	}
	return true
}

// settleHoldings clears the bits of holdings that no record states any more. Two
// records may state one holding: a later version of the program can say more
// in it, and both are there while a manifest is being walked.
func (w *work) settleHoldings() {
	for h := range w.holdings {
		it := w.itemByID(h.item)
		_, still := w.stored(h.author, media.Holding{Item: it.item}.Record().Fingerprint())
		if !still {
			_, still = rowOf(w, scanInt, `SELECT 1 FROM record WHERE item=? AND author=? AND kind=? LIMIT 1`, h.item, h.author, int(media.KindHolding))
		}
		if !still {
			it.cur.holders &^= 1 << h.author
		}
	}
}

// addOwn states v in this device's manifest, which does not state it yet or
// has just withdrawn it.
func (w *work) addOwn(v any) {
	s, err := stating(v)
	if err != nil {
		w.fail(err)
		return
	}
	if w.ownGone[s.fp] {
		delete(w.ownGone, s.fp)
		return
	}
	w.own[s.fp] = s
}

// dropOwn withdraws v.
func (w *work) dropOwn(v any) {
	s, err := stating(v)
	if err != nil {
		w.fail(err)
		return
	}
	w.dropOwnRecord(s.fp)
}

// stating returns the record that states v.
func stating(v any) (*statement, error) {
	if h, ok := v.(media.Holding); ok {
		if r := h.Record(); r != nil {
			return &statement{r, r.Fingerprint(), v}, nil
		}
	}
	r, err := media.EncodeRecord(v)
	if err != nil {
		return nil, err
	}
	return &statement{r, r.Fingerprint(), v}, nil
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
		if _, plain := heldItem(id); !ok || !plain && w.exec(`DELETE FROM record WHERE id=?`, id) != 1 {
			w.damaged("own record is missing")
			return
		}
		w.trie(self).removed(fp)
	}
	for _, fp := range slices.SortedFunc(maps.Keys(w.own), media.Fingerprint.Compare) {
		s := w.own[fp]
		switch v := s.v.(type) {
		case media.Holding:
			w.trie(self).add[fp] = addition{s.record, holdingRow(w.item(v.Item).id)}
		case media.Kept:
			w.insertRecord(self, s, w.item(v.Item).id, nil)
		case media.Name:
			if v.Folder == media.Uploads {
				w.insertRecord(self, s, w.item(v.Item).id, nil) // found again by its item
			} else {
				w.insertRecord(self, s, nil, nil)
			}
		default:
			w.insertRecord(self, s, nil, nil)
		}
	}
	w.records.flush(w)
}
