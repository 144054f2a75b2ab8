// Package tiff reads the directories of TIFF 6.0, BigTIFF and EXIF, and of the
// RAW formats and maker notes that are built alike. It reads what it is asked
// for and no more, and believes none of it: counts, offsets and loops are
// bounded, and what cannot be read is absent.
//
// Start with [Open]. What the tags mean is the callers' business.
package tiff

import (
	"encoding/binary"
)

// Source is where the bytes are. Bytes returns n bytes from off, fewer where
// they end or may not be read; the result is not written to by either side.
type Source interface {
	Bytes(off int64, n int) []byte
}

// Bounds on what one tree may cost. Real files stay far below: the largest
// EXIF directories have about 100 entries, maker notes about 300.
const (
	maxEntries     = 2048 // in one directory
	maxDirectories = 96   // in one tree
	maxValue       = 1 << 20
)

// Tree is one TIFF structure: all offsets in it count from its base.
type Tree struct {
	Order binary.ByteOrder
	// Magic is 42 for TIFF and 43 for BigTIFF; makers of RAW have their own.
	Magic uint16
	First int64 // offset of the first directory

	source Source
	base   int64
	big    bool
	read   int // directories so far
}

// Open reads the header at base.
func Open(source Source, base int64) (*Tree, bool) {
	head := source.Bytes(base, 16)
	if len(head) < 8 {
		return nil, false
	}
	t := &Tree{source: source, base: base}
	switch string(head[:2]) {
	case "II":
		t.Order = binary.LittleEndian
	case "MM":
		t.Order = binary.BigEndian
	default:
		return nil, false
	}
	t.Magic = t.Order.Uint16(head[2:])
	t.First = int64(t.Order.Uint32(head[4:]))
	if t.Magic == 43 {
		if len(head) < 16 || t.Order.Uint16(head[4:]) != 8 {
			return nil, false
		}
		t.big = true
		t.First = offset(t.Order.Uint64(head[8:]))
	}
	return t, true
}

// Within returns a tree without a header of its own, such as that of a maker
// note, whose offsets count from base.
func Within(source Source, base int64, order binary.ByteOrder) *Tree {
	return &Tree{Order: order, source: source, base: base}
}

// Base is where the offsets count from, in the source.
func (t *Tree) Base() int64 { return t.base }

// offset refuses what no file can have: it reads as beyond the end.
func offset(v uint64) int64 {
	if v > 1<<62 {
		return 1 << 62
	}
	return int64(v)
}

// Chain reads the directory at first and those that follow it, at most most.
func (t *Tree) Chain(first int64, most int) []*Directory {
	var all []*Directory
	seen := map[int64]bool{}
	for at := first; at > 0 && len(all) < most && !seen[at]; {
		seen[at] = true
		d := t.Directory(at)
		if d == nil {
			break
		}
		all = append(all, d)
		at = d.Next
	}
	return all
}

// Directory reads the directory at an offset; nil if there is none. One that is
// cut short has the entries that are left.
func (t *Tree) Directory(at int64) *Directory {
	if at < 0 || t.read >= maxDirectories {
		return nil
	}
	t.read++
	head, entry, word := 2, 12, 4
	if t.big {
		head, entry, word = 8, 20, 8
	}
	b := t.source.Bytes(t.base+at, head)
	if len(b) < head {
		return nil
	}
	count := uint64(t.Order.Uint16(b))
	if t.big {
		count = t.Order.Uint64(b)
	}
	if count == 0 || count > maxEntries {
		return nil
	}
	n := int(count)
	start := t.base + at + int64(head)
	b = t.source.Bytes(start, n*entry+word)
	d := &Directory{Offset: at, tree: t, entries: make([]Entry, 0, min(n, len(b)/entry))}
	for i := range n {
		if len(b) < (i+1)*entry {
			return d
		}
		if e, ok := t.entry(b[i*entry:(i+1)*entry], start+int64(i*entry)); ok {
			d.entries = append(d.entries, e)
		}
	}
	if rest := b[n*entry:]; len(rest) >= word {
		d.Next = int64(t.Order.Uint32(rest))
		if t.big {
			d.Next = offset(t.Order.Uint64(rest))
		}
	}
	return d
}

// entry reads one entry that stands at an absolute position.
func (t *Tree) entry(b []byte, at int64) (Entry, bool) {
	e := Entry{Tag: t.Order.Uint16(b), Type: Type(t.Order.Uint16(b[2:])), tree: t}
	value, room := 8, uint64(4)
	e.Count = uint64(t.Order.Uint32(b[4:]))
	if t.big {
		value, room = 12, 8
		e.Count = t.Order.Uint64(b[4:])
	}
	unit := e.Type.size()
	if unit == 0 || e.Count > 1<<40 {
		return e, false
	}
	e.Size = e.Count * uint64(unit)
	if e.Size <= room {
		e.at = at + int64(value)
		return e, true
	}
	if t.big {
		e.at = t.base + offset(t.Order.Uint64(b[value:]))
	} else {
		e.at = t.base + int64(t.Order.Uint32(b[value:]))
	}
	return e, true
}
