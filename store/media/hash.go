package media

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"sync"

	"github.com/zeebo/blake3"
	"lukechampine.com/blake3/guts"
)

// GroupSize is how many bytes are verified, and written, at once: a complete
// subtree of BLAKE3's tree, 256 chunks.
const GroupSize = 256 << 10

// ErrCorrupt reports bytes or an outline that do not hash to their item.
var ErrCorrupt = errors.New("bytes do not match their hash")

// Outline holds the BLAKE3 chaining value of each group of an item, from which
// any group of it can be verified alone (32 bytes for 256 KiB, 0.012 %). An
// item of one group needs none: its outline is empty and its ID is enough.
type Outline [][32]byte

// Groups returns the number of groups of an item of size bytes; an empty item
// has one, empty.
func Groups(size int64) int64 { return max(1, (size+GroupSize-1)/GroupSize) }

// GroupLen returns the length in bytes of the i-th group of an item.
func GroupLen(size, i int64) int { return int(min(GroupSize, size-i*GroupSize)) }

// groupBuffers are read into: most files of a library fit into one.
var groupBuffers = sync.Pool{New: func() any { return new([GroupSize]byte) }}

// Hash reads r to its end and returns the item that it holds and its outline.
// It reads groups into one buffer and stops with ctx.
func Hash(ctx context.Context, r io.Reader) (Item, Outline, error) {
	whole := groupBuffers.Get().(*[GroupSize]byte)
	defer groupBuffers.Put(whole)
	buf := whole[:]
	var outline Outline
	var item Item
	for {
		if err := ctx.Err(); err != nil {
			return Item{}, nil, err
		}
		n, err := io.ReadFull(r, buf)
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return Item{}, nil, err
		}
		if len(outline) == 0 && end {
			item.Size = int64(n)
			item.ID = blake3.Sum256(buf[:n])
			return item, nil, nil
		}
		if n > 0 {
			outline = append(outline, groupCV(buf[:n], int64(len(outline))))
			item.Size += int64(n)
		}
		if item.Size > MaxItemSize {
			return Item{}, nil, fmt.Errorf("larger than %d bytes", int64(MaxItemSize))
		}
		if end {
			break
		}
	}
	if len(outline) == 1 {
		// Exactly one full group: it is the whole tree, and its ID is not its
		// chaining value.
		item.ID = blake3.Sum256(buf)
		return item, nil, nil
	}
	item.ID = outline.root()
	return item, outline, nil
}

// Check reports, as [ErrCorrupt], an outline that is not the item's.
func (o Outline) Check(it Item) error {
	groups := Groups(it.Size)
	if groups == 1 && len(o) == 0 {
		return nil
	}
	if int64(len(o)) != groups || groups == 1 || o.root() != it.ID {
		return fmt.Errorf("outline of %s: %w", it.ID, ErrCorrupt)
	}
	return nil
}

// Verify reports, as [ErrCorrupt], bytes that are not the i-th group of the
// item. The outline must have passed Check.
func (o Outline) Verify(it Item, i int64, data []byte) error {
	if i < 0 || i >= Groups(it.Size) || len(data) != GroupLen(it.Size, i) {
		return fmt.Errorf("group %d of %s: %w", i, it.ID, ErrCorrupt)
	}
	if len(o) == 0 {
		if ID(blake3.Sum256(data)) != it.ID {
			return fmt.Errorf("%s: %w", it.ID, ErrCorrupt)
		}
		return nil
	}
	if groupCV(data, i) != o[i] {
		return fmt.Errorf("group %d of %s: %w", i, it.ID, ErrCorrupt)
	}
	return nil
}

// root folds the groups' chaining values as BLAKE3 does (section 2.1 of its
// paper: the left subtree is the largest power of two that leaves a right one).
func (o Outline) root() ID {
	left := leftGroups(len(o))
	n := guts.ParentNode(o[:left].cv(), o[left:].cv(), &guts.IV, guts.FlagRoot)
	words := guts.CompressNode(n)
	var id ID
	for i := range 8 {
		binary.LittleEndian.PutUint32(id[4*i:], words[i])
	}
	return id
}

func (o Outline) cv() [8]uint32 {
	if len(o) == 1 {
		return toWords(o[0])
	}
	left := leftGroups(len(o))
	return guts.ChainingValue(guts.ParentNode(o[:left].cv(), o[left:].cv(), &guts.IV, 0))
}

// leftGroups returns the largest power of two below n, which is at least 2.
func leftGroups(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// groupCV returns the non-root chaining value of the i-th group.
func groupCV(data []byte, i int64) [32]byte {
	const chunks = GroupSize / guts.ChunkSize
	cv := guts.ChainingValue(subtree(data, uint64(i)*chunks))
	var out [32]byte
	for i, w := range cv {
		binary.LittleEndian.PutUint32(out[4*i:], w)
	}
	return out
}

func subtree(p []byte, chunk uint64) guts.Node {
	const batch = guts.MaxSIMD * guts.ChunkSize
	if len(p) == batch {
		return guts.CompressBuffer((*[batch]byte)(p), batch, &guts.IV, chunk, 0)
	}
	if len(p) < batch {
		var buf [batch]byte
		return guts.CompressBuffer(&buf, copy(buf[:], p), &guts.IV, chunk, 0)
	}
	chunks := (len(p) + guts.ChunkSize - 1) / guts.ChunkSize
	left := leftGroups(chunks)
	l := subtree(p[:left*guts.ChunkSize], chunk)
	r := subtree(p[left*guts.ChunkSize:], chunk+uint64(left))
	return guts.ParentNode(guts.ChainingValue(l), guts.ChainingValue(r), &guts.IV, 0)
}

func toWords(b [32]byte) (w [8]uint32) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}
