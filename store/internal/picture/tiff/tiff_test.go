package tiff_test

import (
	"encoding/binary"
	"math"
	"testing"

	"homeroll/store/internal/picture/tiff"
)

// file is bytes as a source that counts what is asked of it.
type file struct {
	b     []byte
	asked int
}

func (f *file) Bytes(off int64, n int) []byte {
	f.asked += n
	if off < 0 || off >= int64(len(f.b)) {
		return nil
	}
	return f.b[off:min(off+int64(n), int64(len(f.b)))]
}

// entry is twelve bytes of a directory, little-endian.
func entry(tag, kind uint16, count, value uint32) []byte {
	b := binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(nil, tag), kind)
	return binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, count), value)
}

// tree is a file of one directory, at 8, and what is behind it.
func tree(next uint32, rest []byte, entries ...[]byte) *file {
	b := []byte{'I', 'I', 42, 0, 8, 0, 0, 0, byte(len(entries)), 0}
	for _, e := range entries {
		b = append(b, e...)
	}
	return &file{b: append(binary.LittleEndian.AppendUint32(b, next), rest...)}
}

func first(t *testing.T, f *file) *tiff.Directory {
	t.Helper()
	tree, ok := tiff.Open(f, 0)
	if !ok {
		t.Fatal("no head")
	}
	d := tree.Directory(tree.First)
	if d == nil {
		t.Fatal("no directory")
	}
	return d
}

func TestValues(t *testing.T) {
	minus := uint32(math.MaxUint32)
	behind := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 7), 2)
	behind = append(behind, "Caf\xe9 \x00lost"...)
	f := tree(0, behind,
		entry(1, 3, 2, 0x00020001), entry(2, 9, 1, minus), entry(3, 5, 1, 86), entry(4, 2, 11, 94), entry(5, 200, 1, 9), entry(6, 1, 4, 0x04030201))
	d := first(t, f)
	if v := d.All(1, 9); len(v) != 2 || v[0] != 1 || v[1] != 2 {
		t.Errorf("shorts: %v", v)
	}
	if v := d.Numbers(2, 1); len(v) != 1 || v[0] != -1 {
		t.Errorf("a signed long: %v", v)
	}
	if v, ok := d.Whole(2); !ok || v != 0 {
		t.Errorf("a negative is no offset: %v", v)
	}
	if v := d.Numbers(3, 1); len(v) != 1 || v[0] != 3.5 {
		t.Errorf("a fraction: %v", v)
	}
	if v := d.Text(4); v != "Café" {
		t.Errorf("Latin-1: %q", v)
	}
	if d.Has(5) {
		t.Error("a type that does not exist was read")
	}
	if v := d.Numbers(6, 2); len(v) != 2 || v[1] != 2 {
		t.Errorf("bytes: %v", v)
	}
}

func TestLoopsEnd(t *testing.T) {
	f := tree(8, nil, entry(0x14a, 4, 1, 8))
	tr, _ := tiff.Open(f, 0)
	if n := len(tr.Chain(tr.First, 1000)); n != 1 {
		t.Errorf("a chain that bites its tail has %d members", n)
	}
	for range 10_000 {
		for _, below := range tr.Directory(8).Below(0x14a, 10) {
			_ = below
		}
	}
	if f.asked > 100_000 {
		t.Errorf("%d bytes were asked for", f.asked)
	}
}

func TestClaimsAreNotBelieved(t *testing.T) {
	f := tree(0, nil, entry(1, 2, math.MaxUint32, 8), entry(2, 5, math.MaxUint32, math.MaxUint32), entry(3, 7, 1<<30, 0))
	d := first(t, f)
	asked := f.asked
	d.Text(1)
	d.Numbers(2, 3)
	if e, ok := d.Find(3); !ok || len(e.Raw(math.MaxInt)) > len(f.b) {
		t.Error("more was read than there is")
	}
	if f.asked-asked > 2<<20 {
		t.Errorf("%d bytes were asked for", f.asked-asked)
	}
	many := &file{b: []byte{'I', 'I', 42, 0, 8, 0, 0, 0, 0xff, 0xff}}
	if tr, _ := tiff.Open(many, 0); tr.Directory(8) != nil {
		t.Error("65,535 entries were believed")
	}
}

func TestCutDirectory(t *testing.T) {
	f := tree(0, nil, entry(1, 3, 1, 5), entry(2, 3, 1, 6))
	f.b = f.b[:8+2+12+3]
	if d := first(t, f); d.Or(1, 0) != 5 || d.Has(2) {
		t.Error("what is left of a directory is not what was read")
	}
}

func TestBigTIFF(t *testing.T) {
	b := append([]byte("MM\x00+\x00\x08\x00\x00"), binary.BigEndian.AppendUint64(nil, 16)...)
	b = binary.BigEndian.AppendUint64(b, 1)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, 0x100), 16)
	b = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(b, 1), 1<<33)
	if d := first(t, &file{b: b}); d.Or(0x100, 0) != 1<<33 {
		t.Error(d.Or(0x100, 0))
	}
}
