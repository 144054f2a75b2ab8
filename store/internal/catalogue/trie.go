package catalogue

import (
	"fmt"
	"slices"

	"homeroll/store/media"
)

// trieChange is what was added to and removed from one author's records, whose
// rows are written already. What is in both was removed and came back.
type trieChange struct {
	add    map[media.Fingerprint]addition
	remove map[media.Fingerprint]bool
	done   bool // the nodes are written; nothing may follow
}

type addition struct {
	record media.Record
	row    int64
}

func newTrieChange() *trieChange {
	return &trieChange{add: map[media.Fingerprint]addition{}, remove: map[media.Fingerprint]bool{}}
}

func (w *work) trie(author int) *trieChange {
	t := w.tries[author]
	if t == nil {
		t = newTrieChange()
		w.tries[author] = t
	}
	if t.done {
		panic("catalogue: records changed after their trie")
	}
	return t
}

func (t *trieChange) removed(fp media.Fingerprint) {
	if _, ok := t.add[fp]; ok {
		delete(t.add, fp)
		return
	}
	t.remove[fp] = true
}

// stored returns the row of a record, and false if the author does not state it.
func (w *work) stored(author int, fp media.Fingerprint) (row int64, ok bool) {
	if t := w.tries[author]; t != nil {
		if a, added := t.add[fp]; added || t.remove[fp] {
			return a.row, added
		}
	}
	l, ok := w.leafOf(author, fp)
	if !ok {
		return 0, false
	}
	i, ok := slices.BinarySearchFunc(l.fps, fp, media.Fingerprint.Compare)
	if !ok {
		return 0, false
	}
	return l.rows[i], true
}

// edit is one fingerprint that came or went, or whose record has another row.
type edit struct {
	fp      media.Fingerprint
	row     int64
	was, is bool
}

func (t *trieChange) edits() []edit {
	all := make([]edit, 0, len(t.add)+len(t.remove))
	for fp, a := range t.add {
		all = append(all, edit{fp: fp, row: a.row, was: t.remove[fp], is: true})
	}
	for fp := range t.remove {
		if _, back := t.add[fp]; !back {
			all = append(all, edit{fp: fp, was: true})
		}
	}
	slices.SortFunc(all, func(a, b edit) int { return a.fp.Compare(b.fp) })
	return all
}

// retrie brings an author's trie up to its records and returns its root.
func (w *work) retrie(author int) media.Node {
	a := &w.state.authors[author]
	if t := w.tries[author]; t != nil && !t.done && w.err == nil {
		a.node = w.updateNode(author, "", a.node, t.edits())
		w.newNodes.flush(w)
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
	n := int(old.N) + growth(edits)
	inner := old.N > media.LeafMax
	if inner && n > media.LeafMax {
		return w.updateInner(author, p, edits)
	}
	var have leaf
	switch {
	case inner:
		have, _ = w.subtree(author, p, media.LeafMax+len(edits))
		w.exec(`DELETE FROM node WHERE id>=? AND id<?`, int64(nodeIDOf(author, p)), int64(afterSubtree(author, p)))
		w.nodes().dropRange(nodeIDOf(author, p), afterSubtree(author, p))
	case old.N > 0:
		have = w.node(nodeIDOf(author, p)).leaf
	}
	now, ok := have.merge(edits)
	if !ok || len(now.fps) != n {
		w.damaged("%d records below a node of %d at depth %d", len(now.fps), n, len(p))
		return old
	}
	return w.buildNode(author, p, now)
}

func growth(edits []edit) (n int) {
	for _, e := range edits {
		if e.is {
			n++
		}
		if e.was {
			n--
		}
	}
	return n
}

// merge returns the leaf after sorted edits, and false if they do not fit it.
func (l leaf) merge(edits []edit) (leaf, bool) {
	n := len(l.fps) + len(edits)
	out := leaf{fps: make([]media.Fingerprint, 0, n), rows: make([]int64, 0, n)}
	fits := true
	for len(l.fps) > 0 || len(edits) > 0 {
		order := -1
		if len(l.fps) == 0 {
			order = 1
		} else if len(edits) > 0 {
			order = l.fps[0].Compare(edits[0].fp)
		}
		if order < 0 {
			out.fps, out.rows = append(out.fps, l.fps[0]), append(out.rows, l.rows[0])
		} else {
			e := edits[0]
			fits = fits && e.was == (order == 0)
			if e.is {
				out.fps, out.rows = append(out.fps, e.fp), append(out.rows, e.row)
			}
			edits = edits[1:]
		}
		if order <= 0 {
			l.fps, l.rows = l.fps[1:], l.rows[1:]
		}
	}
	return out, fits
}

func (w *work) updateInner(author int, p media.Prefix, edits []edit) media.Node {
	have := w.node(nodeIDOf(author, p)).kids
	if have == nil {
		w.damaged("node at depth %d is missing or malformed", len(p))
		return media.Node{}
	}
	kids := *have
	for len(edits) > 0 {
		digit := edits[0].fp.Digit(len(p))
		end := slices.IndexFunc(edits, func(e edit) bool { return e.fp.Digit(len(p)) != digit })
		if end < 0 {
			end = len(edits)
		}
		kids[digit] = w.updateNode(author, p.Child(digit), kids[digit], edits[:end])
		edits = edits[end:]
	}
	return w.writeInner(author, p, &kids)
}

// buildNode writes the subtree of a leaf's records, however many, where there is
// no row below p, but maybe one at p.
func (w *work) buildNode(author int, p media.Prefix, l leaf) media.Node {
	if len(l.fps) <= media.LeafMax {
		return w.writeLeaf(author, p, l)
	}
	var kids [media.Fanout]media.Node
	for len(l.fps) > 0 {
		digit := l.fps[0].Digit(len(p))
		end := slices.IndexFunc(l.fps, func(fp media.Fingerprint) bool { return fp.Digit(len(p)) != digit })
		if end < 0 {
			end = len(l.fps)
		}
		if len(p) == maxDepth {
			w.fail(fmt.Errorf("%w: too many fingerprints share %d digits", media.ErrRecord, maxDepth))
			return media.Node{}
		}
		kids[digit] = w.buildNode(author, p.Child(digit), leaf{l.fps[:end], l.rows[:end]})
		l = leaf{l.fps[end:], l.rows[end:]}
	}
	return w.writeInner(author, p, &kids)
}

func (w *work) writeLeaf(author int, p media.Prefix, l leaf) media.Node {
	id := nodeIDOf(author, p)
	if len(l.fps) == 0 {
		w.exec(`DELETE FROM node WHERE id=?`, int64(id))
		w.nodes().drop(id)
		return media.Node{}
	}
	w.writeNode(id, &trieNode{leaf: l.clone()}, encodeLeaf(l))
	return media.LeafNode(l.fps)
}

func (w *work) writeInner(author int, p media.Prefix, kids *[media.Fanout]media.Node) media.Node {
	w.writeNode(nodeIDOf(author, p), &trieNode{kids: kids}, encodeInner(kids))
	return media.InnerNode(kids)
}

func (w *work) writeNode(id nodeID, n *trieNode, body []byte) {
	w.newNodes.add(w, int64(id), body)
	w.nodes().put(id, n)
}

func (w *work) nodes() *nodeCache { return &w.c.writer.nodes }

// node returns a node as stored, an empty one if there is none. It must not be
// changed.
func (w *work) node(id nodeID) *trieNode {
	if n := w.nodes().get(id); n != nil {
		return n
	}
	row, ok := rowOf(w, scanNode, selectNode, int64(id))
	if !ok {
		return &trieNode{}
	}
	w.nodes().put(id, row.trieNode)
	return row.trieNode
}

// leafOf returns the leaf that fp belongs to as stored, false if there is none.
func (w *work) leafOf(author int, fp media.Fingerprint) (leaf, bool) {
	n := w.state.authors[author].node.N
	for depth, id := range pathTo(author, fp) {
		at := &trieNode{}
		if n > 0 {
			at = w.node(id)
		}
		if n <= media.LeafMax || at.kids == nil {
			return at.leaf, len(at.fps) > 0
		}
		n = at.kids[fp.Digit(depth)].N
	}
	return leaf{}, false
}

// subtree returns the records below p as stored, in order, and false if they were
// too many: more than limit, of which whole leaves are returned until it is reached.
func (w *work) subtree(author int, p media.Prefix, limit int) (all leaf, complete bool) {
	lo, _ := p.Range()
	n, path := w.state.authors[author].node.N, pathTo(author, lo)
	for depth := 0; n > media.LeafMax && depth < min(len(p), maxDepth); depth++ {
		at := w.node(path[depth])
		if at.kids == nil {
			w.damaged("node at depth %d is missing or malformed", depth)
			return leaf{}, true
		}
		n = at.kids[p[depth]].N
	}
	if n <= media.LeafMax {
		part, _ := w.leafOf(author, lo)
		return part.below(p), true
	}
	at, end := nodeIDOf(author, p), afterSubtree(author, p)
	for w.err == nil {
		rows := rowsOf(w, scanNode, selectSubtree, int64(at), int64(end), subtreePage)
		for _, n := range rows {
			if len(all.fps) >= limit {
				return all, false
			}
			all.fps, all.rows = append(all.fps, n.fps...), append(all.rows, n.rows...)
			at = n.id + 1
		}
		if len(rows) < subtreePage {
			break
		}
	}
	return all, true
}

// subtreePage is how many nodes are read at once.
const subtreePage = 64
