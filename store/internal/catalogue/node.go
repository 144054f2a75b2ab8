package catalogue

import (
	"database/sql"
	"encoding/binary"
	"fmt"

	"homeroll/store/media"
)

// A node's row is found by a number made of author, prefix and depth, so that
// a lookup is the cheapest that SQLite has, and a subtree is a range.
const (
	maxDepth    = 13 // digits of a prefix that has a row
	depthBits   = 4
	authorShift = 4*maxDepth + depthBits + 1
)

// nodeID is a row of the table node. Of the nodes on the way to a fingerprint,
// the deepest has the greatest.
type nodeID int64

func nodeIDOf(author int, p media.Prefix) nodeID {
	id := nodeID(author) << authorShift
	for i := range len(p) {
		id |= nodeID(p[i]) << (depthBits + 4*(maxDepth-1-i))
	}
	return id | nodeID(len(p))
}

// afterSubtree is the first number after those of p and all below it.
func afterSubtree(author int, p media.Prefix) nodeID {
	return nodeIDOf(author, p) - nodeID(len(p)) + 1<<(depthBits+4*(maxDepth-len(p)))
}

// pathTo returns the nodes on the way to fp, the root first.
func pathTo(author int, fp media.Fingerprint) [maxDepth + 1]nodeID {
	var path [maxDepth + 1]nodeID
	at := nodeID(author) << authorShift
	for depth := range path {
		path[depth] = at | nodeID(depth)
		if depth < maxDepth {
			at |= nodeID(fp.Digit(depth)) << (depthBits + 4*(maxDepth-1-depth))
		}
	}
	return path
}

// leaf are the records of a leaf: sorted fingerprints, and for each its row.
type leaf struct {
	fps  []media.Fingerprint
	rows []int64
}

// trieNode is a row of the table node: an inner node or a leaf.
type trieNode struct {
	kids *[media.Fanout]media.Node // nil for a leaf
	leaf
}

const (
	innerTag  = 'I'
	leafTag   = 'L'
	childSize = 32 + 8 // hash, count
	rowSize   = 8
	entrySize = 32 + rowSize
)

func encodeInner(kids *[media.Fanout]media.Node) []byte {
	b := make([]byte, 1, 1+media.Fanout*childSize)
	b[0] = innerTag
	for i := range kids {
		b = append(b, kids[i].Hash[:]...)
		b = binary.BigEndian.AppendUint64(b, kids[i].N)
	}
	return b
}

func encodeLeaf(l leaf) []byte {
	b := make([]byte, 1, 1+entrySize*len(l.fps))
	b[0] = leafTag
	for i := range l.fps {
		b = append(b, l.fps[i][:]...)
	}
	for _, row := range l.rows {
		b = binary.BigEndian.AppendUint64(b, uint64(row))
	}
	return b
}

func decodeNode(b []byte) (*trieNode, error) {
	if len(b) == 1+media.Fanout*childSize && b[0] == innerTag {
		return &trieNode{kids: decodeInner(b[1:])}, nil
	}
	if len(b) > 1 && b[0] == leafTag && (len(b)-1)%entrySize == 0 {
		return &trieNode{leaf: decodeLeaf(b[1:])}, nil
	}
	return nil, fmt.Errorf("%w: trie node of %d bytes", ErrCorrupt, len(b))
}

func decodeInner(b []byte) *[media.Fanout]media.Node {
	var kids [media.Fanout]media.Node
	for i := range kids {
		child := b[i*childSize:]
		copy(kids[i].Hash[:], child)
		kids[i].N = binary.BigEndian.Uint64(child[32:])
	}
	return &kids
}

func decodeLeaf(b []byte) leaf {
	n := len(b) / entrySize
	l := leaf{fps: make([]media.Fingerprint, n), rows: make([]int64, n)}
	for i := range n {
		copy(l.fps[i][:], b[32*i:])
		l.rows[i] = int64(binary.BigEndian.Uint64(b[32*n+rowSize*i:]))
	}
	return l
}

// below returns the part of a leaf that lies below a prefix.
func (l leaf) below(p media.Prefix) leaf {
	var part leaf
	for i, fp := range l.fps {
		if p.Contains(fp) {
			part.fps, part.rows = append(part.fps, fp), append(part.rows, l.rows[i])
		}
	}
	return part
}

type nodeRow struct {
	id nodeID
	*trieNode
}

func scanNode(r scanner) (n nodeRow, err error) {
	var body []byte
	if err = r.Scan(&n.id, &body); err == nil {
		n.trieNode, err = decodeNode(body)
	}
	return n, err
}

const (
	// selectPath finds the deepest node on the way to a fingerprint.
	selectPath    = `SELECT id, body FROM node WHERE id IN (?,?,?,?,?,?,?,?,?,?,?,?,?,?) ORDER BY id DESC LIMIT 1`
	selectNode    = `SELECT id, body FROM node WHERE id=?`
	selectSubtree = `SELECT id, body FROM node WHERE id>=? AND id<? ORDER BY id LIMIT ?`
)

func pathArgs(path [maxDepth + 1]nodeID) []any {
	args := make([]any, len(path))
	for i, id := range path {
		args[i] = int64(id)
	}
	return args
}

// scanFingerprint returns that of a record whose body is selected.
func scanFingerprint(r scanner) (fp media.Fingerprint, err error) {
	var body sql.RawBytes
	if err = r.Scan(&body); err == nil {
		fp = media.Record(body).Fingerprint()
	}
	return fp, err
}
