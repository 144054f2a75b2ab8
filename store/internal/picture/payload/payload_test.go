package payload

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	encoder "image/jpeg"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Context() context.Context
}

func sum(t tester, b []byte, mime string) media.ID {
	t.Helper()
	id, err := Sum(t.Context(), bytes.NewReader(b), int64(len(b)), mime)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// photo returns a JPEG as the standard library writes it: without metadata.
func photo(t testing.TB) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, 96, 64))
	for i := range 96 * 64 {
		m.Set(i%96, i/96, color.RGBA{uint8(i * i), uint8(i * 7), uint8(i / 3), 255})
	}
	var b bytes.Buffer
	if err := encoder.Encode(&b, m, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segments cuts a JPEG before each of its markers up to the start of the scan.
func segments(b []byte) (parts [][]byte) {
	parts = append(parts, b[:2])
	for at := 2; ; {
		end := at + 2 + int(binary.BigEndian.Uint16(b[at+2:]))
		parts = append(parts, b[at:end])
		if b[at+1] == 0xda {
			return append(parts, b[end:])
		}
		at = end
	}
}

func TestMetadataOfAJPEGDoesNotChangeItsPayload(t *testing.T) {
	plain := photo(t)
	whole, _, err := media.Hash(t.Context(), bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	if got := sum(t, plain, "image/jpeg"); got != whole.ID {
		t.Fatalf("the payload of a JPEG without metadata is not the file: %v", got)
	}
	parts := segments(plain)
	rapid.Check(t, func(t *rapid.T) {
		var b []byte
		for i, p := range parts {
			if i > 0 && i < len(parts)-1 {
				for range rapid.IntRange(0, 2).Draw(t, "metadata") {
					b = append(b, metadata(t)...)
				}
				b = append(b, bytes.Repeat([]byte{0xff}, rapid.IntRange(0, 3).Draw(t, "fill"))...)
			}
			if i == len(parts)-1 {
				p = slices.Insert(slices.Clone(p), len(p)-2, bytes.Repeat([]byte{0xff}, rapid.IntRange(0, 3).Draw(t, "fill at the end"))...)
			}
			b = append(b, p...)
		}
		b = append(b, rapid.SliceOfN(rapid.Byte(), 0, 400).Draw(t, "trailer")...)
		if got := sum(t, b, "image/jpeg"); got != whole.ID {
			t.Fatalf("payload %v, want %v", got, whole.ID)
		}
	})
}

// metadata is an APPn or COM segment, at times a long one.
func metadata(t *rapid.T) []byte {
	marker := rapid.OneOf(rapid.ByteRange(0xe0, 0xef), rapid.Just[byte](0xfe)).Draw(t, "marker")
	n := rapid.OneOf(rapid.IntRange(0, 40), rapid.IntRange(60_000, 65_533)).Draw(t, "length")
	b := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(n+2))
	return append(b, bytes.Repeat([]byte{0xff, 0xd9}, n)[:n]...)
}

func TestEachByteOfThePayloadCounts(t *testing.T) {
	plain := photo(t)
	want := sum(t, plain, "image/jpeg")
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(plain)
		at := rapid.IntRange(0, len(b)-1).Draw(t, "at")
		b[at] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		if got := sum(t, b, "image/jpeg"); got == want {
			t.Fatalf("byte %d does not count", at)
		}
	})
}

func TestAShortenedFileHasNoPayload(t *testing.T) {
	plain := photo(t)
	rapid.Check(t, func(t *rapid.T) {
		b := plain[:rapid.IntRange(0, len(plain)-1).Draw(t, "length")]
		if got := sum(t, b, "image/jpeg"); got != (media.ID{}) {
			t.Fatalf("%d bytes have the payload %v", len(b), got)
		}
	})
}

// mdat and others build a movie of boxes.
func boxOf(kind string, content []byte, wide bool) []byte {
	if wide {
		b := append([]byte{0, 0, 0, 1}, kind...)
		b = binary.BigEndian.AppendUint64(b, uint64(16+len(content)))
		return append(b, content...)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(content)))
	return append(append(b, kind...), content...)
}

func TestThePayloadOfAMovieIsItsMediaData(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.SliceOfN(rapid.Byte(), 1, 600).Draw(t, "first")
		second := rapid.SliceOfN(rapid.Byte(), 0, 600).Draw(t, "second")
		content := rapid.SliceOfN(rapid.Byte(), 0, 80)
		build := func(name string) []byte {
			b := boxOf("ftyp", []byte("isom\x00\x00\x02\x00isom"), false)
			if rapid.Bool().Draw(t, name+" moov first") {
				b = append(b, boxOf("moov", content.Draw(t, name+" moov"), false)...)
			}
			b = append(b, boxOf("mdat", first, rapid.Bool().Draw(t, name+" wide"))...)
			b = append(b, boxOf("free", content.Draw(t, name+" free"), false)...)
			b = append(b, boxOf("mdat", second, false)...)
			return append(b, boxOf("moov", content.Draw(t, name+" moov last"), false)...)
		}
		a, b := sum(t, build("a"), "video/mp4"), sum(t, build("b"), "video/quicktime")
		want, _, err := media.Hash(t.Context(), bytes.NewReader(append(bytes.Clone(first), second...)))
		if err != nil || a != want.ID || b != want.ID {
			t.Fatalf("payloads %v and %v, want %v (%v)", a, b, want.ID, err)
		}
	})
}

func TestAMovieThatEndsWithinItsMediaDataHasNoPayload(t *testing.T) {
	b := append(boxOf("ftyp", []byte("isom\x00\x00\x02\x00isom"), false), boxOf("mdat", make([]byte, 999), false)...)
	if sum(t, b, "video/mp4") == (media.ID{}) {
		t.Error("the whole movie has no payload")
	}
	if got := sum(t, b[:len(b)-1], "video/mp4"); got != (media.ID{}) {
		t.Errorf("the shortened movie has the payload %v", got)
	}
	second := append(bytes.Clone(b), boxOf("mdat", make([]byte, 999), false)...)
	if got := sum(t, second[:len(second)-1], "video/mp4"); got != (media.ID{}) {
		t.Errorf("the movie with a shortened second part has the payload %v", got)
	}
	trailer := append(bytes.Clone(b), "a maker's notes"...)
	if sum(t, trailer, "video/mp4") != sum(t, b, "video/mp4") {
		t.Error("what follows the boxes changes the payload")
	}
}

// broken fails after some bytes.
type broken struct {
	io.ReaderAt
	after int64
}

var errDisk = errors.New("disk")

func (b broken) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.after {
		return 0, errDisk
	}
	return b.ReaderAt.ReadAt(p, off)
}

func TestAFailureOfTheFileIsAnError(t *testing.T) {
	b := boxOf("ftyp", []byte("isom\x00\x00\x02\x00isom"), false)
	b = append(b, boxOf("mdat", make([]byte, 3*chunk), false)...)
	_, err := Sum(t.Context(), broken{bytes.NewReader(b), 2 * chunk}, int64(len(b)), "video/mp4")
	if !errors.Is(err, errDisk) {
		t.Errorf("error %v", err)
	}
}

// What finding and hashing a payload may allocate, in bytes.
const sumMemory = 4 << 20

func FuzzSum(f *testing.F) {
	f.Add(photo(f), true)
	f.Add(append(boxOf("ftyp", []byte("qt  "), false), boxOf("mdat", []byte("pixels"), true)...), false)
	f.Fuzz(func(t *testing.T, b []byte, still bool) {
		mime := "video/mp4"
		if still {
			mime = "image/jpeg"
		}
		var first media.ID
		var err error
		formattest.Bounded(t, sumMemory, func() { first, err = Sum(t.Context(), bytes.NewReader(b), int64(len(b)), mime) })
		if err != nil {
			t.Fatal(err)
		}
		if second := sum(t, b, mime); first != second {
			t.Fatal("two payloads of one file")
		}
	})
}
