package tiff

import (
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"
)

// Type is how the values of an entry are written (TIFF 6.0, section 2; BigTIFF).
type Type uint16

// The types.
const (
	Byte      Type = 1
	ASCII     Type = 2
	Short     Type = 3
	Long      Type = 4
	Rational  Type = 5
	SByte     Type = 6
	Undefined Type = 7
	SShort    Type = 8
	SLong     Type = 9
	SRational Type = 10
	Float     Type = 11
	Double    Type = 12
	IFD       Type = 13
	Long8     Type = 16
	SLong8    Type = 17
	IFD8      Type = 18
	UTF8      Type = 129 // EXIF 3.0
)

// size is the bytes of one value; 0 for a type that is not known.
func (t Type) size() int {
	switch t {
	case Byte, ASCII, SByte, Undefined, UTF8:
		return 1
	case Short, SShort:
		return 2
	case Long, SLong, Float, IFD:
		return 4
	case Rational, SRational, Double, Long8, SLong8, IFD8:
		return 8
	}
	return 0
}

// Entry is one field of a directory.
type Entry struct {
	Tag   uint16
	Type  Type
	Count uint64
	Size  uint64 // of all values, in bytes, as stated

	at   int64 // of the first value, in the source
	tree *Tree
}

// At is where the value stands in the source.
func (e Entry) At() int64 { return e.at }

// Raw returns the bytes of the value, at most n of them.
func (e Entry) Raw(n int) []byte {
	return e.tree.source.Bytes(e.at, int(min(e.Size, uint64(min(max(n, 0), maxValue)))))
}

// Text returns a string value as people wrote it: up to the first zero byte,
// trimmed, in UTF-8, being Latin-1 if it is not.
func (e Entry) Text() string {
	if e.Type.size() != 1 {
		return ""
	}
	return Clean(e.Raw(4096))
}

// Clean makes text of bytes as Text does.
func Clean(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	if !utf8.ValidString(s) {
		runes := make([]rune, 0, len(s))
		for i := range len(s) {
			runes = append(runes, rune(s[i]))
		}
		s = string(runes)
	}
	return strings.TrimSpace(s)
}

// Numbers returns at most n values as numbers. A fraction of zero is not a number.
func (e Entry) Numbers(n int) []float64 {
	unit := e.Type.size()
	if unit == 0 || e.Type == ASCII || e.Type == UTF8 {
		return nil
	}
	if e.Count < uint64(max(n, 0)) {
		n = int(e.Count)
	}
	raw := e.Raw(n * unit)
	values := make([]float64, 0, len(raw)/unit)
	for ; len(raw) >= unit && len(values) < n; raw = raw[unit:] {
		values = append(values, e.number(raw))
	}
	return values
}

func (e Entry) number(b []byte) float64 {
	order := e.tree.Order
	switch e.Type {
	case SByte:
		return float64(int8(b[0]))
	case Short:
		return float64(order.Uint16(b))
	case SShort:
		return float64(int16(order.Uint16(b)))
	case Long, IFD:
		return float64(order.Uint32(b))
	case SLong:
		return float64(int32(order.Uint32(b)))
	case Rational:
		return float64(order.Uint32(b)) / float64(order.Uint32(b[4:]))
	case SRational:
		return float64(int32(order.Uint32(b))) / float64(int32(order.Uint32(b[4:])))
	case Float:
		return float64(math.Float32frombits(order.Uint32(b)))
	case Double:
		return math.Float64frombits(order.Uint64(b))
	case Long8, IFD8:
		return float64(order.Uint64(b))
	case SLong8:
		return float64(int64(order.Uint64(b)))
	}
	return float64(b[0])
}

// Whole returns at most n values that are whole and not negative.
func (e Entry) Whole(n int) []int64 {
	var whole []int64
	for _, v := range e.Numbers(n) {
		if !(v >= 0 && v < 1<<53) {
			v = 0
		}
		whole = append(whole, int64(v))
	}
	return whole
}

// Directory is one image file directory (IFD).
type Directory struct {
	Offset int64 // in the tree
	Next   int64 // offset of the following one; 0 = none

	tree    *Tree
	entries []Entry
}

// Tree is what the directory belongs to.
func (d *Directory) Tree() *Tree { return d.tree }

// Entries returns all entries that can be read.
func (d *Directory) Entries() []Entry {
	if d == nil {
		return nil
	}
	return d.entries
}

// Find returns the first entry with a tag. A directory that is nil has none.
func (d *Directory) Find(tag uint16) (Entry, bool) {
	for _, e := range d.Entries() {
		if e.Tag == tag {
			return e, true
		}
	}
	return Entry{}, false
}

// Has reports whether there is an entry with a tag.
func (d *Directory) Has(tag uint16) bool {
	_, ok := d.Find(tag)
	return ok
}

// Text returns the text of a tag; "" if it is absent.
func (d *Directory) Text(tag uint16) string {
	if e, ok := d.Find(tag); ok {
		return e.Text()
	}
	return ""
}

// Whole returns the first whole number of a tag.
func (d *Directory) Whole(tag uint16) (int64, bool) {
	if e, ok := d.Find(tag); ok {
		if all := e.Whole(1); len(all) == 1 {
			return all[0], true
		}
	}
	return 0, false
}

// Or returns the first whole number of a tag, or what is to stand for it.
func (d *Directory) Or(tag uint16, otherwise int64) int64 {
	if v, ok := d.Whole(tag); ok {
		return v
	}
	return otherwise
}

// All returns at most n whole numbers of a tag.
func (d *Directory) All(tag uint16, n int) []int64 {
	if e, ok := d.Find(tag); ok {
		return e.Whole(n)
	}
	return nil
}

// Numbers returns at most n numbers of a tag.
func (d *Directory) Numbers(tag uint16, n int) []float64 {
	if e, ok := d.Find(tag); ok {
		return e.Numbers(n)
	}
	return nil
}

// Below reads the directories that a tag points to, at most n.
func (d *Directory) Below(tag uint16, n int) []*Directory {
	var all []*Directory
	for _, at := range d.All(tag, n) {
		if at == 0 || at == d.Offset {
			continue
		}
		if below := d.tree.Directory(at); below != nil {
			all = append(all, below)
		}
	}
	return all
}

// Source is where the value stands.
func (e Entry) Source() Source { return e.tree.source }

// Order is the byte order of the tree that the entry belongs to.
func (e Entry) Order() binary.ByteOrder { return e.tree.Order }

// Tree is what the entry belongs to.
func (e Entry) Tree() *Tree { return e.tree }
