package media_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"homeroll/store/media"
)

// testDevice is the device of an all-zero seed.
var testKey = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
var testDevice = media.DeviceOf(testKey.Public().(ed25519.PublicKey))

func samples() map[string]any {
	item := media.Item{ID: media.ID{1, 2, 3}, Size: 4_200_000_000}
	at := time.Date(1969, 7, 20, 20, 17, 40, 123456789, time.UTC)
	folder := media.Folder{ID: media.FolderID{7}, Label: "Bilder ☀"}
	return map[string]any{
		"name":    media.Name{Folder: folder.ID, Path: "DCIM/IMG_\xff1.jpg", Item: item, MTime: at},
		"holding": media.Holding{Item: item},
		"folder":  folder,
		"profile": media.Profile{Role: "originals", Version: "0.1.0", Disks: []media.Disk{{9}, {8}}},
		"kept":    media.Kept{Item: item, Origin: testDevice, Folder: folder, Path: "a/b.HEIC", MTime: at},
	}
}

// The bytes are a format: records are compared and signed as bytes, so a
// change here makes every device publish its whole manifest again.
var goldenRecords = map[string]string{
	"name":    "010a1007000000000000000000000000000000120f4443494d2f494d475fff312e6a70671a280a2001020300000000000000000000000000000000000000000000000000000000001080d4dbd20f220a08b7a8c30d10959aef3a",
	"holding": "020a280a2001020300000000000000000000000000000000000000000000000000000000001080d4dbd20f",
}

func TestRecordsRoundTripWithGoldenBytes(t *testing.T) {
	for name, v := range samples() {
		r, err := media.EncodeRecord(v)
		if err != nil {
			t.Fatal(err)
		}
		if want, ok := goldenRecords[name]; ok && hex.EncodeToString(r) != want {
			t.Errorf("%s: bytes %x, want %s", name, []byte(r), want)
		}
		got, err := r.Decode()
		if err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%s: decoded %+v (%v), want %+v", name, got, err, v)
		}
	}
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

func FuzzRecordDecode(f *testing.F) {
	for _, v := range samples() {
		r, _ := media.EncodeRecord(v)
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		v, err := media.Record(p).Decode()
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
