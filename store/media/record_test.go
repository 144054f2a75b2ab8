package media_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/store/media/internal/recordpb"
)

// testDevice is the device of an all-zero seed.
var testKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
var testDevice = media.DeviceOf(testKey.Public().(ed25519.PublicKey))

func samples() map[string]any {
	item := media.Item{ID: media.ID{1, 2, 3}, Size: 4_200_000_000}
	at := time.Date(1969, 7, 20, 20, 17, 40, 123456789, time.UTC)
	folder := media.Folder{ID: media.FolderID{7}, Label: "Bilder ☀"}
	return map[string]any{
		"name":           media.Name{Folder: folder.ID, Path: "DCIM/IMG_\xff1.jpg", Item: item, MTime: at},
		"holding":        media.Holding{Item: item},
		"folder":         folder,
		"profile":        media.Profile{Role: "originals", Version: "0.1.0", Disks: []media.Disk{{9}, {8}}},
		"kept":           media.Kept{Item: item, Origin: testDevice, Folder: folder, Path: "a/b.HEIC", MTime: at},
		"mark-favourite": media.Mark{About: media.AboutFavourite, Item: item.ID, Generation: 1, On: true},
		"mark-caption":   media.Mark{About: media.AboutCaption, Item: item.ID, Generation: 300, Text: "Wir am See\n☀ <script>", By: testDevice},
		"mark-trash":     media.Mark{About: media.AboutTrash, Item: item.ID, Generation: media.MaxGeneration, On: true},
		"mark-album": media.Mark{
			About: media.AboutAlbum, Album: media.AlbumID{4, 5}, Generation: 2, On: true, Text: "Norwegen", Cover: item.ID, Maker: testDevice,
		},
		"mark-album-gone": media.Mark{About: media.AboutAlbum, Album: media.AlbumID{4, 5}, Generation: 3, Maker: testDevice},
		"mark-entry":      media.Mark{About: media.AboutEntry, Album: media.AlbumID{4, 5}, Item: item.ID, Generation: 2},
	}
}

// The bytes are a format: records are compared and signed as bytes, so a
// change here makes every device publish its whole manifest again.
func TestRecordsRoundTripWithGoldenBytes(t *testing.T) {
	golden, bodies := map[string][]byte{}, []proto.Message{}
	for name, v := range samples() {
		r, err := media.EncodeRecord(v)
		if err != nil {
			t.Fatal(err)
		}
		golden["record-"+name] = r
		bodies = append(bodies, bodyOf(t, r))
		got, err := r.Decode()
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%s: decoded %+v (%v), want %+v", name, got, err, v)
		}
	}
	formattest.Golden(t, golden)
	formattest.Covers(t, recordpb.File_record_proto, bodies...)
}

func bodyOf(t *testing.T, r media.Record) proto.Message {
	m, ok := map[media.Kind]proto.Message{
		media.KindName: &recordpb.Name{}, media.KindHolding: &recordpb.Holding{}, media.KindFolder: &recordpb.Folder{},
		media.KindProfile: &recordpb.Profile{}, media.KindKept: &recordpb.Kept{},
		media.KindMark: &recordpb.Mark{},
	}[r.Kind()]
	if !ok {
		t.Fatalf("kind %d has no body here", r.Kind())
	}
	if err := proto.Unmarshal(r[1:], m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestHostilePathsAreRefused(t *testing.T) {
	for _, p := range []string{"", "/etc/passwd", "../x", "a/../../b", "a//b", "./a", "a/.", "a\x00b", "a/", strings.Repeat("a", media.MaxPath+1)} {
		if _, err := media.EncodeRecord(media.Name{Path: p}); !errors.Is(err, media.ErrRecord) {
			t.Errorf("path %.20q: %v, want ErrRecord", p, err)
		}
	}
}

func TestUnknownKindIsNoError(t *testing.T) {
	v, err := media.Record{200, 1, 2, 3}.Decode()
	if v != nil || err != nil {
		t.Errorf("unknown kind: %v, %v", v, err)
	}
}

// recordMemory is what decoding a record may allocate besides its bytes.
const recordMemory = 16 << 10

func FuzzRecordDecode(f *testing.F) {
	for _, v := range samples() {
		r, _ := media.EncodeRecord(v)
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		var v any
		var err error
		formattest.Bounded(t, recordMemory+8*uint64(len(p)), func() { v, err = media.Record(p).Decode() })
		if err != nil || v == nil {
			return
		}
		again, err := media.EncodeRecord(v)
		if err != nil {
			t.Fatalf("%+v decodes but does not encode: %v", v, err)
		}
		if back, err := again.Decode(); err != nil || !reflect.DeepEqual(back, v) {
			t.Fatalf("%+v became %+v (%v)", v, back, err)
		}
	})
}

func TestPrefixRangeHoldsExactlyWhatItContains(t *testing.T) {
	for range 2000 {
		var f media.Fingerprint
		for i := range f {
			f[i] = byte(rand.IntN(256))
		}
		var p media.Prefix
		for i := range rand.IntN(8) {
			digit := f.Digit(i)
			if rand.IntN(8) == 0 {
				digit = rand.IntN(media.Fanout)
			}
			p = p.Child(digit)
		}
		lo, hi := p.Range()
		inside := f.Compare(lo) >= 0 && f.Compare(hi) <= 0
		if inside != p.Contains(f) {
			t.Fatalf("prefix %x, fingerprint %x: in range %v, contained %v", p, f, inside, p.Contains(f))
		}
	}
}

func TestRootIsBoundToEveryField(t *testing.T) {
	root := media.Root{Home: media.Home{1}, Device: testDevice, Epoch: 2, Seq: 3, Node: media.Node{Hash: [32]byte{4}, N: 5}}
	root.Sig = ed25519.Sign(testKey, root.Message())
	if err := root.Check(media.Home{1}); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*media.Root){
		"epoch": func(r *media.Root) { r.Epoch++ }, "seq": func(r *media.Root) { r.Seq++ },
		"hash": func(r *media.Root) { r.Node.Hash[31]++ }, "count": func(r *media.Root) { r.Node.N++ },
		"signature": func(r *media.Root) { r.Sig = bytes.Repeat([]byte{1}, 64) }, "no signature": func(r *media.Root) { r.Sig = nil },
	} {
		forged := root
		change(&forged)
		if err := forged.Check(media.Home{1}); !errors.Is(err, media.ErrSignature) {
			t.Errorf("changed %s: %v, want ErrSignature", name, err)
		}
	}
	if err := root.Check(media.Home{2}); err == nil {
		t.Error("root of another home accepted")
	}
}
