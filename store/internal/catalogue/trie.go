package catalogue

import (
	"database/sql"
	"encoding/binary"
	"fmt"
	"slices"

	"homeroll/store/media"
)

// trieChange is what was added to and removed from one author's records, whose
// rows are written already.
type trieChange struct {
	add    map[media.Fingerprint]media.Record
	remove map[media.Fingerprint]bool
	done   bool // the nodes are written; nothing may follow
}

func (w *work) trie(author int) *trieChange {
	t := w.tries[author]
	if t == nil {
		t = &trieChange{add: map[media.Fingerprint]media.Record{}, remove: map[media.Fingerprint]bool{}}
		w.tries[author] = t
	}
	if t.done {
		panic("catalogue: records changed after their trie")
	}
	return t
}

func (t *trieChange) added(fp media.Fingerprint, r media.Record) {
	if t.remove[fp] {
		delete(t.remove, fp)
		return
	}
	t.add[fp] = r
}

func (t *trieChange) removed(fp media.Fingerprint) {
	if _, ok := t.add[fp]; ok {
		delete(t.add, fp)
		return
	}
	t.remove[fp] = true
}

// edit is one fingerprint that came (+1) or went (-1).
type edit struct {
	fp media.Fingerprint
	by int
}

func (t *trieChange) edits() []edit {
	all := make([]edit, 0, len(t.add)+len(t.remove))
	for fp := range t.add {
		all = append(all, edit{fp, 1})
	}
	for fp := range t.remove {
		all = append(all, edit{fp, -1})
	}
	slices.SortFunc(all, func(a, b edit) int { return a.fp.Compare(b.fp) })
	return all
}

// retrie brings an author's trie up to its records and returns its root.
func (w *work) retrie(author int) media.Node {
	a := &w.state.authors[author]
	if t := w.tries[author]; t != nil && !t.done && w.err == nil {
		a.node = w.updateNode(author, "", a.node, t.edits())
		t.done = true
	}
	return a.node
}

// updateNode returns what the node at p becomes. The shape stays a function of
// the set: a leaf that outgrows LeafMax splits, and an inner node that
// shrinks to it becomes a leaf.
func (w *work) updateNode(author int, p media.Prefix, old media.Node, edits []edit) media.Node {
	if len(edits) == 0 || w.err != nil {
		return old
	}
	n := int(old.N)
	for _, e := range edits {
		n += e.by
	}
	inner := old.N > media.LeafMax
	switch {
	case inner && n > media.LeafMax:
		return w.updateInner(author, p, edits)
	case inner:
		w.exec(`DELETE FROM node WHERE author=? AND prefix>=? AND prefix<?`, author, []byte(p), append([]byte(p), media.Fanout))
	}
	fps := w.fingerprints(author, p)
	if len(fps) != n {
		w.damaged("%d records below a node of %d", len(fps), n)
		return old
	}
	return w.buildNode(author, p, fps)
}

func (w *work) updateInner(author int, p media.Prefix, edits []edit) media.Node {
	body, ok := rowOf(w, scanBytes, `SELECT children FROM node WHERE author=? AND prefix=?`, author, []byte(p))
	kids, err := decodeChildren(body)
	if !ok || err != nil {
		w.damaged("node at depth %d is missing or malformed", len(p))
		return media.Node{}
	}
	for len(edits) > 0 {
		digit := edits[0].fp.Digit(len(p))
		end := slices.IndexFunc(edits, func(e edit) bool { return e.fp.Digit(len(p)) != digit })
		if end < 0 {
			end = len(edits)
		}
		kids[digit] = w.updateNode(author, p.Child(digit), kids[digit], edits[:end])
		edits = edits[end:]
	}
	return w.writeInner(author, p, kids)
}

// buildNode writes the subtree of sorted fingerprints, of which no row is there.
func (w *work) buildNode(author int, p media.Prefix, fps []media.Fingerprint) media.Node {
	if len(fps) <= media.LeafMax {
		return media.LeafNode(fps)
	}
	var kids [media.Fanout]media.Node
	for len(fps) > 0 {
		digit := fps[0].Digit(len(p))
		end := slices.IndexFunc(fps, func(fp media.Fingerprint) bool { return fp.Digit(len(p)) != digit })
		if end < 0 {
			end = len(fps)
		}
		kids[digit] = w.buildNode(author, p.Child(digit), fps[:end])
		fps = fps[end:]
	}
	return w.writeInner(author, p, &kids)
}

func (w *work) writeInner(author int, p media.Prefix, kids *[media.Fanout]media.Node) media.Node {
	w.exec(`INSERT OR REPLACE INTO node (author, prefix, children) VALUES (?,?,?)`, author, []byte(p), encodeChildren(kids))
	return media.InnerNode(kids)
}

const selectFingerprints = `SELECT fp FROM record WHERE author=? AND fp BETWEEN ? AND ? ORDER BY fp LIMIT ?`

func (w *work) fingerprints(author int, p media.Prefix) []media.Fingerprint {
	lo, hi := p.Range()
	return rowsOf(w, scanFingerprint, selectFingerprints, author, lo[:], hi[:], -1)
}

func scanFingerprint(r scanner) (fp media.Fingerprint, err error) {
	var b sql.RawBytes
	if err = r.Scan(&b); err == nil && copy(fp[:], b) != len(fp) {
		err = fmt.Errorf("%w: fingerprint of %d bytes", ErrCorrupt, len(b))
	}
	return fp, err
}

const childSize = 32 + 8 // hash, count

func encodeChildren(kids *[media.Fanout]media.Node) []byte {
	b := make([]byte, 0, media.Fanout*childSize)
	for i := range kids {
		b = append(b, kids[i].Hash[:]...)
		b = binary.BigEndian.AppendUint64(b, kids[i].N)
	}
	return b
}

func decodeChildren(b []byte) (*[media.Fanout]media.Node, error) {
	if len(b) != media.Fanout*childSize {
		return nil, fmt.Errorf("%w: trie node of %d bytes", ErrCorrupt, len(b))
	}
	var kids [media.Fanout]media.Node
	for i := range kids {
		child := b[i*childSize:]
		copy(kids[i].Hash[:], child)
		kids[i].N = binary.BigEndian.Uint64(child[32:])
	}
	return &kids, nil
}
