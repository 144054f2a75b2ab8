package picture

import (
	"encoding/binary"
	"iter"

	"homeroll/store/internal/picture/tiff"
)

// box is one box of the ISO base media file format (ISO 14496-12, section 4.2).
type box struct {
	kind string
	body int64 // where its content begins
	end  int64
	id   [16]byte // of a uuid box, which body is behind
}

// maxBoxes bounds those that are looked at in one place.
const maxBoxes = 2048

// boxes walks the boxes from an offset to an end. One that claims to be larger than its place is cut.
func boxes(source tiff.Source, at, end int64) iter.Seq[box] {
	return func(yield func(box) bool) {
		for range maxBoxes {
			b, ok := boxAt(source, at, end)
			if !ok || !yield(b) {
				return
			}
			at = b.end
		}
	}
}

func boxAt(source tiff.Source, at, end int64) (box, bool) {
	if end-at < 8 {
		return box{}, false
	}
	head := source.Bytes(at, 32)
	if len(head) < 8 {
		return box{}, false
	}
	b := box{kind: string(head[4:8]), body: at + 8}
	size := int64(binary.BigEndian.Uint32(head))
	switch {
	case size == 0:
		size = end - at
	case size == 1 && len(head) >= 16:
		large := binary.BigEndian.Uint64(head[8:])
		if large > 1<<62 {
			return box{}, false
		}
		size, b.body = int64(large), at+16
	}
	if size < b.body-at {
		return box{}, false
	}
	b.end = min(at+size, end)
	if b.kind == "uuid" && b.body-at+16 <= int64(len(head)) {
		copy(b.id[:], head[b.body-at:])
		b.body += 16
	}
	return b, b.body <= b.end
}

// find returns the first box of a kind.
func find(source tiff.Source, at, end int64, kind string) (box, bool) {
	for b := range boxes(source, at, end) {
		if b.kind == kind {
			return b, true
		}
	}
	return box{}, false
}

// content reads at most n bytes of a box.
func content(source tiff.Source, b box, n int64) []byte {
	return source.Bytes(b.body, int(min(b.end-b.body, n)))
}

// fields reads big-endian fields one after the other; past the end they are zero and bad is set.
type fields struct {
	b   []byte
	bad bool
}

// take reads n bytes (at most 8) as a number.
func (f *fields) take(n int) uint64 {
	if len(f.b) < n {
		f.b, f.bad = nil, true
		return 0
	}
	var v uint64
	for _, c := range f.b[:n] {
		v = v<<8 | uint64(c)
	}
	f.b = f.b[n:]
	return v
}

// text reads up to a zero byte.
func (f *fields) text() string {
	for i, c := range f.b {
		if c == 0 {
			s := string(f.b[:i])
			f.b = f.b[i+1:]
			return s
		}
	}
	s := string(f.b)
	f.b = nil
	return s
}
