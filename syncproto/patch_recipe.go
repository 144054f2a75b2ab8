package syncproto

import (
	"encoding/binary"
	"io"

	"homeroll/syncproto/internal/pieces"
)

// step is a stretch of an item: fresh bytes, or bytes of a base from where one
// of its pieces begins.
type step struct {
	length int64
	copied bool
	piece  int // counted through all bases
}

// packRecipe writes the steps, which follow each other from the item's first
// byte to its last: for each a uvarint of twice its length, and one more
// if it is copied; then that piece's number as another.
func packRecipe(steps []step) (b []byte) {
	for _, s := range steps {
		if !s.copied {
			b = binary.AppendUvarint(b, uint64(s.length)<<1)
			continue
		}
		b = binary.AppendUvarint(b, uint64(s.length)<<1|1)
		b = binary.AppendUvarint(b, uint64(s.piece))
	}
	return b
}

// unpackRecipe reads the steps for an item of size bytes from bases of n
// pieces together.
func unpackRecipe(b []byte, size int64, n int) (steps []step, err error) {
	var at, fresh int64
	for len(b) > 0 {
		v, used := binary.Uvarint(b)
		if used <= 0 || v>>1 == 0 || v>>1 > uint64(size-at) {
			return nil, malformed("recipe at byte %d of the item", at)
		}
		b = b[used:]
		s := step{length: int64(v >> 1), copied: v&1 == 1}
		if s.copied {
			v, used := binary.Uvarint(b)
			if used <= 0 || v >= uint64(n) {
				return nil, malformed("recipe with piece %d of %d", v, n)
			}
			b, s.piece = b[used:], int(v)
		} else {
			fresh += s.length
		}
		at += s.length
		steps = append(steps, s)
	}
	if at != size {
		return nil, malformed("recipe for %d bytes of %d", at, size)
	}
	return steps, limited("fresh bytes", int(min(fresh, maxFresh+1)), maxFresh)
}

// write returns the recipe for an item that was cut into pieces, from the keys
// of others, and how many bytes are fresh. What of the item no piece covers is.
func write(item []pieces.Piece, size int64, bases [][]pieces.Key) (steps []step, fresh int64) {
	where := index(bases)
	var at int64
	last := -1 // the piece before, where what follows it in its base may follow here
	for _, p := range item {
		n, ok := where.find(p.Key, last)
		switch {
		case ok && last >= 0 && n == last+1 && !where.heads[n]:
			steps[len(steps)-1].length += p.Len
		default:
			steps = appendStep(steps, step{length: p.Len, copied: ok, piece: n})
		}
		if !ok {
			fresh += p.Len
		}
		last = n
		if !ok || p.Pixels {
			last = -1 // of pixels, the base may have more or fewer
		}
		at = p.Off + p.Len
	}
	if at < size {
		steps = appendStep(steps, step{length: size - at})
	}
	return steps, fresh + size - at
}

// appendStep adds a step, to the last one if both are fresh bytes.
func appendStep(steps []step, s step) []step {
	if n := len(steps); n > 0 && !s.copied && !steps[n-1].copied {
		steps[n-1].length += s.length
		return steps
	}
	if s.length == 0 {
		return steps
	}
	return append(steps, s)
}

// keyIndex finds pieces of bases by their keys.
type keyIndex struct {
	first map[pieces.Key]int
	all   []pieces.Key
	heads map[int]bool // first pieces of a base
}

func index(bases [][]pieces.Key) *keyIndex {
	x := &keyIndex{first: map[pieces.Key]int{}, heads: map[int]bool{}}
	for _, keys := range bases {
		x.heads[len(x.all)] = true
		for _, k := range keys {
			if _, ok := x.first[k]; !ok {
				x.first[k] = len(x.all)
			}
			x.all = append(x.all, k)
		}
	}
	return x
}

// find returns a piece with the key, the one after last if it has it.
func (x *keyIndex) find(k pieces.Key, last int) (int, bool) {
	if next := last + 1; last >= 0 && next < len(x.all) && !x.heads[next] && x.all[next] == k {
		return next, true
	}
	n, ok := x.first[k]
	return n, ok
}

// assembly reads an item by its recipe.
type assembly struct {
	steps []step
	done  int64 // of the first step
	bases []base
	fresh io.Reader
	taken int64 // fresh bytes
}

// fill reads the next bytes of the item; whole is false if a base does not have
// some of them. An error is that of the fresh bytes.
func (a *assembly) fill(b []byte) (whole bool, err error) {
	whole = true
	for len(b) > 0 {
		s := &a.steps[0]
		n := int(min(int64(len(b)), s.length-a.done))
		if s.copied {
			whole = a.copy(b[:n], s.piece) && whole
		} else {
			if _, err := io.ReadFull(a.fresh, b[:n]); err != nil {
				return false, cut(err)
			}
			a.taken += int64(n)
		}
		b, a.done = b[n:], a.done+int64(n)
		if a.done == s.length {
			a.steps, a.done = a.steps[1:], 0
		}
	}
	return whole, nil
}

// copy reads bytes of a base behind the beginning of a piece.
func (a *assembly) copy(b []byte, piece int) bool {
	for i := range a.bases {
		if piece < len(a.bases[i].pieces) {
			n, _ := a.bases[i].ReadAt(b, a.bases[i].pieces[piece].Off+a.done)
			return n == len(b)
		}
		piece -= len(a.bases[i].pieces)
	}
	return false
}
