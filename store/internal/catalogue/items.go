package catalogue

import (
	"bytes"
	"maps"
	"slices"

	"homeroll/store/media"
)

// itemRow is a row of the table item within a transaction.
type itemRow struct {
	id       int64
	item     media.Item
	renamed  bool      // files of it came or went
	called   bool      // names of it by others came or went
	cur, old itemState // old is as stored, zero for a new row
	stored   bool
	letGo    bool // a file of this device's folders was withdrawn
	rotten   bool // a damaged one was put
}

type itemState struct {
	holders                 uint64
	names, own, vault, kept int64
	gone                    bool
	verified, damaged       int64
	newest                  int64 // Unix seconds
	trashed                 bool
}

// live reports whether anything refers to the item.
func (s itemState) live() bool {
	return s.holders != 0 || s.names > 0 || s.own > 0 || s.vault > 0 || s.kept > 0 || s.damaged > 0 || s.gone
}

// held reports whether this device holds the item.
func (s itemState) held() bool { return s.own > 0 || s.vault > 0 }

// strange reports whether only other devices hold the item.
func (s itemState) strange() bool { return s.holders != 0 && !s.held() }

// wanted reports whether this device may have the item: its user did not let it
// go, or another device names it.
func (s itemState) wanted() bool { return !s.gone || s.names > s.own }

// want reports whether the item can be fetched.
func (s itemState) want() bool {
	return s.wanted() && !s.trashed && s.holders != 0 && s.holders&(1<<self) == 0
}

// onlyHolders reports whether s differs from old in nothing but who holds the item:
// most changes are that other devices have received what is held here.
func (s itemState) onlyHolders(old itemState) bool {
	old.holders = s.holders
	return s == old
}

// tallyKey is a row of the table tally.
type tallyKey struct {
	holders       uint64
	named, wanted bool
}

// tally returns where the item counts, and false if nobody holds or names it, or
// it is in the trash.
func (s itemState) tally() (tallyKey, bool) {
	return tallyKey{s.holders, s.names > 0, s.wanted()}, !s.trashed && (s.holders != 0 || s.names > 0)
}

const itemColumns = `id, hash, size, holders, names, own, vault, kept, gone, verified, damaged, newest, trashed`

func scanItemRow(r scanner) (*itemRow, error) {
	it := &itemRow{stored: true}
	var hash []byte
	var holders int64
	s := &it.cur
	err := r.Scan(&it.id, &hash, &it.item.Size, &holders, &s.names, &s.own, &s.vault, &s.kept, &s.gone, &s.verified, &s.damaged, &s.newest, &s.trashed)
	copy(it.item.ID[:], hash)
	s.holders = uint64(holders)
	it.old = it.cur
	return it, err
}

// item returns the row of an item, made if there is none.
func (w *work) item(it media.Item) *itemRow {
	if row := w.items[it]; row != nil {
		return row
	}
	row, absent := w.known().get(it)
	if row == nil && !absent {
		row, _ = rowOf(w, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE hash=? AND size=?`, it.ID[:], it.Size)
	}
	if row == nil {
		row = w.newItem(it)
	}
	w.items[it], w.byID[row.id] = row, row
	return row
}

// known is what is remembered of items.
func (w *work) known() *itemCache { return &w.c.writer.items }

// itemByID returns a row that is known to be there, or was in this transaction.
func (w *work) itemByID(id int64) *itemRow {
	if row := w.byID[id]; row != nil {
		return row
	}
	row, ok := rowOf(w, scanItemRow, `SELECT `+itemColumns+` FROM item WHERE id=?`, id)
	if !ok {
		w.damaged("item %d is missing", id)
		return &itemRow{id: id}
	}
	w.items[row.item], w.byID[row.id] = row, row
	return row
}

// newItem returns the row of an item that has none yet.
func (w *work) newItem(it media.Item) *itemRow {
	return &itemRow{id: w.newItemID(), item: it, cur: itemState{trashed: w.isTrashed(it.ID)}}
}

func (w *work) newItemID() int64 {
	if w.nextID == 0 {
		w.nextID, _ = rowOf(w, scanInt, `SELECT coalesce(max(id), 0) + 1 FROM item`)
		if w.nextID == 1 && w.err == nil {
			w.known().all = true // what there is from now on passes through it
		}
	}
	w.nextID++
	return w.nextID - 1
}

// writeItems writes the rows that have changed, and what is counted by them.
func (w *work) writeItems() {
	tally := map[tallyKey]Count{}
	for _, it := range w.byHash() {
		if it.renamed && it.old.held() || it.called && it.old.strange() {
			w.exec(`UPDATE item SET pending=pending|2 WHERE id=?`, it.id)
		}
		if it.cur == it.old && it.stored {
			continue
		}
		if !it.cur.held() && it.old.held() {
			it.cur.verified = 0
			w.exec(`DELETE FROM outline WHERE item=?`, it.id)
		}
		w.movePicture(it)
		w.writeItem(it)
		w.count(it)
		if k, ok := it.old.tally(); ok && it.stored {
			tally[k] = tally[k].add(-1, -it.item.Size)
		}
		if k, ok := it.cur.tally(); ok {
			tally[k] = tally[k].add(1, it.item.Size)
		}
	}
	w.newRows.flush(w)
	w.writeTally(tally)
}

// movePicture has what is known of an item follow it.
func (w *work) movePicture(it *itemRow) {
	was, is := it.old.held(), it.cur.held()
	switch {
	case it.cur.holders == 0 && it.old.holders != 0:
		w.dropPicture(it.id)
	case was && !is:
		w.moveHere(it.id, false)
		w.exec(`UPDATE item SET pending=pending|7 WHERE id=?`, it.id)
		w.regroupMates(it.id)
	case is && it.old.strange():
		w.moveHere(it.id, true)
	}
}

// byHash returns the items in the order of their index, so that each page of it
// is written to once.
func (w *work) byHash() []*itemRow {
	all := slices.Collect(maps.Values(w.items))
	slices.SortFunc(all, func(a, b *itemRow) int { return bytes.Compare(a.item.ID[:], b.item.ID[:]) })
	return all
}

func (w *work) writeItem(it *itemRow) {
	s := it.cur
	switch {
	case !s.live() && !it.stored:
		return
	case !s.live():
		w.exec(`DELETE FROM item WHERE id=?`, it.id)
		w.known().drop(it.item)
		return
	case it.stored && s.onlyHolders(it.old):
		w.exec(`UPDATE item SET holders=?, want=? WHERE id=?`, int64(s.holders), s.want(), it.id)
	case it.stored:
		w.exec(`UPDATE item SET holders=?, names=?, own=?, vault=?, kept=?, gone=?, want=?, verified=?, damaged=?, newest=?, trashed=? WHERE id=?`,
			int64(s.holders), s.names, s.own, s.vault, s.kept, s.gone, s.want(), s.verified, s.damaged, s.newest, s.trashed, it.id)
	default:
		w.newRows.add(w, it.id, it.item.ID[:], it.item.Size, int64(s.holders), s.names, s.own, s.vault, s.kept, s.gone, s.want(), s.verified, s.damaged, s.newest, s.trashed)
	}
	w.known().put(it.id, it.item, s)
}

// count keeps the counts of distinct items here.
func (w *work) count(it *itemRow) {
	n := &w.state.counts
	n.library = n.library.step(it.old.own > 0, it.cur.own > 0, it.item.Size)
	n.vault = n.vault.step(it.old.vault > 0, it.cur.vault > 0, it.item.Size)
}

func (w *work) writeTally(changes map[tallyKey]Count) {
	for k, n := range changes {
		if n == (Count{}) {
			continue
		}
		w.exec(`INSERT INTO tally (holders, named, wanted, items, bytes) VALUES (?,?,?,?,?)
			ON CONFLICT DO UPDATE SET items=items+excluded.items, bytes=bytes+excluded.bytes`,
			int64(k.holders), k.named, k.wanted, n.Items, n.Bytes)
		w.exec(`DELETE FROM tally WHERE holders=? AND named=? AND wanted=? AND items=0`, int64(k.holders), k.named, k.wanted)
	}
}

func (c Count) add(items, bytes int64) Count { return Count{c.Items + items, c.Bytes + bytes} }

// step counts an item that was in or out, and is in or out.
func (c Count) step(was, is bool, size int64) Count {
	switch {
	case is && !was:
		return c.add(1, size)
	case was && !is:
		return c.add(-1, -size)
	}
	return c
}
