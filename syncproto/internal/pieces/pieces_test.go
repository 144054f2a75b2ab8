package pieces

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func noise(n int, seed uint64) []byte {
	b := make([]byte, n)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

func pieces(t testing.TB, b []byte, grain int) []Piece {
	t.Helper()
	l, err := Look(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Cut(context.Background(), grain, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pixelsOf(p []Piece) (all []span) {
	for _, p := range p {
		if p.Pixels {
			all = append(all, span{p.Off, p.Off + p.Len})
		}
	}
	return all
}

func segment(marker byte, body []byte) []byte {
	b := []byte{0xff, marker, 0, 0}
	binary.BigEndian.PutUint16(b[2:], uint16(len(body)+2))
	return append(b, body...)
}

func box(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(b, kind...), body...)
}

func wide(kind string, body []byte) []byte {
	b := append([]byte{0, 0, 0, 1}, kind...)
	return append(binary.BigEndian.AppendUint64(b, uint64(16+len(body))), body...)
}

func TestPixelsAreTold(t *testing.T) {
	scan := append([]byte{0xff, sos, 0, 4, 0, 0}, noise(50_000, 1)...)
	head := slices.Concat([]byte{0xff, soi}, segment(0xe1, noise(60_000, 2)), []byte{0xff, 0xff}, segment(0xdb, noise(65, 3)))
	media, moov := noise(70_000, 4), box("moov", noise(900, 5))
	ftyp := box("ftyp", []byte("isom\x00\x00\x02\x00isom"))
	for name, tc := range map[string]struct {
		file []byte
		want []span
	}{
		"JPEG":                          {slices.Concat(head, scan), []span{{int64(len(head)), int64(len(head) + len(scan))}}},
		"JPEG without a scan":           {head, nil},
		"JPEG whose segment is cut off": {head[:1000], nil},
		"JPEG with a broken marker":     {slices.Concat([]byte{0xff, soi, 0, 0}, scan), nil},
		"movie":                         {slices.Concat(ftyp, box("mdat", media), moov), []span{{28, 28 + 70_000}}},
		"movie with its tables first":   {slices.Concat(ftyp, moov, wide("mdat", media)), []span{{20 + 908 + 16, 20 + 908 + 16 + 70_000}}},
		"movie with a cut off mdat":     {slices.Concat(ftyp, moov, wide("mdat", media))[:9000], nil},
		"HEIC":                          {slices.Concat(ftyp, box("meta", nil), box("mdat", media)), nil},
		"two stretches":                 {slices.Concat(box("mdat", media), moov, box("mdat", media)), []span{{8, 70_008}, {70_008 + 908 + 8, 140_016 + 908}}},
		"short mdat":                    {slices.Concat(moov, box("mdat", media[:100])), nil},
		"nothing":                       {nil, nil},
		"noise":                         {media, nil},
	} {
		t.Run(name, func(t *testing.T) {
			if got := pixelsOf(pieces(t, tc.file, MinGrain)); !slices.Equal(got, tc.want) {
				t.Errorf("pixels %v, want %v", got, tc.want)
			}
		})
	}
}

func TestPiecesFollowEachOtherAndCoverTheFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		grain := rapid.IntRange(MinGrain, MaxGrain).Draw(t, "grain")
		b := noise(rapid.IntRange(0, 700_000).Draw(t, "size"), rapid.Uint64().Draw(t, "seed"))
		if rapid.Bool().Draw(t, "movie") {
			b = slices.Concat(box("moov", b[:len(b)/3]), box("mdat", b[len(b)/3:]), []byte("trailer"))
		}
		l, err := Look(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		cut, err := l.Cut(context.Background(), grain, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		at, rest := int64(0), 0
		for _, p := range cut {
			if p.Off != at || p.Len <= 0 {
				t.Fatalf("piece at %d of %d bytes after byte %d", p.Off, p.Len, at)
			}
			at += p.Len
			if !p.Pixels {
				rest += int(p.Len)
				if p.Len > 8<<grain {
					t.Fatalf("piece of %d bytes in grain %d", p.Len, grain)
				}
			}
		}
		if at != int64(len(b)) {
			t.Fatalf("pieces of %d bytes for %d", at, len(b))
		}
		if most := rest/(1<<grain/4) + 8; len(cut) > most {
			t.Fatalf("%d pieces of %d bytes in grain %d", len(cut), rest, grain)
		}
		few, err := l.Cut(context.Background(), grain, 3)
		if err != nil || !slices.Equal(few, cut[:min(3, len(cut))]) {
			t.Fatalf("%d pieces under a limit, %v", len(few), err)
		}
	})
}

// What an edit leaves alone has the same keys, but for a few pieces around it.
func TestAnEditChangesFewKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := noise(120_000, rapid.Uint64().Draw(t, "seed"))
		at := rapid.IntRange(0, len(b)).Draw(t, "at")
		gone := rapid.IntRange(0, min(500, len(b)-at)).Draw(t, "gone")
		edited := slices.Concat(b[:at], rapid.SliceOfN(rapid.Byte(), 0, 800).Draw(t, "new"), b[at+gone:])
		known := map[Key]bool{}
		for _, file := range [][]byte{b, edited} {
			l, err := Look(bytes.NewReader(file), int64(len(file)))
			if err != nil {
				t.Fatal(err)
			}
			cut, err := l.Cut(context.Background(), MinGrain, 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			var fresh int64
			for _, p := range cut {
				if !known[p.Key] {
					fresh += p.Len
				}
				known[p.Key] = true
			}
			if len(known) > len(cut) && fresh > 800+10<<MinGrain {
				t.Fatalf("%d bytes are fresh", fresh)
			}
		}
	})
}

func TestTheCutIsWhatItIsForAllDevices(t *testing.T) {
	b := noise(100_000, 7)
	var got []int64
	for _, p := range pieces(t, b, 13) {
		got = append(got, p.Len)
	}
	k := pieces(t, b, 13)[0].Key
	want := []int64{6322, 27907, 2456, 13660, 2971, 5410, 2725, 11995, 17088, 9466}
	wantKey := Key{0x79, 0x0a, 0x1c, 0xa5, 0x3a, 0xb3, 0xce, 0x9e}
	if !slices.Equal(got, want) || k != wantKey {
		t.Errorf("pieces of %v bytes, the first %x; want %v, %x", got, k, want, wantKey)
	}
}

func TestTooMuchIsNotCut(t *testing.T) {
	if _, err := Look(zeros{}, MaxCut+1); !errors.Is(err, ErrTooMuch) {
		t.Errorf("%v", err)
	}
	if _, err := Look(bytes.NewReader(nil), 100); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that has become shorter: %v", err)
	}
}

type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }

// FuzzLook: whatever a file says of its structure, little is read of it.
func FuzzLook(f *testing.F) {
	f.Add(slices.Concat([]byte{0xff, soi}, segment(0xe1, noise(60, 2)), []byte{0xff, sos}, noise(5000, 1)))
	f.Add(slices.Concat(box("ftyp", nil), box("moov", noise(99, 5)), wide("mdat", noise(5000, 3))))
	f.Add(box("free", nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := Look(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		cut, err := l.Cut(context.Background(), l.Grain(), 1<<16)
		if err != nil {
			t.Fatal(err)
		}
		at := int64(0)
		for _, p := range cut {
			if p.Off != at || p.Len <= 0 {
				t.Fatalf("%v after byte %d", p, at)
			}
			at += p.Len
		}
		if at != int64(len(b)) {
			t.Fatalf("%d bytes of %d", at, len(b))
		}
	})
}
