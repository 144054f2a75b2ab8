package store

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homeroll/store/media"
)

// photo is a JPEG of a scene that depends on its seed.
func photo(t testing.TB, seed float64) []byte {
	t.Helper()
	img := image.NewGray(image.Rect(0, 0, 400, 300))
	for y := range 300 {
		for x := range 400 {
			img.SetGray(x, y, color.Gray{uint8(127 + 100*math.Sin(float64(x)*seed/40)*math.Cos(float64(y)*seed/30+seed))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// remarked is a JPEG with a comment: the same picture in other bytes.
func remarked(b []byte, remark string) []byte {
	comment := append([]byte{0xff, 0xfe, 0, byte(len(remark) + 2)}, remark...)
	return append(append(bytes.Clone(b[:2]), comment...), b[2:]...)
}

// bomb is a PNG that says it is 50,000 × 50,000 pixels.
func bomb() []byte {
	head := []byte("IHDR\x00\x00\xc3\x50\x00\x00\xc3\x50\x08\x02\x00\x00\x00")
	b := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), head...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(head))
	return append(b, "\x00\x00\x00\x00IDAT\x35\xaf\x06\x1e\x00\x00\x00\x00IEND\xae\x42\x60\x82"...)
}

const xmpOf1999 = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="1999-03-04T05:06:07"/></rdf:RDF></x:xmpmeta>`

func (n *testNode) in(name string) string { return filepath.Join(n.folder, name) }

// indexed waits until nothing is left to be read or looked at.
func (n *testNode) indexed() {
	n.t.Helper()
	n.scanned()
	wait(n.t, "the indexer", func() bool { return n.pendingItems() == 0 })
}

func (n *testNode) pendingItems() int {
	unread, err := n.cat.Unread(n.t.Context(), 0, 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	unseen, err := n.cat.Unseen(n.t.Context(), 0, 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	return len(unread) + len(unseen)
}

func (n *testNode) show(name string) Info {
	n.t.Helper()
	info, err := n.Show(n.t.Context(), n.in(name))
	if err != nil {
		n.t.Fatal(err)
	}
	if info.Picture == nil {
		n.t.Fatalf("%s was not read", name)
	}
	return info
}

// takenAt wants a file to have been taken then, and to be dated by source.
func (n *testNode) takenAt(name, local, source string) {
	n.t.Helper()
	got := n.show(name).Picture.Taken
	if s := got.Local.Format("2006-01-02T15:04:05"); s != local || len(got.Source) < len(source) || got.Source[:len(source)] != source {
		n.t.Errorf("%s was taken %s by %q, want %s by %q", name, s, got.Source, local, source)
	}
}

func (n *testNode) timeline() []Shown {
	n.t.Helper()
	var all []Shown
	for at := (Cursor{}); ; {
		page, err := n.Timeline(n.t.Context(), at, 2)
		if err != nil {
			n.t.Fatal(err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		if at, err = ParseCursor(page[len(page)-1].At.String()); err != nil {
			n.t.Fatal(err)
		}
	}
}

func (n *testNode) months() (pictures int64) {
	n.t.Helper()
	months, err := n.Months(n.t.Context(), Filter{})
	if err != nil {
		n.t.Fatal(err)
	}
	for _, m := range months {
		pictures += m.Pictures
	}
	return pictures
}

// Whatever lies in a folder ends up read, grouped, seen and counted; what cannot
// be shown is noted, and a restart does nothing of it again.
func TestEveryPictureIsFoundOutOnce(t *testing.T) {
	n := newNode(t)
	write(t, n.in("a.jpg"), photo(t, 1))
	write(t, n.in("a.jpg.xmp"), []byte(xmpOf1999))
	write(t, n.in("remarked.jpg"), remarked(photo(t, 1), "from somebody"))
	write(t, n.in("other.jpg"), photo(t, 3))
	write(t, n.in("cut.jpg"), photo(t, 2)[:200])
	half := photo(t, 4)
	write(t, n.in("half.jpg"), half[:len(half)/2])
	write(t, n.in("bomb.png"), bomb())
	write(t, n.in("sole.json"), []byte(`{"nothing": 1}`))
	n.run().indexed()
	n.takenAt("a.jpg", "1999-03-04T05:06:07", "sidecar")
	if all := n.timeline(); len(all) != 6 || n.months() != 6 || all[5].Members != 2 || all[5].Kind != media.GroupSidecar {
		t.Errorf("the timeline is %+v, and its months count %d", all, n.months())
	}
	a, remark := n.show("a.jpg"), n.show("remarked.jpg")
	same, err := n.Same(t.Context(), a.Item.ID)
	if err != nil || len(same) != 1 || same[0] != remark.Item.ID {
		t.Errorf("the same picture in other bytes is %v, %v", same, err)
	}
	alike, err := n.Alike(t.Context(), a.Item.ID, 2)
	if err != nil || len(alike) != 1 || alike[0].ID != remark.Item.ID {
		t.Errorf("what looks alike is %v, %v", alike, err)
	}
	n.checkPreview(a.Item.ID)
	n.checkPreview(n.show("half.jpg").Item.ID)
	if _, _, err := n.Preview(t.Context(), n.show("bomb.png").Item.ID, PreviewSmall); !errors.Is(err, ErrNoPreview) {
		t.Errorf("preview of a bomb: %v", err)
	}
	n.checkNotes("after indexing")
	before := n.previewFiles()
	n.restart(n.folder)
	if left := n.pendingItems(); left != 0 {
		t.Errorf("%d items are to be read again after a restart", left)
	}
	n.checkNotes("after a restart")
	n.run().indexed()
	if after := n.previewFiles(); len(before) == 0 || len(after) != len(before) {
		t.Errorf("%d files of previews, before the restart %d", len(after), len(before))
	} else {
		for path, was := range before {
			if !after[path].Equal(was) {
				t.Errorf("%s was made again", path)
			}
		}
	}
}

func (n *testNode) checkPreview(id media.ID) {
	n.t.Helper()
	r, _, err := n.Preview(n.t.Context(), id, PreviewSmall)
	if err != nil {
		n.t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	img, err := jpeg.Decode(r)
	if err != nil || img.Bounds().Dx() != 256 || img.Bounds().Dy() != 192 {
		n.t.Errorf("the preview is %v, %v", img.Bounds(), err)
	}
}

func (n *testNode) checkNotes(when string) {
	n.t.Helper()
	notes, err := n.Notes(n.t.Context())
	if err != nil {
		n.t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range notes {
		got[filepath.Base(p.Path)] = p.Reason
		if !p.Note || p.Since.IsZero() || p.Hint == "" {
			n.t.Errorf("%s: %+v", when, p)
		}
	}
	if len(got) != 3 || got["bomb.png"] != ReasonTooLarge || got["cut.jpg"] != ReasonBroken || got["half.jpg"] != ReasonBroken || len(n.Problems()) != 0 {
		n.t.Errorf("%s the notes are %v, the problems %v", when, got, n.Problems())
	}
}

func (n *testNode) previewFiles() map[string]time.Time {
	files := map[string]time.Time{}
	_ = filepath.Walk(filepath.Join(n.cfg.State, "previews"), func(path string, fi os.FileInfo, err error) error {
		if err == nil && !fi.IsDir() && (filepath.Ext(path) == ".256" || filepath.Ext(path) == ".1440") {
			files[path] = fi.ModTime()
		}
		return nil
	})
	return files
}

// A photo without a date follows its name, its sidecar, and its time; one that
// goes leaves the timeline.
func TestDatesFollowNamesAndSidecars(t *testing.T) {
	n := newNode(t)
	write(t, n.in("b.jpg"), photo(t, 1))
	n.run().indexed()
	n.takenAt("b.jpg", "2020-05-04T03:02:01", "mtime")
	write(t, n.in("b.jpg.xmp"), []byte(xmpOf1999))
	wait(t, "the sidecar", func() bool { return n.has(n.in("b.jpg.xmp")) })
	n.takenAt("b.jpg", "1999-03-04T05:06:07", "sidecar")
	if err := os.Remove(n.in("b.jpg.xmp")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the sidecar's end", func() bool { return !n.has(n.in("b.jpg.xmp")) })
	n.takenAt("b.jpg", "2020-05-04T03:02:01", "mtime")
	if err := os.Rename(n.in("b.jpg"), n.in("IMG_20110203_040506.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the rename", func() bool { return n.has(n.in("IMG_20110203_040506.jpg")) && !n.has(n.in("b.jpg")) })
	n.takenAt("IMG_20110203_040506.jpg", "2011-02-03T04:05:06", "file name")
	if err := os.Remove(n.in("IMG_20110203_040506.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the end of the photo", func() bool { return len(n.timeline()) == 0 && n.months() == 0 })
}

// A stop in the middle loses nothing and repeats nothing; a file that cannot be
// read now stops nobody.
func TestIndexingGoesOnAfterAStop(t *testing.T) {
	n := newNode(t)
	n.cfg.Previews.OnlyAsked = true
	n.restart(n.folder)
	const files = indexBatch + 20
	for i := range files {
		write(t, n.in(string(rune('a'+i%26))+string(rune('a'+i/26))+".jpg"), remarked(photo(t, 1), string(rune('a'+i))))
	}
	n.index.reading.Lock() // nothing is read while the files are recorded
	n.run().scanned()
	wait(t, "all records", func() bool { return len(n.files()) == files })
	stopped := make(chan struct{})
	go func() { defer close(stopped); n.stop() }()
	wait(t, "the stop", func() bool {
		n.mu.Lock()
		defer n.mu.Unlock()
		return n.start == nil
	})
	n.index.reading.Unlock()
	<-stopped
	n.stop = nil
	n.restart(n.folder)
	changed := n.in("aa.jpg")
	write(t, changed, photo(t, 5))
	last, err := n.index.batch(t.Context(), 0)
	if err != nil || last == 0 {
		t.Fatal(last, err)
	}
	first := len(n.timeline())
	if first < indexBatch-1 || first >= files {
		t.Errorf("%d pictures after one batch", first)
	}
	n.restart(n.folder)
	if got := len(n.timeline()); got != first {
		t.Errorf("%d pictures after a stop, %d before", got, first)
	}
	for after := int64(0); ; {
		if after, err = n.index.batch(t.Context(), after); err != nil {
			t.Fatal(err)
		}
		if after == 0 {
			break
		}
	}
	if got := len(n.timeline()); got != files-1 {
		t.Errorf("%d pictures in the end, want all but the one that changed, %d", got, files-1)
	}
	n.run().scanned()
	wait(t, "the changed one", func() bool { return len(n.timeline()) == files })
}

func TestRestKeepsToItsShare(t *testing.T) {
	for _, tc := range []struct {
		worked  time.Duration
		percent int
		want    time.Duration
	}{
		{time.Second, 50, time.Second}, {time.Second, 100, 0}, {time.Second, 5, 19 * time.Second}, {time.Second, 0, 99 * time.Second}, {time.Hour, 50, longestRest},
	} {
		if got := rest(tc.worked, tc.percent); got != tc.want {
			t.Errorf("%v at %d %%: rest of %v, want %v", tc.worked, tc.percent, got, tc.want)
		}
	}
}

// The photos of a burst that only their names tell are one picture, shown by
// its cover, and are pictures again where their names say nothing.
func TestBurstsByName(t *testing.T) {
	n := newNode(t)
	write(t, n.in("00000IMG_00000_BURST20210304101112345.jpg"), photo(t, 1))
	const cover = "00001IMG_00001_BURST20210304101112345_COVER.jpg"
	write(t, n.in(cover), photo(t, 2))
	n.run().indexed()
	if all := n.timeline(); len(all) != 1 || all[0].Kind != media.GroupBurst || all[0].Members != 2 || all[0].Item != n.show(cover).Item {
		t.Errorf("the timeline is %+v", all)
	}
	if err := os.Rename(n.in(cover), n.in("cover.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the burst's end", func() bool { return len(n.timeline()) == 2 })
}
