package pieces

import (
	"context"
	"encoding/binary"

	"homeroll/store/media"
)

// gear has a number for each value of a byte: the first 8 bytes, big endian, of
// the BLAKE3-256 of "homeroll cut 1" and that byte.
var gear = func() (table [256]uint64) {
	for i := range table {
		sum := media.Sum(append([]byte("homeroll cut 1"), byte(i)))
		table[i] = binary.BigEndian.Uint64(sum[:])
	}
	return table
}()

// end returns how long the first piece of b is. A piece ends after the byte where
// the hash of what came before it, h ← 2h + gear[byte] over at most 64 bytes, has
// its highest bits clear (gear hashing; W. Xia et al., FastCDC, USENIX ATC 2016).
func end(b []byte, grain int) int {
	least, most := 1<<grain/4, 8<<grain
	b = b[:min(len(b), most)]
	var h uint64
	for i := max(0, least-64); i < len(b); i++ {
		h = h<<1 + gear[b[i]]
		if i >= least && h>>(64-grain) == 0 {
			return i + 1
		}
	}
	return len(b)
}

// cutter makes the pieces of one file.
type cutter struct {
	ctx    context.Context // governs the reading of this one file
	l      *Layout
	grain  int
	limit  int
	pieces []Piece
	room   []byte
}

// window is read at once, and more than the largest piece.
const window = 256 << 10

func (c *cutter) pixels(s span) error {
	b, err := c.bytes(s.from, int(min(Probe, s.to-s.from)))
	if err == nil && len(c.pieces) < c.limit {
		c.pieces = append(c.pieces, Piece{Off: s.from, Len: s.to - s.from, Key: pixelsKey(b), Pixels: true})
	}
	return err
}

// rest cuts a stretch; how does not depend on what is around it.
func (c *cutter) rest(from, to int64) error {
	var b []byte
	for at := from; at < to && len(c.pieces) < c.limit; {
		if len(b) < 8<<c.grain && at+int64(len(b)) < to {
			var err error
			if b, err = c.bytes(at, int(min(window, to-at))); err != nil {
				return err
			}
		}
		n := end(b, c.grain)
		c.pieces = append(c.pieces, Piece{Off: at, Len: int64(n), Key: restKey(b[:n])})
		at, b = at+int64(n), b[n:]
	}
	return nil
}

func (c *cutter) bytes(at int64, n int) ([]byte, error) {
	if err := c.ctx.Err(); err != nil {
		return nil, err
	}
	if c.room == nil {
		c.room = make([]byte, window)
	}
	return c.room[:n], c.l.read(c.room[:n], at)
}
