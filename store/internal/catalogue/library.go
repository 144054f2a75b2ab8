package catalogue

import (
	"context"
	"fmt"
	"slices"

	"homeroll/store/media"
)

// maxRecords bounds what one call of Records returns.
const maxRecords = 1 << 16

// Roots returns the newest complete root known of each active member, this
// device's own included. A manifest that is being walked is left out until the
// walk ends, so that it is never offered and can be walked again.
func (c *Catalogue) Roots(context.Context) ([]media.Root, error) {
	var roots []media.Root
	for _, a := range c.state.Load().authors {
		if a.active && a.complete() {
			roots = append(roots, a.root)
		}
	}
	return roots, nil
}

// Node returns the summary of a subtree as stored here, the zero Node if there
// is nothing.
func (c *Catalogue) Node(ctx context.Context, by media.Device, p media.Prefix) (media.Node, error) {
	s := c.state.Load()
	bit, ok := s.bits[by]
	if !ok {
		return media.Node{}, nil
	}
	if p == "" {
		return s.authors[bit].node, nil
	}
	n, l, err := c.at(ctx, bit, p)
	if err != nil {
		return media.Node{}, err
	}
	if n.kids != nil {
		return media.InnerNode(n.kids), nil
	}
	return media.LeafNode(l.fps), nil
}

// Children returns the nodes below p. It is an error if p is a leaf.
func (c *Catalogue) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	bit, known := c.state.Load().bits[by]
	if known {
		n, _, err := c.at(ctx, bit, p)
		if err != nil || n.kids != nil {
			return n.kids, err
		}
	}
	return nil, fmt.Errorf("no children at depth %d of %s: a leaf", len(p), by.Short())
}

// at returns the node at p and, where that is a leaf or a part of one, the records
// below p.
func (c *Catalogue) at(ctx context.Context, bit int, p media.Prefix) (trieNode, leaf, error) {
	lo, _ := p.Range()
	path := pathTo(bit, lo)
	for depth := len(p) + 1; depth < len(path); depth++ {
		path[depth] = path[len(p)]
	}
	row, ok, err := one(ctx, c.readers, scanNode, selectPath, pathArgs(path)...)
	switch {
	case err != nil || !ok:
		return trieNode{}, leaf{}, err
	case row.kids == nil:
		return trieNode{}, row.below(p), nil
	case row.id == nodeIDOf(bit, p[:min(len(p), maxDepth)]) && len(p) <= maxDepth:
		return *row.trieNode, leaf{}, nil
	}
	return trieNode{}, leaf{}, nil // an empty child
}

// Fingerprints returns the sorted fingerprints below p, at most media.LeafMax;
// more is an error.
func (c *Catalogue) Fingerprints(ctx context.Context, by media.Device, p media.Prefix) ([]media.Fingerprint, error) {
	bit, ok := c.state.Load().bits[by]
	if !ok {
		return nil, nil
	}
	return c.leaf(ctx, bit, p)
}

func (c *Catalogue) leaf(ctx context.Context, bit int, p media.Prefix) ([]media.Fingerprint, error) {
	n, l, err := c.at(ctx, bit, p)
	if err == nil && n.kids != nil {
		return nil, fmt.Errorf("more than %d records at depth %d: not a leaf", media.LeafMax, len(p))
	}
	return l.fps, err
}

// Records returns the records with these fingerprints; those that are gone are
// left out.
func (c *Catalogue) Records(ctx context.Context, by media.Device, fps []media.Fingerprint) ([]media.Record, error) {
	if len(fps) > maxRecords {
		return nil, fmt.Errorf("%d records asked for at once", len(fps))
	}
	bit, ok := c.state.Load().bits[by]
	if !ok {
		return nil, nil
	}
	rows := make([]int64, 0, len(fps))
	var at nodeRow
	for _, fp := range fps {
		row, ok, err := c.row(ctx, bit, fp, &at)
		if err != nil {
			return nil, err
		}
		if ok {
			rows = append(rows, row)
		}
	}
	found, err := c.recordsAt(ctx, rows)
	if err != nil {
		return nil, err
	}
	all := make([]media.Record, 0, len(found))
	for _, fp := range fps {
		if r := found[fp]; r != nil {
			all = append(all, r)
		}
	}
	return all, nil
}

var (
	selectBodies   = `SELECT body FROM record WHERE id IN (` + manyMarks + `)`
	selectHoldings = `SELECT hash, size FROM item WHERE id IN (` + manyMarks + `)`
)

// recordsAt returns the records of rows that a leaf has.
func (c *Catalogue) recordsAt(ctx context.Context, rows []int64) (map[media.Fingerprint]media.Record, error) {
	var items, records []int64
	for _, row := range rows {
		if item, ok := heldItem(row); ok {
			items = append(items, item)
		} else {
			records = append(records, row)
		}
	}
	found := make(map[media.Fingerprint]media.Record, len(rows))
	for some := range slices.Chunk(records, askAtOnce) {
		bodies, err := few(ctx, c.readers, scanBytes, selectBodies, manyArgs(some)...)
		if err != nil {
			return nil, err
		}
		for _, body := range bodies {
			found[media.Record(body).Fingerprint()] = body
		}
	}
	for some := range slices.Chunk(items, askAtOnce) {
		held, err := few(ctx, c.readers, scanItem, selectHoldings, manyArgs(some)...)
		if err != nil {
			return nil, err
		}
		for _, it := range held {
			r := media.Holding{Item: it}.Record()
			found[r.Fingerprint()] = r
		}
	}
	return found, nil
}

// row returns the row of a record. at is the leaf that was last looked at.
func (c *Catalogue) row(ctx context.Context, bit int, fp media.Fingerprint, at *nodeRow) (int64, bool, error) {
	path := pathTo(bit, fp)
	if at.trieNode == nil || !slices.Contains(path[:], at.id) {
		n, ok, err := one(ctx, c.readers, scanNode, selectPath, pathArgs(path)...)
		if err != nil || !ok || n.kids != nil {
			return 0, false, err
		}
		*at = n
	}
	i, ok := slices.BinarySearchFunc(at.fps, fp, media.Fingerprint.Compare)
	if !ok {
		return 0, false, nil
	}
	return at.rows[i], true, nil
}

// Since returns what led from the root with this node to by's present root, or on
// the way there as far as one answer holds, and false if that is not remembered.
func (c *Catalogue) Since(_ context.Context, by media.Device, from media.Node) (media.Delta, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.state.Load()
	bit, ok := s.bits[by]
	if !ok || !s.authors[bit].complete() {
		return media.Delta{}, false, nil
	}
	d, ok := c.deltas.since(s.authors[bit].root, from)
	return d, ok, nil
}
