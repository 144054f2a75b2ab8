package catalogue

import (
	"context"
	"fmt"

	"homeroll/store/media"
)

// notedRow is a row of the table noted. Its file has no path, and Item is left
// to the caller.
type notedRow struct {
	VaultFile
	id, item int64
}

func (n notedRow) fullName() fullName { return fullName{n.Origin, n.Folder, n.Name} }

const selectNoted = `SELECT n.id, n.item, n.mtime, n.nanos, o.device, o.folder, n.label, n.name FROM noted n JOIN origin o ON o.id=n.origin`

func scanNoted(r scanner) (n notedRow, err error) {
	var folder, name []byte
	var mtime stamp
	err = r.Scan(&n.id, &n.item, &mtime.sec, &mtime.nanos, &n.Origin, &folder, &n.Label, &name)
	copy(n.Folder[:], folder)
	n.Name, n.MTime = string(name), mtime.time()
	return n, err
}

func (w *work) notedAt(key int64) []notedRow {
	return rowsOf(w, scanNoted, selectNoted+` WHERE n.key=?`, key)
}

func (w *work) notedOf(item int64) []notedRow {
	return rowsOf(w, scanNoted, selectNoted+` WHERE n.item=?`, item)
}

// note records a name whose content the vault has under another one. A former
// name that its origin has given up for it is forgotten, as a file would have
// been renamed.
func (w *work) note(v *VaultFile) {
	if _, err := media.EncodeRecord(v.kept()); err != nil {
		w.fail(fmt.Errorf("noted name %q: %w", v.Name, err))
		return
	}
	it, mtime := w.item(v.Item), stampOf(v.MTime)
	if it.cur.vault+it.cur.damaged == 0 {
		return // lost meanwhile; the name is fetched or copied instead
	}
	name := fullName{v.Origin, v.Folder, v.Name}
	for _, old := range w.notedOf(it.id) {
		if old.fullName() == name || (old.Origin == v.Origin && w.isGivenUp(old)) {
			w.dropNoted(it, old)
		}
	}
	w.exec(`INSERT INTO noted (item, mtime, nanos, origin, label, name, key) VALUES (?,?,?,?,?,?,?)`,
		it.id, mtime.sec, mtime.nanos, w.origin(origin{v.Origin, v.Folder}), v.Label, []byte(v.Name), name.key())
	w.touchVault(it, name)
}

func (w *work) dropNoted(it *itemRow, n notedRow) {
	w.exec(`DELETE FROM noted WHERE id=?`, n.id)
	w.touchVault(it, n.fullName())
}

// isGivenUp reports whether its device, as far as that is known, does not name
// the content so any more.
func (w *work) isGivenUp(old notedRow) bool {
	bit, ok := w.state.bits[old.Origin]
	if !ok || w.state.authors[bit].root.Sig == nil {
		return false // it has not said what it names
	}
	for _, n := range w.namesAt(old.fullName().key()) {
		if n.name == old.fullName() && n.item == old.item {
			return false
		}
	}
	return true
}

// forgetGivenUp forgets the former names among those that a rebuilt catalogue
// took from the names log, once their device has said what it names: they were
// forgotten before. Names of what nobody names any more stay.
func (w *work) forgetGivenUp(d media.Device) {
	for last := int64(0); w.err == nil; {
		rows := rowsOf(w, scanNoted, `SELECT n.id, n.item, n.mtime, n.nanos, o.device, o.folder, n.label, n.name FROM origin o JOIN noted n ON n.origin=o.id
			WHERE o.device=?1 AND n.id>?2 ORDER BY n.id LIMIT ?3`, string(d), last, keptBatch)
		for _, n := range rows {
			last = n.id
			if it := w.itemByID(n.item); it.cur.names > 0 && w.isGivenUp(n) {
				w.dropNoted(it, n)
			}
		}
		if len(rows) < keptBatch {
			return
		}
	}
}

// settleNoted forgets the noted names of items that the vault has lost: what
// takes their place is a file of its own again.
func (w *work) settleNoted() {
	for _, it := range w.items {
		if it.old.vault+it.old.damaged == 0 || it.cur.vault+it.cur.damaged > 0 {
			continue
		}
		for _, n := range w.notedOf(it.id) {
			w.dropNoted(it, n)
		}
	}
}

// anyNoted reports whether there are noted names at all: most filesystems never
// make any.
func (w *work) anyNoted() bool {
	_, any := rowOf(w, scanInt, `SELECT 1 FROM noted WHERE id>0 LIMIT 1`)
	return any
}

// settleReplaced forgets noted names that stand for other content now.
func (w *work) settleReplaced() {
	if len(w.keys)+len(w.newNames) == 0 || !w.anyNoted() {
		return
	}
	for key := range w.newNames {
		w.keys[key] = true
	}
	for key := range w.keys {
		for _, old := range w.notedAt(key) {
			if w.isReplaced(old) {
				w.exec(`DELETE FROM noted WHERE id=?`, old.id)
				w.kept[old.item] = true
			}
		}
	}
}

// isReplaced reports whether its device names other content so, and not this.
func (w *work) isReplaced(old notedRow) bool {
	same, other := false, false
	for _, n := range w.namesAt(old.fullName().key()) {
		if n.name == old.fullName() {
			same, other = same || n.item == old.item, other || n.item != old.item
		}
	}
	return other && !same
}

// keepNoted adds what to say of an item's noted names once no device names it.
func (w *work) keepNoted(it *itemRow, want map[media.Fingerprint]media.Kept) {
	for _, n := range w.notedOf(it.id) {
		if w.state.unheard(n.Origin) {
			continue
		}
		n.Item = it.item
		k := n.kept()
		r, err := media.EncodeRecord(k)
		if err != nil {
			w.fail(err)
			return
		}
		want[r.Fingerprint()] = k
	}
}

// ForgetNoted forgets every noted name, so that each gets its file: the vault
// is on a filesystem now that can give one content several names.
func (c *Catalogue) ForgetNoted(ctx context.Context) error {
	if _, any, err := one(ctx, c.readers, scanInt, `SELECT 1 FROM noted WHERE id>0 LIMIT 1`); err != nil || !any {
		return err
	}
	return c.change(ctx, durable, func(w *work) {
		for _, n := range rowsOf(w, scanNoted, selectNoted) {
			w.dropNoted(w.itemByID(n.item), n)
		}
	})
}
