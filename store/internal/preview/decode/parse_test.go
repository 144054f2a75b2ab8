package decode

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media/formattest"
)

// heicMeta is the directory of a picture of two tiles.
func heicMeta() []byte {
	full := func(kind string, version byte, parts ...[]byte) []byte {
		return box(kind, append([][]byte{{version, 0, 0, 0}}, parts...)...)
	}
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 512), 256)
	entry := func(id byte, kind string) []byte {
		return full("infe", 2, []byte{0, id, 0, 0}, []byte(kind), []byte{0})
	}
	return slices.Concat([]byte{0, 0, 0, 0},
		full("pitm", 0, []byte{0, 3}),
		full("iinf", 0, []byte{0, 3}, entry(1, "hvc1"), entry(2, "hvc1"), entry(3, "grid")),
		full("iloc", 1, []byte{0x44, 0, 0, 1, 0, 3, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 8}),
		full("iref", 0, box("dimg", []byte{0, 3, 0, 2, 0, 1, 0, 2})),
		box("iprp", box("ipco", full("ispe", 0, size), box("irot", []byte{1}), box("imir", []byte{1}),
			box("colr", []byte("nclx\x00\x0c\x00\x0d\x00\x06\x80"))),
			full("ipma", 0, []byte{0, 0, 0, 1, 0, 3, 4, 1, 2, 3, 4})),
		box("idat", []byte{0, 0, 0, 1, 4, 0, 1, 0}))
}

func TestHEIFDirectory(t *testing.T) {
	f, err := parseMeta(heicMeta())
	if err != nil {
		t.Fatal(err)
	}
	item := f.items[f.primary]
	if w, h := f.size(item); item.kind != "grid" || w != 512 || h != 256 || !slices.Equal(item.parts, []uint64{1, 2}) {
		t.Errorf("%+v, %d×%d", item, w, h)
	}
	// A quarter turn to the left and then mirrored is the transposition.
	if o := f.orientation(item); o != 7 {
		t.Errorf("orientation %d", o)
	}
	coding, profile := f.colours(item, f.codedCoding(item))
	if coding.Primaries != 12 || !coding.Full || profile == nil {
		t.Errorf("%+v, profile %v", coding, profile != nil)
	}
}

// Turning and mirroring compose as what they do to the corners does.
func TestOrientationsCompose(t *testing.T) {
	// Corners of the upright picture, clockwise from the top left, by where they are stored.
	shown := [9][4]int{1: {0, 1, 2, 3}, 2: {1, 0, 3, 2}, 3: {2, 3, 0, 1}, 4: {3, 2, 1, 0},
		5: {0, 3, 2, 1}, 6: {3, 0, 1, 2}, 7: {2, 1, 0, 3}, 8: {1, 2, 3, 0}}
	for o := 1; o <= 8; o++ {
		c := shown[o]
		if want := [4]int{c[1], c[2], c[3], c[0]}; shown[turnedLeft[o]] != want {
			t.Errorf("%d turned left: %d", o, turnedLeft[o])
		}
		if want := [4]int{c[1], c[0], c[3], c[2]}; shown[mirrored[o]] != want {
			t.Errorf("%d mirrored: %d", o, mirrored[o])
		}
		if want := [4]int{c[3], c[2], c[1], c[0]}; shown[flipped[o]] != want {
			t.Errorf("%d flipped: %d", o, flipped[o])
		}
	}
}

// A JPEG's head costs what its scans cost, and no marker within a scan ends it.
func TestJPEGHeadCountsScans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		scans := rapid.IntRange(1, 40).Draw(t, "scans")
		b := []byte{0xff, 0xd8, 0xff, markSOF2, 0, 17, 8, 1, 0, 1, 0, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0}
		for range scans {
			b = append(b, 0xff, markSOS, 0, 8, 1, 1, 0, 0, 63, 0)
			b = append(b, bytes.Repeat([]byte{0x12, 0xff, 0, 0xff, 0xd3, 0x34}, rapid.IntRange(0, 5).Draw(t, "data"))...)
		}
		h, err := readJPEG(append(b, 0xff, markEOI))
		if err != nil {
			t.Fatal(err)
		}
		if h.scans != scans || h.visits != int64(scans)*32*32 || h.width != 256 || !h.subsampled() || !h.ended {
			t.Fatalf("%+v", h)
		}
	})
}

// Whatever the bytes are, the parsers return, within bounds.
// What the parsers in front of the decoders may allocate, in bytes, and 64 for
// each byte of a file.
const parserMemory = 64 << 20

func FuzzParsers(f *testing.F) {
	f.Add(heicMeta())
	f.Add([]byte{0xff, 0xd8, 0xff, markSOF2, 0, 11, 8, 1, 0, 1, 0, 1, 1, 0x22, 0, 0xff, markSOS, 0, 8, 1, 1, 0, 0, 63, 0})
	f.Add([]byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x01\x00\x00ANMF"))
	f.Add(append(make([]byte, 22), 1, 33, 0, 1, 0, 9, 0x42, 1, 1, 1, 0x60, 0, 0, 3, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, parserMemory+64*uint64(len(data)), func() { parseAll(t, data) })
	})
}

func parseAll(t *testing.T, data []byte) {
	if len(data) >= 12 {
		readWebP(data).still()
	}
	if len(data) >= 2 {
		_, _ = readJPEG(data)
	}
	_, _ = readSPS(data)
	_ = inBand(data, 1+len(data)%4)
	in := &input{ctx: t.Context(), source: Source{File: bytes.NewReader(data), Size: int64(len(data)), Want: 100}, limits: Defaults()}
	meta, err := parseMeta(data)
	if err != nil {
		return
	}
	for _, item := range meta.items {
		meta.orientation(item)
		meta.colours(item, meta.codedCoding(item))
		_, _ = meta.read(in, item, 1<<20)
		_, _ = meta.readGrid(in, item)
	}
}
