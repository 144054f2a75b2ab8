package catalogue

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"homeroll/store/media"
)

func TestFilesArePagedInByteOrderAndFoundByInode(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	if err := p.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	want := []string{"A/1.jpg", "A/\xff\xfe not UTF-8.jpg", "B.jpg", "a.jpg", "Ä.jpg"}
	var ch Changes
	for i, path := range want {
		f := file(path, i)
		f.Inode, f.CTime, f.Verified = uint64(1)<<63+uint64(i/2), testTime(7), testTime(9)
		f.MTime = time.Date(1601, 1, 1, 0, 0, i, 700, time.UTC)
		ch.Put = append(ch.Put, f)
	}
	if err := p.ChangeFiles(ctx, ch); err != nil {
		t.Fatal(err)
	}
	var got []File
	for after := ""; ; after = got[len(got)-1].Path {
		page := must(p.Files(ctx, testFolder(0).ID, after, 2))(t)
		if got = append(got, page...); len(page) < 2 {
			break
		}
	}
	for i, f := range got {
		if f != ch.Put[i] {
			t.Errorf("file %d is %+v, want %+v", i, f, ch.Put[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
	if found := must(p.FilesByInode(ctx, 1<<63, testItem(1).Size))(t); len(found) != 1 || found[0].Path != want[1] {
		t.Errorf("by inode: %+v", found)
	}
	if f, ok, err := p.File(ctx, FileKey{testFolder(0).ID, "B.jpg"}); !ok || err != nil || f != ch.Put[2] {
		t.Errorf("by path: %+v, %v", f, err)
	}
	recount(t, p)
	if err := p.DropFolder(ctx, testFolder(0).ID); err != nil {
		t.Fatal(err)
	}
	recount(t, p)
	if n := must(p.Tally(ctx))(t).Library; n != (Count{}) {
		t.Errorf("library of no folder: %+v", n)
	}
}

func TestOutlineLivesAsLongAsItsItemIsHeld(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	if err := p.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		t.Fatal(err)
	}
	it, outline, err := media.Hash(ctx, bytes.NewReader(make([]byte, 3*media.GroupSize+5)))
	if err != nil {
		t.Fatal(err)
	}
	big := file("big.mp4", 1)
	big.Item = it
	wrong := map[media.ID]media.Outline{it.ID: outline[1:]}
	if err := p.ChangeFiles(ctx, Changes{Put: []File{big}, Outlines: wrong}); !errors.Is(err, media.ErrCorrupt) {
		t.Errorf("wrong outline: %v", err)
	}
	if err := p.ChangeFiles(ctx, Changes{Put: []File{big}, Outlines: map[media.ID]media.Outline{it.ID: outline}}); err != nil {
		t.Fatal(err)
	}
	if got := must(p.Outline(ctx, it))(t); got.Check(it) != nil {
		t.Error("outline is not the item's")
	}
	if held := must(p.HeldItem(ctx, it.ID))(t); held != it {
		t.Error("item is not held")
	}
	if err := p.ChangeFiles(ctx, Changes{Drop: []FileKey{{big.Folder, big.Path}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Outline(ctx, it); !errors.Is(err, media.ErrNotHeld) {
		t.Errorf("outline of an item let go: %v", err)
	}
	if _, err := p.HeldItem(ctx, it.ID); !errors.Is(err, media.ErrNotHeld) {
		t.Errorf("item let go: %v", err)
	}
}

func TestItemsWithFewestActiveHoldersAreWantedFirst(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()
	a, b, c, d := newPlace(t, dir, 1), newPlace(t, dir, 2), newPlace(t, dir, 3), newPlace(t, dir, 4)
	for _, p := range []*place{a, b, c, d} {
		defer p.Close()
	}
	introduce(t, a, b, c, d)
	fillFiles(t, a, 0, 10)  // 0–9
	fillFiles(t, b, 5, 10)  // 5–14
	fillFiles(t, c, 13, 10) // 13–22
	for _, p := range []*place{a, b, c} {
		pull(t, d, p, p.key.Device(), true)
	}
	if err := d.SetMembers(ctx, []media.Device{a.key.Device(), c.key.Device(), d.key.Device()}); err != nil {
		t.Fatal(err)
	}
	recount(t, d)
	want := func(online []media.Device, singles, doubles int) {
		t.Helper()
		got := must(d.Wanted(ctx, online, 100))(t)
		n := map[int]int{}
		for _, w := range got {
			n[len(w.Holders)]++
		}
		if n[1] != singles || n[2] != doubles || len(got) != singles+doubles {
			t.Errorf("wanted by holders: %v", n)
		}
	}
	want([]media.Device{a.key.Device()}, 10, 0)
	want([]media.Device{b.key.Device()}, 0, 0) // no member any more
	want([]media.Device{a.key.Device(), c.key.Device()}, 20, 0)
	introduce(t, d, a, b, c)
	want([]media.Device{b.key.Device()}, 3, 7)
	first := must(d.Wanted(ctx, []media.Device{b.key.Device()}, 4))(t)
	if len(first) != 4 || len(first[2].Holders) != 1 || len(first[3].Holders) != 2 {
		t.Errorf("first four: %+v", first)
	}
}

// A page begins with the newest, and has some of the oldest and of the large.
func TestNewestAreWantedFirstAndTheOldestHaveATurn(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	var files []File
	for i := range 200 {
		f := file(fmt.Sprint(i), 1000+i)
		f.MTime = testTime(0).Add(time.Duration(i*37%200) * time.Hour)
		if i%20 == 0 {
			f.Item.Size = 64<<20 + int64(i)
		}
		files = append(files, f)
	}
	change(t, a, b, Changes{Put: files})
	online := []media.Device{a.key.Device()}
	all := must(b.Wanted(ctx, online, 1000))(t)
	if n := len(all); n < 200 {
		t.Fatalf("%d wanted", n)
	}
	slices.SortFunc(all, func(x, y Wanted) int { return y.Newest.Compare(x.Newest) })
	page := must(b.Wanted(ctx, online, 64))(t)
	larges, olds := 0, 0
	var last time.Time
	for _, w := range page {
		switch {
		case w.Item.Size >= 64<<20:
			larges++
		case !last.IsZero() && w.Newest.Before(all[150].Newest):
			olds++
		default:
			if !last.IsZero() && w.Newest.After(last) {
				t.Errorf("%s after %s", w.Newest, last)
			}
			last = w.Newest
		}
	}
	if len(page) != 64 || larges != 8 || olds != 7 {
		t.Errorf("a page of %d has %d large ones and %d old ones", len(page), larges, olds)
	}
}

func TestReadersRunBesideTheWriter(t *testing.T) {
	ctx := context.Background()
	a, b := pair(t)
	changed := a.Changed()
	var wg sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				_, err1 := a.Tally(ctx)
				_, err2 := a.Wanted(ctx, []media.Device{b.key.Device()}, 10)
				_, err3 := a.Files(ctx, testFolder(0).ID, "", 10)
				_, err4 := a.Children(ctx, a.key.Device(), "")
				if err := errors.Join(err1, err2, err3, err4); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 30 {
		fillFiles(t, a, 1000+10*i, 10)
	}
	if err := a.SetProfile(ctx, media.Profile{Role: "originals", Disks: []media.Disk{{1}}}); err != nil {
		t.Fatal(err)
	}
	close(done)
	wg.Wait()
	select {
	case <-changed:
	default:
		t.Error("a change is not signalled")
	}
	recount(t, a)
	if p := must(a.Tally(ctx))(t).Profiles[a.key.Device()]; p.Role != "originals" {
		t.Errorf("profile: %+v", p)
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	if err := a.ChangeFiles(canceled, benchFiles(5000, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestHomeHasRoomForAsManyDevicesAsItsMaskHasBits(t *testing.T) {
	ctx := context.Background()
	p := newPlace(t, t.TempDir(), 1)
	defer p.Close()
	var all []media.Device
	for seed := range maxAuthors {
		all = append(all, newKey(byte(seed+1)).Device())
	}
	if err := p.SetMembers(ctx, all); err != nil {
		t.Fatal(err)
	}
	last := newKey(byte(maxAuthors))
	publish(t, p, last, 1, must(media.EncodeRecord(media.Holding{Item: testItem(1)}))(t))
	if w := must(p.Wanted(ctx, all, 10))(t); len(w) != 1 {
		t.Error("the last bit does not count")
	}
	if err := p.SetMembers(ctx, append(all, newKey(200).Device())); !errors.Is(err, ErrFull) {
		t.Errorf("one more: %v", err)
	}
	if err := p.ChangeFiles(ctx, Changes{Put: []File{file("x", 1)}}); err == nil {
		t.Error("a file of no folder is taken")
	}
}
