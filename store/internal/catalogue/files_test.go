package catalogue

import (
	"context"
	"math/rand/v2"
	"testing"
)

// A batch that is written many rows at once has in it, in any order, files that are
// new, that are there with other content, that are there unchanged, and one twice.
func TestOneBatchOfNewAndKnownFiles(t *testing.T) {
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	const known, all = 40, 90
	fillFiles(t, p, 0, known)
	ch := benchFiles(0, all)
	for i := range known {
		if i%2 == 0 {
			ch.Put[i].Item = benchItem(1000 + i)
		} else {
			ch.Put[i].Inode += 5000
		}
	}
	rand.Shuffle(len(ch.Put), func(i, j int) { ch.Put[i], ch.Put[j] = ch.Put[j], ch.Put[i] })
	want := map[FileKey]File{}
	for _, f := range ch.Put {
		want[FileKey{f.Folder, f.Path}] = f
	}
	brief, passing := ch.Put[0], benchItem(2000)
	brief.Item = passing
	ch.Put = append([]File{brief}, ch.Put...)
	ch.Drop = []FileKey{{ch.Put[1].Folder, ch.Put[1].Path}, {ch.Put[2].Folder, ch.Put[2].Path}}
	if err := p.ChangeFiles(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	for k, w := range want {
		if f, ok, err := p.File(context.Background(), k); !ok || err != nil || f.Item != w.Item || f.Inode != w.Inode || !f.MTime.Equal(w.MTime) {
			t.Errorf("%s: %+v (%v, %v), not %+v", k.Path, f, ok, err, w)
		}
	}
	if got := must(p.Folders(context.Background()))(t)[0]; got.Files != all || got.Items != all {
		t.Errorf("%d files of %d items in the folder, not %d of as many", got.Files, got.Items, all)
	}
	recount(t, p)
	items := read(t, p).items
	for i := range known {
		if gone := items[benchItem(i)].gone; gone != (i%2 == 0) {
			t.Errorf("item %d is let go: %v", i, gone)
		}
	}
	if s, ok := items[passing]; ok {
		t.Errorf("content that no file ever had on record: %+v", s)
	}
}
