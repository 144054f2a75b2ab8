package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"homeroll/store/internal/need"
	"homeroll/store/media"
)

// shot is a JPEG that depends on its seed.
func shot(t testing.TB, seed int) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range img.Pix {
		img.Pix[i] = byte(i * (seed + 3))
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload sends a file to the store as the page does.
func (n *testNode) upload(name string, content []byte, mtime time.Time) (Uploaded, error) {
	n.t.Helper()
	dir, err := n.UploadDir()
	if err != nil {
		return Uploaded{}, err
	}
	f, err := os.CreateTemp(dir, "test-*")
	if err != nil {
		n.t.Fatal(err)
	}
	if _, err := f.Write(content); err != nil {
		n.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		n.t.Fatal(err)
	}
	return n.AcceptUpload(context.Background(), Upload{Path: f.Name(), Name: name, MTime: mtime})
}

func (n *testNode) mustUpload(name string, content []byte) Uploaded {
	n.t.Helper()
	up, err := n.upload(name, content, old)
	if err != nil {
		n.t.Fatal(err)
	}
	return up
}

func (n *testNode) namesOf(it media.Item) (all []string) {
	n.t.Helper()
	names, err := n.cat.NamesOf(context.Background(), it)
	if err != nil {
		n.t.Fatal(err)
	}
	for _, x := range names {
		all = append(all, x.Label+"/"+x.Path)
	}
	return all
}

func TestUploadBecomesAnItemOfTheHome(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	content := shot(t, 1)
	up := a.mustUpload("Trip/IMG_1.jpg", content)
	if up.Known || up.Item != itemOf(t, content) {
		t.Fatalf("uploaded %+v", up)
	}
	at := a.vaultPath("host A/Uploads/Trip/IMG_1.jpg")
	fi, err := os.Stat(at)
	if err != nil || !fi.ModTime().Equal(old) {
		t.Fatalf("%v %v", fi, err)
	}
	r.until("the other device has it", func() bool { return there(b.vaultPath("host A/Uploads/Trip/IMG_1.jpg")) })
	if got := b.namesOf(up.Item); len(got) != 1 || got[0] != "Uploads/Trip/IMG_1.jpg" {
		t.Errorf("names there %q", got)
	}
	again := a.mustUpload("elsewhere.jpg", content)
	if !again.Known || there(a.vaultPath("host A/Uploads/elsewhere.jpg")) {
		t.Errorf("the same content again: %+v", again)
	}
	if there := b.mustUpload("other.jpg", content); !there.Known {
		t.Errorf("at the other device: %+v", there)
	}
}

func TestUploadsSurviveARebuild(t *testing.T) {
	n := newNode(t).run()
	one, two := shot(t, 1), shot(t, 2)
	first, second := n.mustUpload("IMG.jpg", one), n.mustUpload("IMG.jpg", two)
	before := append(n.namesOf(first.Item), n.namesOf(second.Item)...)
	if len(before) != 2 || before[0] != "Uploads/IMG.jpg" || before[1] != "Uploads/IMG~"+second.Item.ID.String()[:8]+".jpg" {
		t.Fatalf("names %q", before)
	}
	n.close()
	if err := os.Remove(filepath.Join(n.cfg.State, catalogueName)); err != nil {
		t.Fatal(err)
	}
	n.open()
	n.run()
	wait(t, "the rebuild", func() bool { return !n.Rebuilding() })
	if after := append(n.namesOf(first.Item), n.namesOf(second.Item)...); strings.Join(after, " ") != strings.Join(before, " ") {
		t.Errorf("names after the rebuild %q, before %q", after, before)
	}
	if up := n.mustUpload("IMG.jpg", two); !up.Known {
		t.Errorf("what is here is taken again: %+v", up)
	}
}

func TestUploadTakesOutOfTheTrash(t *testing.T) {
	n := newNode(t).run()
	content := shot(t, 1)
	up := n.mustUpload("a.jpg", content)
	if _, err := n.Trash(t.Context(), []media.ID{up.Item.ID}); err != nil {
		t.Fatal(err)
	}
	dir, err := n.vaultDir(t.Context(), n.device(), media.Uploads, uploadsLabel)
	if err != nil {
		t.Fatal(err)
	}
	inPlace := n.vaultPath(dir + "/a.jpg")
	wait(t, "the trash", func() bool { return !there(inPlace) })
	again := n.mustUpload("a.jpg", content)
	if !again.Known || !again.Restored {
		t.Errorf("uploaded again: %+v", again)
	}
	wait(t, "the file is back", func() bool { return there(inPlace) })
}

func TestUploadOfWhatIsOnlyKeptNamesItAgain(t *testing.T) {
	content := shot(t, 1)
	r, a, b := trashHome(t, map[string][]byte{"one.jpg": content})
	if err := os.Remove(filepath.Join(a.folder, "one.jpg")); err != nil {
		t.Fatal(err)
	}
	it := itemOf(t, content)
	r.until("it is kept alone", func() bool {
		info, err := b.cat.NamesOf(t.Context(), it)
		return err == nil && len(info) > 0 && info[0].Kept
	})
	up := b.mustUpload("again.jpg", content)
	if !up.Known || there(b.vaultPath("host A/Pictures/one.jpg")) || !there(b.vaultPath("host B/Uploads/again.jpg")) {
		t.Fatalf("uploaded %+v", up)
	}
	r.until("it is named again", func() bool {
		names, err := a.cat.NamesOf(t.Context(), it)
		return err == nil && len(names) > 0 && !names[0].Kept
	})
}

func TestUploadsAtOnceGetNamesOfTheirOwn(t *testing.T) {
	n := newNode(t).run()
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			if _, err := n.upload("IMG.jpg", shot(t, i/2), old); err != nil { // each twice
				t.Error(err)
			}
		})
	}
	all.Wait()
	names := map[string]bool{}
	for i := range 12 {
		for _, name := range n.namesOf(itemOf(t, shot(t, i))) {
			if names[name] {
				t.Errorf("%s is the name of two", name)
			}
			names[name] = true
		}
	}
	if len(names) != 12 {
		t.Errorf("names %v", names)
	}
}

func TestUploadRefusesWhatIsNoMedia(t *testing.T) {
	n := newNode(t).run()
	for _, r := range []struct {
		name, content, reason string
	}{
		{"empty.jpg", "", RefusedEmpty},
		{"letter.jpg", "%PDF-1.7 a letter", RefusedType},
		{"notes.txt", "what I wanted to buy", RefusedType},
		{"photo.jpg", "<html><script>alert(1)</script>", RefusedType},
		{"drawing.svg", `<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`, RefusedType},
		{"photo.png", "PK\x03\x04 an archive", RefusedType},
		{"zeros.jpg", strings.Repeat("\x00", 1000), RefusedType},
		{"cut.jpg", string(shot(t, 1)[:12]), RefusedDamaged},
		{"tool.xmp", "\x7fELF\x00\x01", RefusedType},
	} {
		_, err := n.upload(r.name, []byte(r.content), old)
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Reason != r.reason {
			t.Errorf("%s: %v, want %s", r.name, err, r.reason)
		}
	}
	for name, content := range map[string][]byte{
		"misnamed.dat": shot(t, 7), "IMG.xmp": []byte(`<?xpacket?><x:xmpmeta xmlns:x="adobe:ns:meta/"/>`), "IMG.aae": []byte(`<plist/>`),
	} {
		if up, err := n.upload(name, content, old); err != nil || up.Known {
			t.Errorf("%s: %+v %v", name, up, err)
		}
	}
}

func TestUploadKeepsToTheBudget(t *testing.T) {
	n := newNode(t)
	n.close()
	n.cfg.Budget = 100
	n.open()
	n.run()
	if _, err := n.upload("a.jpg", shot(t, 1), old); !errors.Is(err, ErrNoSpace) {
		t.Fatalf("beyond the budget: %v", err)
	}
	if used := must(n.Space()).Used; used != 0 {
		t.Errorf("%d bytes are used", used)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestUploadNameLeadsNowhereElse(t *testing.T) {
	for name, want := range map[string]string{
		"IMG.jpg": "IMG.jpg", "../../etc/passwd": "etc/passwd", `..\..\x.jpg`: "x.jpg", "/abs/x.jpg": "abs/x.jpg", "a//b/./c.jpg": "a/b/c.jpg",
		"": "upload", "..": "upload", ".homeroll-vault": "homeroll-vault", "a\x00b\n.jpg": "ab.jpg", "\xff.jpg": "_.jpg", "Ü ☀.jpg": "Ü ☀.jpg",
		"x\u202egpj.exe": "xgpj.exe", " . / . /x": "x",
	} {
		if got := uploadName("", name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
	if got := uploadName("phone", "../x.jpg"); got != "phone/x.jpg" {
		t.Errorf("leads out of the sender's directory: %q", got)
	}
	long := uploadName("", strings.Repeat("ä", 500)+".jpg")
	if len(long) > maxUploadElement || !strings.HasSuffix(long, ".jpg") || strings.Contains(long, "\ufffd") {
		t.Errorf("long name becomes %q", long)
	}
	if deep := uploadName("", strings.Repeat("d/", 100)+"x.jpg"); strings.Count(deep, "/") != maxUploadDepth || !strings.HasSuffix(deep, "/x.jpg") {
		t.Errorf("deep name becomes %q", deep)
	}
}

// TestUploadTakesTheCorpus sends real files of many makers.
func TestUploadTakesTheCorpus(t *testing.T) {
	corpus := need.Corpus(t)
	b, err := os.ReadFile(filepath.Join(corpus, "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Files []struct {
			Path, Blake3, Kind string
			Size               int64
		}
	}
	if err := json.Unmarshal(b, &expected); err != nil {
		t.Fatal(err)
	}
	n := newNode(t).run()
	for _, f := range expected.Files {
		content, err := os.ReadFile(filepath.Join(corpus, f.Path))
		if err != nil {
			t.Fatal(err)
		}
		up, err := n.upload(f.Path, content, old)
		if f.Size == 0 {
			continue
		}
		if err != nil {
			if f.Kind != "other" && !strings.Contains(f.Path, "Recovered/") {
				t.Errorf("%s (%s): %v", f.Path, f.Kind, err)
			}
			continue
		}
		if up.Item.ID.String() != f.Blake3 {
			t.Errorf("%s is kept as %s", f.Path, up.Item.ID)
		}
	}
}
