package catalogue

import (
	"context"
	"fmt"

	"homeroll/store/media"
)

// packLeaves gives leaves of tries their rows, in place of an index of records
// by fingerprint.
func packLeaves(ctx context.Context, w *writer) error {
	authors, err := list(ctx, w, scanAuthor, selectAuthors)
	if err != nil {
		return err
	}
	if err := execute(`DROP TABLE node`)(ctx, w); err != nil {
		return err
	}
	if err := addTable("node")(ctx, w); err != nil {
		return err
	}
	p := packing{&work{ctx: ctx, c: &Catalogue{writer: w}, newNodes: nodeInserts}}
	for bit, a := range authors {
		if got := p.pack(bit, "", p.count(bit, "")); got != a.node {
			p.damaged("the manifest of %s does not recompute", a.device.Short())
		}
	}
	p.newNodes.flush(p.work)
	if p.err != nil {
		return p.err
	}
	return execute(`DROP INDEX record_fp; ALTER TABLE record DROP COLUMN fp`)(ctx, w)
}

type packing struct{ *work }

// packAtOnce bounds how many records are in memory.
const packAtOnce = 1 << 14

func (p packing) pack(bit int, at media.Prefix, n int64) media.Node {
	if n <= packAtOnce {
		return p.buildNode(bit, at, p.read(bit, at))
	}
	var kids [media.Fanout]media.Node
	for i := range kids {
		kids[i] = p.pack(bit, at.Child(i), p.count(bit, at.Child(i)))
	}
	return p.writeInner(bit, at, &kids)
}

func (p packing) count(bit int, at media.Prefix) int64 {
	lo, hi := at.Range()
	n, _ := rowOf(p.work, scanInt, `SELECT count(*) FROM record WHERE author=? AND fp BETWEEN ? AND ?`, bit, lo[:], hi[:])
	return n
}

func (p packing) read(bit int, at media.Prefix) (l leaf) {
	lo, hi := at.Range()
	rowsOf(p.work, func(r scanner) (none struct{}, err error) {
		var fp []byte
		var row int64
		if err = r.Scan(&fp, &row); err == nil && len(fp) != len(lo) {
			err = fmt.Errorf("%w: fingerprint of %d bytes", ErrCorrupt, len(fp))
		}
		if err == nil {
			l.fps, l.rows = append(l.fps, media.Fingerprint(fp)), append(l.rows, row)
		}
		return none, err
	}, `SELECT fp, id FROM record WHERE author=? AND fp BETWEEN ? AND ? ORDER BY fp`, bit, lo[:], hi[:])
	return l
}
