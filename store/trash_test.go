package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"homeroll/store/internal/vault"
	"homeroll/store/media"
)

// trashHome is a home of two stores in which B backs up what A has in its folder.
func trashHome(t *testing.T, files map[string][]byte) (r *relay, a, b *testNode) {
	t.Helper()
	r = newHome(t, 2)
	a, b = r.nodes[0], r.nodes[1]
	for name, content := range files {
		write(t, filepath.Join(a.folder, name), content)
	}
	wait(t, "records", func() bool { return len(a.files()) == len(files) })
	r.converge()
	return r, a, b
}

// until brings everything across until cond holds.
func (r *relay) until(what string, cond func() bool) {
	r.t.Helper()
	wait(r.t, what, func() bool {
		if err := r.round(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		return cond()
	})
}

func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

func (n *testNode) vaultPath(p string) string {
	return filepath.Join(n.cfg.Vault, filepath.FromSlash(p))
}

// countedItems returns the items that count anywhere, and those that are wanted here.
func (n *testNode) countedItems() (items, wanted int64) {
	n.t.Helper()
	tally, err := n.Tally(context.Background())
	if err != nil {
		n.t.Fatal(err)
	}
	for _, row := range tally.Rows {
		items += row.Items
	}
	var online []media.Device
	for d := range tally.AsOf {
		online = append(online, d)
	}
	all, err := n.Wanted(context.Background(), online, 1000)
	if err != nil {
		n.t.Fatal(err)
	}
	return items, int64(len(all)) + tally.Unplaced
}

func TestTrashHidesEverywhereAndComesBack(t *testing.T) {
	one, two := bytesOf("one", 300_000), bytesOf("two", 1000)
	r, a, b := trashHome(t, map[string][]byte{"2024/one.jpg": one, "two.jpg": two})
	id := itemOf(t, one).ID
	if n, err := a.Trash(t.Context(), []media.ID{id}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	inPlace, inTrash := b.vaultPath("host A/Pictures/2024/one.jpg"), b.vaultPath(".trash/host A/Pictures/2024/one.jpg")
	r.until("the copy is in the trash", func() bool { return there(inTrash) && !there(inPlace) })
	for _, n := range r.nodes {
		if items, wanted := n.countedItems(); items != 1 || wanted != 0 {
			t.Errorf("%d items count, %d are wanted", items, wanted)
		}
		trashed, total, err := n.Trashed(t.Context())
		if err != nil || total != 1 || len(trashed) != 1 || trashed[0].ID != id || len(trashed[0].Names) == 0 {
			t.Errorf("trash is %+v, %d, %v", trashed, total, err)
		}
	}
	if !there(filepath.Join(a.folder, "2024/one.jpg")) {
		t.Error("the original has gone")
	}
	if info, err := b.Lookup(t.Context(), id.String()); err != nil || len(info.Holders) != 2 {
		t.Errorf("holders are %+v, %v: the bytes are there", info.Holders, err)
	}
	// A copy of it under another name stays in the trash.
	write(t, filepath.Join(a.folder, "again.jpg"), one)
	r.until("the new name is known", func() bool {
		info, err := b.Lookup(t.Context(), id.String())
		return err == nil && len(info.Names) == 2
	})
	if items, wanted := b.countedItems(); items != 1 || wanted != 0 {
		t.Errorf("after it was added again, %d items count, %d are wanted", items, wanted)
	}
	if err := os.Remove(filepath.Join(a.folder, "again.jpg")); err != nil {
		t.Fatal(err)
	}

	if _, err := b.Restore(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	r.until("the copy is back", func() bool {
		items, wanted := a.countedItems()
		return there(inPlace) && !there(inTrash) && items == 2 && wanted == 0
	})
	wait(t, "no empty directory is left in the trash", func() bool { return !there(filepath.Dir(inTrash)) })
	r.converge()
}

func TestEmptyTrashDeletesOnlyWhatIsInIt(t *testing.T) {
	one, two := bytesOf("one", 1000), bytesOf("two", 1000)
	r, a, b := trashHome(t, map[string][]byte{"one.jpg": one, "two.jpg": two})
	id := itemOf(t, one).ID
	if _, err := b.Trash(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	n, err := b.EmptyTrash(t.Context())
	if err != nil || n != (Count{1, 1000}) {
		t.Fatal(n, err)
	}
	r.until("the holding is withdrawn", func() bool {
		info, err := a.Lookup(t.Context(), id.String())
		return err == nil && len(info.Holders) == 1
	})
	if there(b.vaultPath(".trash/host A/Pictures/one.jpg")) || !there(b.vaultPath("host A/Pictures/two.jpg")) {
		t.Error("the wrong files are left")
	}
	// On A, whose only bytes are in a folder, nothing is ever deleted.
	if n, err := a.EmptyTrash(t.Context()); err != nil || n != (Count{}) {
		t.Error(n, err)
	}
	if !there(filepath.Join(a.folder, "one.jpg")) {
		t.Fatal("the original is gone")
	}
	// Restored, it is fetched again.
	if _, err := a.Restore(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	r.until("the copy is back", func() bool { return there(b.vaultPath("host A/Pictures/one.jpg")) })
}

func TestRestoreOverwritesNothing(t *testing.T) {
	one, other := bytesOf("one", 1000), bytesOf("somebody's own", 500)
	r, _, b := trashHome(t, map[string][]byte{"one.jpg": one})
	id := itemOf(t, one).ID
	if _, err := b.Trash(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	inPlace := b.vaultPath("host A/Pictures/one.jpg")
	wait(t, "the copy is in the trash", func() bool { return !there(inPlace) })
	write(t, inPlace, other)
	if _, err := b.Restore(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	beside := b.vaultPath("host A/Pictures/one~" + id.String()[:8] + ".jpg")
	r.until("the copy is back under another name", func() bool { return there(beside) })
	if got, err := os.ReadFile(inPlace); err != nil || string(got) != string(other) {
		t.Errorf("what was there is %d bytes, %v", len(got), err)
	}
}

// A version that the origin has replaced while it was in the trash goes to the
// versions when it is restored, not over what has its name now.
func TestRestoredVersionIsSetAside(t *testing.T) {
	one, next := bytesOf("one", 1000), bytesOf("next", 700)
	r, a, b := trashHome(t, map[string][]byte{"one.jpg": one})
	id := itemOf(t, one).ID
	if _, err := b.Trash(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	inPlace := b.vaultPath("host A/Pictures/one.jpg")
	wait(t, "the copy is in the trash", func() bool { return !there(inPlace) })
	write(t, filepath.Join(a.folder, "one.jpg"), next)
	r.until("the new content is here", func() bool { got, _ := os.ReadFile(inPlace); return string(got) == string(next) })
	if _, err := b.Restore(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	wait(t, "the version is set aside", func() bool {
		return there(b.vaultPath(".versions/host A/Pictures/one~" + id.String()[:8] + ".jpg"))
	})
	if got, _ := os.ReadFile(inPlace); string(got) != string(next) {
		t.Error("the new content was overwritten")
	}
}

// Where files cannot be moved, what is trashed is hidden all the same, its bytes stay
// and count as held, and it is tried again.
func TestTrashThatCannotBeMadeLosesNothing(t *testing.T) {
	one := bytesOf("one", 1000)
	_, _, b := trashHome(t, map[string][]byte{"one.jpg": one})
	id := itemOf(t, one).ID
	write(t, b.vaultPath(".trash"), []byte("in the way"))
	if _, err := b.Trash(t.Context(), []media.ID{id}); err != nil {
		t.Fatal(err)
	}
	if failed, err := b.trash.move(t.Context()); !failed || err != nil {
		t.Errorf("failed is %v, %v", failed, err)
	}
	inPlace := b.vaultPath("host A/Pictures/one.jpg")
	if items, _ := b.countedItems(); items != 0 || !there(inPlace) {
		t.Errorf("%d items count, the file is there: %v", items, there(inPlace))
	}
	if held, err := b.cat.HeldItem(t.Context(), id); err != nil || held.ID != id {
		t.Error("it is not held any more")
	}
	if err := os.Remove(b.vaultPath(".trash")); err != nil {
		t.Fatal(err)
	}
	if failed, err := b.trash.move(t.Context()); failed || err != nil {
		t.Errorf("failed is %v, %v", failed, err)
	}
	if there(inPlace) || !there(b.vaultPath(".trash/host A/Pictures/one.jpg")) {
		t.Error("the file is not in the trash")
	}
	if problems := b.Problems(); len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
}

// A crash between the rename and the row leaves the file where the names log says it is.
func TestCrashWhileFilesGoToTheTrash(t *testing.T) {
	one := bytesOf("one", 1000)
	_, a, b := trashHome(t, map[string][]byte{"one.jpg": one})
	id := itemOf(t, one)
	rows, err := b.cat.VaultFilesOf(t.Context(), id)
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	b.close()
	v, err := vault.Open(b.cfg.Vault, b.device())
	if err != nil {
		t.Fatal(err)
	}
	moved := rows[0]
	moved.Path = ".trash/" + moved.Path
	if err := v.Log(lineOf(moved)); err != nil {
		t.Fatal(err)
	}
	batch := v.Batch()
	if _, err := batch.Reserve(moved.Path, id.ID, func(string) bool { return false }); err != nil {
		t.Fatal(err)
	}
	if err := batch.Move(rows[0].Path, moved.Path); err != nil {
		t.Fatal(err)
	}
	batch.Close()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	b.open()
	if err := b.SetMembers(t.Context(), []media.Device{a.device(), b.device()}); err != nil {
		t.Fatal(err)
	}
	now, err := b.cat.VaultFilesOf(t.Context(), id)
	if err != nil || len(now) != 1 || now[0].Path != moved.Path {
		t.Fatalf("on record are %+v, %v", now, err)
	}
	b.run()
	// The mark was not said: so the file goes back.
	wait(t, "the file is back", func() bool { return there(b.vaultPath(rows[0].Path)) })
	if problems := b.Problems(); len(problems) > 0 {
		t.Errorf("problems: %+v", problems)
	}
}

// What is in the trash goes after TrashKeep, by the time at which this device
// learned of it.
func TestTrashIsDeletedAfterItsTime(t *testing.T) {
	one := bytesOf("one", 1000)
	_, _, b := trashHome(t, map[string][]byte{"one.jpg": one})
	b.close()
	b.cfg.TrashKeep = 60 * 24 * time.Hour
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), b.cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		s.rebuilding.Store(false)
		id := itemOf(t, one).ID
		if _, err := s.Trash(t.Context(), []media.ID{id}); err != nil {
			t.Fatal(err)
		}
		inTrash := b.vaultPath(".trash/host A/Pictures/one.jpg")
		look := func(want bool) {
			t.Helper()
			if left, err := s.trash.round(t.Context()); left || err != nil {
				t.Fatal(left, err)
			}
			if there(inTrash) != want {
				t.Fatalf("after %v, the file is in the trash: %v", time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)), !want)
			}
		}
		look(true)
		time.Sleep(59 * 24 * time.Hour)
		look(true)
		time.Sleep(24*time.Hour + time.Second)
		look(false)
		if trashed, err := s.IsTrashed(t.Context(), id); !trashed || err != nil {
			t.Errorf("it is in the trash no more: %v", err)
		}
	})
}

// A device alone does not lose what it said with its catalogue.
func TestMarksOutliveTheCatalogue(t *testing.T) {
	n := newNode(t)
	one, two := bytesOf("one", 1000), bytesOf("two", 1000)
	write(t, filepath.Join(n.folder, "one.jpg"), one)
	write(t, filepath.Join(n.folder, "two.jpg"), two)
	n.run()
	wait(t, "records", func() bool { return len(n.files()) == 2 })
	ctx := t.Context()
	id, other := itemOf(t, one).ID, itemOf(t, two).ID
	album, err := n.NewAlbum(ctx, "Ferien <b>")
	if err == nil {
		err = n.ChangeAlbum(ctx, album.ID, []media.ID{id, other}, nil)
	}
	if err == nil {
		err = n.ChangeAlbum(ctx, album.ID, nil, []media.ID{other})
	}
	if err == nil {
		err = n.SetFavourite(ctx, []media.ID{id}, true)
	}
	if err == nil {
		err = n.SetCaption(ctx, id, "am See")
	}
	if err == nil {
		_, err = n.Trash(ctx, []media.ID{other})
	}
	if err != nil {
		t.Fatal(err)
	}
	check := func(when string) {
		t.Helper()
		said, err := n.Said(ctx, id)
		if err != nil || !said.Favourite || said.Caption != "am See" || len(said.Albums) != 1 || said.Albums[0].Title != "Ferien <b>" || said.Albums[0].Pictures != 1 {
			t.Errorf("%s: %+v, %v", when, said, err)
		}
		if trashed, err := n.IsTrashed(ctx, other); !trashed || err != nil {
			t.Errorf("%s: trashed is %v, %v", when, trashed, err)
		}
	}
	check("at first")
	n.close()
	before, err := os.ReadFile(filepath.Join(n.cfg.State, marksName))
	if err != nil || strings.Count(string(before), "\n") != 7 {
		t.Fatalf("the log has %q, %v", before, err)
	}
	remove := func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(filepath.Join(n.cfg.State, catalogueName+suffix))
		}
	}
	remove()
	n.open()
	n.addFolder(n.folder)
	n.run()
	wait(t, "records", func() bool { return len(n.files()) == 2 })
	check("after the catalogue was lost")
	// A line that a crash cut off, and one that says nothing.
	f, err := os.OpenFile(filepath.Join(n.cfg.State, marksName), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("{}\n{\"about\":1,\"it"); err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	if err := n.SetCaption(ctx, id, "am See, abends"); err != nil {
		t.Fatal(err)
	}
	n.close()
	remove()
	n.open()
	n.addFolder(n.folder)
	n.run()
	wait(t, "records", func() bool { return len(n.files()) == 2 })
	if said, err := n.Said(ctx, id); err != nil || said.Caption != "am See, abends" {
		t.Errorf("%+v, %v", said, err)
	}
}
