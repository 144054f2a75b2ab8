package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/zeebo/blake3"
)

// A manifest's records form a trie over the hexadecimal digits of their
// fingerprints. A subtree with at most LeafMax records is a leaf, any other
// has Fanout children, so the shape follows from the set alone and equal sets
// have equal hashes. docs/protocol.md has the byte layout.
const (
	Fanout  = 16
	LeafMax = 128 // records
)

// Node summarises the records below a prefix. The zero Node is the empty set.
type Node struct {
	Hash [32]byte
	N    uint64 // records
}

// Prefix is a sequence of hexadecimal digits, one a byte, each 0 to 15: the
// position of a subtree. The root's is empty.
type Prefix string

// MaxDepth is the number of digits of a fingerprint.
const MaxDepth = 2 * len(Fingerprint{})

// ParsePrefix checks bytes that a peer sent.
func ParsePrefix(p []byte) (Prefix, error) {
	if len(p) >= MaxDepth || slices.ContainsFunc(p, func(b byte) bool { return b >= Fanout }) {
		return "", fmt.Errorf("%w: prefix of %d digits", ErrRecord, len(p))
	}
	return Prefix(p), nil
}

// Child returns the prefix of the i-th child.
func (p Prefix) Child(i int) Prefix { return p + Prefix(rune(i)) }

// Contains reports whether f lies below p.
func (p Prefix) Contains(f Fingerprint) bool {
	for i := range len(p) {
		if f.Digit(i) != int(p[i]) {
			return false
		}
	}
	return true
}

// Range returns the least and the greatest fingerprint below p.
func (p Prefix) Range() (lo, hi Fingerprint) {
	for i := range hi {
		hi[i] = 0xff
	}
	for i := range len(p) {
		shift := 4 * (1 - i%2)
		lo[i/2] |= p[i] << shift
		hi[i/2] &^= (^p[i] & 15) << shift
	}
	return lo, hi
}

// Digit returns the i-th hexadecimal digit of f.
func (f Fingerprint) Digit(i int) int { return int(f[i/2]>>(4*(1-i%2))) & 15 }

// Compare orders fingerprints as bytes.
func (f Fingerprint) Compare(g Fingerprint) int { return bytes.Compare(f[:], g[:]) }

// Domain bytes keep a leaf's hash input apart from an inner node's.
const (
	leafDomain  = 0x4c
	innerDomain = 0x49
)

// LeafNode returns the node of a subtree with these fingerprints, which must
// be sorted, distinct and at most LeafMax.
func LeafNode(sorted []Fingerprint) Node {
	if len(sorted) == 0 {
		return Node{}
	}
	h := blake3.New()
	_, _ = h.Write([]byte{leafDomain})
	for i := range sorted {
		_, _ = h.Write(sorted[i][:])
	}
	n := Node{N: uint64(len(sorted))}
	h.Sum(n.Hash[:0])
	return n
}

// InnerNode returns the node above the children. It is only meaningful for
// children that together have more than LeafMax records.
func InnerNode(children *[Fanout]Node) Node {
	buf := make([]byte, 0, 1+Fanout*40)
	buf = append(buf, innerDomain)
	var n Node
	for i := range children {
		buf = append(buf, children[i].Hash[:]...)
		buf = binary.BigEndian.AppendUint64(buf, children[i].N)
		n.N += children[i].N
	}
	n.Hash = blake3.Sum256(buf)
	return n
}
