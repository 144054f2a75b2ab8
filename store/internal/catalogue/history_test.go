package catalogue

import (
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// history is a random life of three devices of one home.
type history struct {
	t      *rapid.T
	places []*place
}

// Random histories of three devices: after each step everything that is kept
// incrementally equals what is derived from scratch, also after reopening; in
// the end all know the same.
func TestAnyHistoryConvergesAndEveryCountIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHistory(t, tempDir(t))
		t.Repeat(map[string]func(*rapid.T){
			"files":   h.changeFiles,
			"vault":   h.changeVault,
			"place":   h.placeNames,
			"pull":    h.pull,
			"partial": h.partialWalk,
			"members": h.members,
			"say":     h.say,
			"reopen":  func(t *rapid.T) { h.any(t).reopen(t) },
			"":        h.check,
		})
		h.converge(t)
	})
}

func newHistory(t *rapid.T, dir string) *history {
	h := &history{t: t}
	for seed := range 3 {
		p := newPlace(t, dir, byte(seed+1))
		for f := range 2 {
			if err := p.PutFolder(context.Background(), testFolder(f), fmt.Sprint("/pictures/", f)); err != nil {
				t.Fatal(err)
			}
		}
		h.places = append(h.places, p)
	}
	introduce(t, h.places...)
	t.Cleanup(func() {
		for _, p := range h.places {
			_ = p.Close()
		}
	})
	return h
}

func testFolder(n int) media.Folder {
	return media.Folder{ID: media.FolderID{byte(n + 1)}, Label: fmt.Sprint("Folder ", n)}
}

func (h *history) any(t *rapid.T) *place {
	return h.places[rapid.IntRange(0, len(h.places)-1).Draw(t, "place")]
}

func (h *history) changeFiles(t *rapid.T) {
	p := h.any(t)
	gone := h.expectGone(t, p)
	var ch Changes
	drop := rapid.Bool().Draw(t, "mostly dropping")
	for range rapid.SampledFrom([]int{1, 3, 40, 250}).Draw(t, "files") {
		folder, path := testFolder(rapid.IntRange(0, 1).Draw(t, "folder")).ID, fmt.Sprint("p", rapid.IntRange(0, 199).Draw(t, "path"))
		if rapid.IntRange(0, 9).Draw(t, "drop") < 2 || drop {
			ch.Drop = append(ch.Drop, FileKey{folder, path})
			continue
		}
		ch.Put = append(ch.Put, File{
			Folder: folder, Path: path, Item: testItem(rapid.IntRange(0, 149).Draw(t, "item")),
			MTime: testTime(rapid.IntRange(0, 1).Draw(t, "mtime")), Inode: uint64(rapid.IntRange(0, 3).Draw(t, "inode")),
			Damaged: rapid.IntRange(0, 9).Draw(t, "damaged") == 0,
		})
	}
	if err := p.ChangeFiles(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	gone(t)
}

// expectGone notes what p has and returns a check of what it let go.
func (h *history) expectGone(t *rapid.T, p *place) func(*rapid.T) {
	was := read(t, p)
	return func(t *rapid.T) {
		now := read(t, p)
		before, after, originals, left := was.items, now.items, was.originals(), now.originals()
		for it, was := range before {
			is := after[it]
			want := was.gone
			if originals[it] > 0 && left[it] == 0 {
				want = true
			}
			if is.own+is.vault > 0 || left[it] > 0 {
				want = false
			}
			if is.gone != want {
				t.Fatalf("%v: gone is %v after %+v became %+v", it, is.gone, was, is)
			}
		}
	}
}

func (h *history) changeVault(t *rapid.T) {
	p := h.any(t)
	gone := h.expectGone(t, p)
	var ch VaultChanges
	for range rapid.SampledFrom([]int{1, 5, 60}).Draw(t, "files") {
		path := fmt.Sprint("v", rapid.IntRange(0, 99).Draw(t, "path"))
		if rapid.IntRange(0, 3).Draw(t, "drop") == 0 {
			ch.Drop = append(ch.Drop, path)
			continue
		}
		folder := testFolder(rapid.IntRange(0, 1).Draw(t, "folder"))
		ch.Put = append(ch.Put, VaultFile{
			Path: path, Item: testItem(rapid.IntRange(0, 149).Draw(t, "item")), MTime: testTime(rapid.IntRange(0, 1).Draw(t, "mtime")),
			Origin: h.any(t).key.Device(), Folder: folder.ID, Label: folder.Label,
			Name: fmt.Sprint("p", rapid.IntRange(0, 199).Draw(t, "name")), Version: rapid.IntRange(0, 4).Draw(t, "version") == 0,
			Damaged: rapid.IntRange(0, 9).Draw(t, "damaged") == 0,
		})
	}
	for range rapid.IntRange(0, 3).Draw(t, "notes") {
		folder := testFolder(rapid.IntRange(0, 1).Draw(t, "noted folder"))
		ch.Note = append(ch.Note, VaultFile{
			Item: testItem(rapid.IntRange(0, 149).Draw(t, "noted item")), MTime: testTime(rapid.IntRange(0, 1).Draw(t, "noted mtime")),
			Origin: h.any(t).key.Device(), Folder: folder.ID, Label: folder.Label, Name: fmt.Sprint("p", rapid.IntRange(0, 199).Draw(t, "noted name")),
		})
	}
	if err := p.ChangeVault(context.Background(), ch); err != nil {
		t.Fatal(err)
	}
	gone(t)
}

// placeNames does what a store does with what is unplaced and displaced.
func (h *history) placeNames(t *rapid.T) {
	ctx, p := context.Background(), h.any(t)
	var ch VaultChanges
	for i, v := range must(p.Displaced(ctx, 0, 50))(t) {
		ch.Drop = append(ch.Drop, v.Path)
		v.Version, v.VaultFile.Path = true, fmt.Sprint(".versions/", i, v.Path)
		ch.Put = append(ch.Put, v.VaultFile)
	}
	if rapid.IntRange(0, 9).Draw(t, "links again") == 0 {
		if err := p.ForgetNoted(ctx); err != nil {
			t.Fatal(err)
		}
	}
	noteOnly := rapid.Bool().Draw(t, "no links")
	taken := map[string]bool{}
	for _, u := range must(p.Unplaced(ctx, 0, 50))(t) {
		for _, s := range u.Stale {
			if !taken[s.Path] {
				taken[s.Path] = true
				ch.Drop = append(ch.Drop, s.Path)
				break
			}
		}
		file := VaultFile{
			Path: fmt.Sprint(u.Device.Short(), "/", u.Folder, "/", u.Path), Item: u.Item, MTime: u.MTime,
			Origin: u.Device, Folder: u.Folder, Label: u.Label, Name: u.Path,
		}
		if noteOnly && len(must(p.VaultFilesOf(ctx, u.Item))(t)) > 0 && len(u.Stale) == 0 {
			file.Path = ""
			ch.Note = append(ch.Note, file)
			continue
		}
		ch.Put = append(ch.Put, file)
	}
	if err := p.ChangeVault(ctx, ch); err != nil {
		t.Fatal(err)
	}
}

func (h *history) pull(t *rapid.T) {
	dst, src, by := h.any(t), h.any(t), h.any(t).key.Device()
	if dst != src && by != dst.key.Device() && dst.member(by) && src.member(by) {
		pull(t, dst, src, by, rapid.Bool().Draw(t, "push"))
	}
}

func (p *place) member(d media.Device) bool {
	s := p.state.Load()
	bit, ok := s.bits[d]
	return ok && s.authors[bit].active
}

func (h *history) partialWalk(t *rapid.T) {
	dst, src, by := h.any(t), h.any(t), h.any(t).key.Device()
	if _, ok := src.root(t, by); !ok || dst == src || by == dst.key.Device() || !dst.member(by) {
		return
	}
	steps := rapid.IntRange(1, 8).Draw(t, "steps")
	walk(t, dst, src, by, "", &steps)
}

func (h *history) members(t *rapid.T) {
	var active []media.Device
	for _, p := range h.places {
		if rapid.IntRange(0, 3).Draw(t, "active") > 0 {
			active = append(active, p.key.Device())
		}
	}
	if err := h.any(t).SetMembers(context.Background(), active); err != nil {
		t.Fatal(err)
	}
}

func (h *history) check(t *rapid.T) {
	for _, p := range h.places {
		recount(t, p)
	}
}

// converge lets everybody learn everything, until nothing changes: learning
// of names can withdraw kept ones.
func (h *history) converge(t *rapid.T) {
	introduce(t, h.places...)
	for range 4 {
		for _, dst := range h.places {
			for _, src := range h.places {
				if dst != src {
					pull(t, dst, src, src.key.Device(), true)
				}
			}
		}
	}
	h.check(t)
	h.checkSayings(t)
	for _, by := range h.places {
		want, _ := by.root(t, by.key.Device())
		for _, p := range h.places {
			if got, ok := p.root(t, by.key.Device()); !ok || got.Node != want.Node || got.Seq != want.Seq {
				t.Fatalf("%s knows %v of %s, want %v", p.key.Device().Short(), got, by.key.Device().Short(), want)
			}
		}
	}
}
