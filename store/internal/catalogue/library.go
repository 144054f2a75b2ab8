package catalogue

import (
	"context"
	"fmt"

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
	parent, last := p[:len(p)-1], int(p[len(p)-1])
	kids, ok, err := c.children(ctx, bit, parent)
	if err != nil {
		return media.Node{}, err
	}
	if ok {
		return kids[last], nil
	}
	fps, err := c.leaf(ctx, bit, p)
	return media.LeafNode(fps), err
}

// Children returns the nodes below p. It is an error if p is a leaf.
func (c *Catalogue) Children(ctx context.Context, by media.Device, p media.Prefix) (*[media.Fanout]media.Node, error) {
	bit, known := c.state.Load().bits[by]
	if known {
		kids, ok, err := c.children(ctx, bit, p)
		if err != nil || ok {
			return kids, err
		}
	}
	return nil, fmt.Errorf("no children at depth %d of %s: a leaf", len(p), by.Short())
}

func (c *Catalogue) children(ctx context.Context, bit int, p media.Prefix) (*[media.Fanout]media.Node, bool, error) {
	body, ok, err := one(ctx, c.readers, scanBytes, `SELECT children FROM node WHERE author=? AND prefix=?`, bit, []byte(p))
	if err != nil || !ok {
		return nil, false, err
	}
	kids, err := decodeChildren(body)
	return kids, err == nil, err
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
	lo, hi := p.Range()
	fps, err := list(ctx, c.readers, scanFingerprint, selectFingerprints, bit, lo[:], hi[:], media.LeafMax+1)
	if len(fps) > media.LeafMax {
		return nil, fmt.Errorf("more than %d records at depth %d: not a leaf", media.LeafMax, len(p))
	}
	return fps, err
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
	var all []media.Record
	for i := range fps {
		body, ok, err := one(ctx, c.readers, scanBytes, `SELECT body FROM record WHERE author=? AND fp=?`, bit, fps[i][:])
		if err != nil {
			return nil, err
		}
		if ok {
			all = append(all, body)
		}
	}
	return all, nil
}

// Since returns what led from the root with this node to by's present root, and
// false if that is not remembered.
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
