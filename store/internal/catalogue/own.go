package catalogue

import (
	"slices"

	"homeroll/store/media"
)

// settleOwn derives this device's holdings, what its user let go, and the
// names that it keeps, from the files that changed.
func (w *work) settleOwn() {
	var moved []int64 // here or away, as what names a new item is settled already
	for _, it := range w.items {
		w.settleHeld(it)
		if it.stored && it.cur.held() != it.old.held() && it.cur.names > 0 {
			moved = append(moved, it.id)
		}
		if (it.cur.names == 0) != (it.old.names == 0) && (it.cur.vault > 0 || it.old.vault > 0) {
			w.kept[it.id] = true
		}
	}
	for ids := range slices.Chunk(moved, askAtOnce) {
		for _, key := range rowsOf(w, scanInt, selectKeys, manyArgs(ids)...) {
			w.keys[key] = true
		}
	}
	for id := range w.kept {
		if w.walking != 0 {
			w.exec(`INSERT OR IGNORE INTO due (author, item) VALUES (?,?)`, w.walking, id)
			continue
		}
		w.settleKept(w.itemByID(id))
	}
}

func (w *work) settleHeld(it *itemRow) {
	was, is := it.old.held(), it.cur.held()
	switch {
	case is && !was:
		w.addOwn(media.Holding{Item: it.item})
		it.cur.holders |= 1 << self
	case was && !is:
		w.dropOwn(media.Holding{Item: it.item})
		it.cur.holders &^= 1 << self
	}
	switch {
	case is, it.rotten && w.hasDamaged(it):
		it.cur.gone = false
	case it.letGo && !w.hasDamaged(it):
		// Its user has deleted or replaced the last original.
		it.cur.gone = true
	}
}

// selectKeys returns the keys of the names of items; other records have none.
var selectKeys = `SELECT key FROM record WHERE key IS NOT NULL AND item IN (` + manyMarks + `)`

// settleKept makes this device's Kept records of an item what they should be:
// one for each name in the vault if no device names the item any more. As long
// as an active member's manifest is not known, neither is that.
func (w *work) settleKept(it *itemRow) {
	want := map[media.Fingerprint]media.Kept{}
	if it.cur.vault > 0 && it.cur.names == 0 {
		for _, v := range rowsOf(w, scanVaultRow, selectVaultRow+` WHERE v.item=?`, it.id) {
			if v.Damaged || w.state.unheard(v.Origin) {
				continue
			}
			v.Item = it.item
			k := v.kept()
			r, err := media.EncodeRecord(k)
			if err != nil {
				w.fail(err)
				return
			}
			want[r.Fingerprint()] = k
		}
		w.keepNoted(it, want)
	}
	if len(want) == 0 && it.cur.kept == 0 {
		return
	}
	for _, fp := range rowsOf(w, scanFingerprint, `SELECT body FROM record WHERE item=? AND author=? AND kind=?`, it.id, self, int(media.KindKept)) {
		if _, ok := want[fp]; ok {
			delete(want, fp)
			continue
		}
		it.cur.kept--
		w.dropOwnRecord(fp)
	}
	for _, k := range want {
		it.cur.kept++
		w.addOwn(k)
	}
}

// keepFrom settles the kept names of a device, of which it has just become known
// or unknown what it names.
func (w *work) keepFrom(d media.Device) {
	w.keepEach(`SELECT DISTINCT v.item FROM origin o JOIN vault_file v ON v.origin=o.id JOIN item i ON i.id=v.item
		WHERE o.device=?1 AND i.names=0 AND v.item>?2
		UNION SELECT n.item FROM origin o JOIN noted n ON n.origin=o.id JOIN item i ON i.id=n.item
		WHERE o.device=?1 AND i.names=0 AND n.item>?2 ORDER BY 1 LIMIT ?3`, string(d))
}

// keptBatch is how many vault items are settled at once, in one transaction.
const keptBatch = 2000

// keepEach settles the kept names of the items that the query lists, which takes
// a last item and a limit after the argument given. Memory is bounded, even if it is all.
func (w *work) keepEach(query string, arg any) {
	for last := int64(0); w.err == nil; {
		ids := rowsOf(w, scanInt, query, arg, last, keptBatch)
		for _, id := range ids {
			w.kept[id] = true
			last = id
		}
		if len(ids) < keptBatch {
			return
		}
		w.turnPage()
	}
}

// keepDue settles the kept names that waited for the end of a walk.
func (w *work) keepDue(author int) {
	for _, id := range rowsOf(w, scanInt, `SELECT d.item FROM due d JOIN item i ON i.id=d.item WHERE d.author=?`, author) {
		w.kept[id] = true
	}
	w.exec(`DELETE FROM due WHERE author=?`, author)
}

// sign publishes this device's manifest as it is now, if it has changed.
func (w *work) sign() {
	if w.err != nil {
		return
	}
	for author := range w.tries {
		if author != self {
			w.retrie(author)
		}
	}
	me := &w.state.authors[self]
	before := w.before.authors[self]
	w.retrie(self)
	if me.node == before.root.Node && me.root.Sig != nil && !w.publish {
		return
	}
	if me.root.Epoch == 0 {
		me.root.Epoch = 1
	}
	me.root.Home, me.root.Seq, me.root.Node = w.state.home, me.root.Seq+1, me.node
	me.root.Sig = w.c.signer.Sign(me.root.Message())
	w.signal = true
	w.delta(self, before.root)
}

// delta remembers what led from an author's former root to its present one.
func (w *work) delta(author int, from media.Root) {
	to := w.state.authors[author].root
	if slices.Contains(w.broken, to.Device) {
		return
	}
	t := w.tries[author]
	if t == nil {
		t = &trieChange{}
	}
	w.deltas = append(w.deltas, t.delta(from.Node, to))
}
