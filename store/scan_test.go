//go:build unix

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"homeroll/store/internal/catalogue"
	"homeroll/store/internal/disk"
	"homeroll/store/internal/need"
	"homeroll/store/media"
)

func TestScanRecordsMediaAndNamesTheRest(t *testing.T) {
	n := newNode(t)
	jpeg := append([]byte("\xff\xd8\xff\xe0"), bytesOf("picture", 1000)...)
	write(t, filepath.Join(n.folder, "a.JPG"), jpeg)
	write(t, filepath.Join(n.folder, "sub/deep/b.cr2"), bytesOf("raw", media.GroupSize+5))
	write(t, filepath.Join(n.folder, "sub/not-a-picture.jpg"), []byte("text"))
	write(t, filepath.Join(n.folder, "disguised.dat"), jpeg)
	write(t, filepath.Join(n.folder, "no-utf8-\xff.jpg"), jpeg)
	write(t, filepath.Join(n.folder, "note.pdf"), []byte("%PDF-1.4"))
	write(t, filepath.Join(n.folder, "empty.jpg"), nil)
	for _, hidden := range []string{".hidden.jpg", ".Trash-1000/x.jpg", "$RECYCLE.BIN/x.jpg", "@eaDir/x.jpg", "lost+found/x.jpg", "Vault/x.jpg"} {
		write(t, filepath.Join(n.folder, hidden), jpeg)
	}
	write(t, filepath.Join(n.folder, "Vault/.homeroll-vault"), []byte("{}"))
	write(t, filepath.Join(n.folder, "X.photoslibrary/originals/0/p.heic"), jpeg)
	write(t, filepath.Join(n.folder, "X.photoslibrary/resources/p.jpg"), jpeg)
	write(t, filepath.Join(n.folder, ".IMG_1.HEIC.icloud"), []byte("bplist"))
	if err := os.Symlink("a.JPG", filepath.Join(n.folder, "link.jpg")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(n.folder, "linkdir")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(n.folder, "pipe.jpg"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, n.folder)
	n.run().scanned()

	var got []string
	for p := range n.files() {
		rel, _ := filepath.Rel(n.folder, p)
		got = append(got, rel)
	}
	slices.Sort(got)
	want := []string{"X.photoslibrary/originals/0/p.heic", "a.JPG", "disguised.dat", "no-utf8-\xff.jpg", "sub/deep/b.cr2", "sub/not-a-picture.jpg"}
	if !slices.Equal(got, want) {
		t.Errorf("recorded %q, want %q", got, want)
	}
	if it := n.files()[filepath.Join(n.folder, "a.JPG")]; it != itemOf(t, jpeg) {
		t.Errorf("a.JPG recorded as %v", it)
	}
	skipped := map[string]int64{}
	for _, s := range n.Skipped() {
		skipped[s.Type] = s.Files
	}
	for kind, files := range map[string]int64{"pdf": 1, "empty": 1, "symlink": 2, "cloud placeholder": 1, "socket, pipe or device": 1} {
		if skipped[kind] != files {
			t.Errorf("skipped %d of type %q, want %d (%v)", skipped[kind], kind, files, skipped)
		}
	}
	if p := n.Problems(); len(p) != 0 {
		t.Errorf("problems: %+v", p)
	}
	if after := snapshot(t, n.folder); after != before {
		t.Errorf("the folder was touched:\n%s\n%s", before, after)
	}
	f := n.Folders()[0]
	if f.Files != 6 || f.Items != 3 || f.State != FolderWatching {
		t.Errorf("folder is %+v", f)
	}
}

// snapshot describes everything of a tree that must not change.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var all string
	err := filepath.WalkDir(dir, func(p string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		st := fi.Sys().(*syscall.Stat_t)
		all += p + fi.Mode().String() + fi.ModTime().String() + string(rune(st.Ino)) + "\n"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestWatchFollowsTheUser(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	at := func(p string) string { return filepath.Join(n.folder, p) }

	write(t, at("new.jpg"), []byte("new"))
	wait(t, "a new picture", func() bool { return n.has(at("new.jpg")) })

	mkdir(t, at("trip/day 1"))
	write(t, at("trip/day 1/one.jpg"), []byte("one"))
	write(t, at("trip/day 1/two.jpg"), []byte("two"))
	wait(t, "pictures in new directories", func() bool { return n.has(at("trip/day 1/one.jpg")) && n.has(at("trip/day 1/two.jpg")) })

	if err := os.Rename(at("new.jpg"), at("trip/renamed.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "a rename", func() bool { return n.has(at("trip/renamed.jpg")) && !n.has(at("new.jpg")) })

	if err := os.Rename(at("trip"), at("journey")); err != nil {
		t.Fatal(err)
	}
	wait(t, "a renamed directory", func() bool { return n.has(at("journey/day 1/one.jpg")) && !n.has(at("trip/day 1/one.jpg")) })

	// Events under the new name of a directory must come with that name.
	write(t, at("journey/day 1/three.jpg"), []byte("three"))
	wait(t, "a picture in the renamed directory", func() bool { return n.has(at("journey/day 1/three.jpg")) })
	if n.has(at("trip/day 1/three.jpg")) {
		t.Error("recorded under the old name of its directory")
	}

	if err := os.Remove(at("journey/renamed.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "a deletion", func() bool { return !n.has(at("journey/renamed.jpg")) })

	if err := os.RemoveAll(at("journey/day 1")); err != nil {
		t.Fatal(err)
	}
	write(t, at("last.jpg"), []byte("last"))
	wait(t, "a deleted directory", func() bool { return len(n.files()) == 1 && n.has(at("last.jpg")) })

	write(t, at("last.jpg"), []byte("edited"))
	wait(t, "an edit", func() bool { return n.files()[at("last.jpg")] == itemOf(t, []byte("edited")) })

	write(t, at("grows.mp4"), []byte("x"))
	wait(t, "type change", func() bool { return n.has(at("grows.mp4")) })
	write(t, at("grows.mp4"), nil)
	wait(t, "an emptied file", func() bool { return !n.has(at("grows.mp4")) })
}

func TestFileThatKeepsChangingIsNamed(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	p := filepath.Join(n.folder, "busy.mp4")
	f, err := os.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wait(t, "the problem", func() bool {
		if _, err := f.WriteString("more"); err != nil {
			t.Fatal(err)
		}
		list := n.Problems()
		return len(list) == 1 && list[0].Path == p && list[0].Reason == ReasonChanging
	})
	if n.has(p) {
		t.Error("recorded while it changed")
	}
	wait(t, "its end", func() bool { return n.has(p) && len(n.Problems()) == 0 })
	fi, _ := f.Stat()
	if it := n.files()[p]; it.Size != fi.Size() {
		t.Errorf("recorded %d bytes of %d", it.Size, fi.Size())
	}
}

func TestMissingFolderKeepsItsRecords(t *testing.T) {
	n := newNode(t)
	for _, name := range []string{"a.jpg", "b.jpg", "c/d.jpg"} {
		write(t, filepath.Join(n.folder, name), []byte(name))
	}
	n.run().scanned()
	away := n.folder + ".away"
	state := func() FolderState { return n.Folders()[0].State }

	if err := os.Rename(n.folder, away); err != nil {
		t.Fatal(err)
	}
	wait(t, "missing", func() bool { return state() == FolderMissing })
	mkdir(t, n.folder) // an empty mount point
	n.restart(n.folder)
	n.run()
	wait(t, "an empty mount point", func() bool { return state() == FolderHalted })
	if len(n.files()) != 3 || n.Folders()[0].Detail == "" {
		t.Errorf("%d records, %+v", len(n.files()), n.Folders()[0])
	}
	if err := os.Remove(n.folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, n.folder); err != nil {
		t.Fatal(err)
	}
	wait(t, "back", func() bool { return state() == FolderWatching })
	if err := os.Remove(filepath.Join(n.folder, "a.jpg")); err != nil {
		t.Fatal(err)
	}
	wait(t, "one deletion", func() bool { return len(n.files()) == 2 })
}

func TestSecondScanReadsNothing(t *testing.T) {
	n := newNode(t)
	p := filepath.Join(n.folder, "a.jpg")
	write(t, p, []byte("one"))
	n.run().scanned()
	first, read := n.files()[p], n.read("a.jpg")
	n.close()
	write(t, filepath.Join(n.folder, "b.jpg"), []byte("new"))
	n.open()
	n.addFolder(n.folder)
	n.run().scanned()
	if !n.has(filepath.Join(n.folder, "b.jpg")) || n.files()[p] != first || !n.read("a.jpg").Equal(read) {
		t.Errorf("files %v, read at %v and %v", n.files(), read, n.read("a.jpg"))
	}
	// A rename while it was off costs no read either, where the filesystem tells
	// when files were made.
	n.close()
	moved := filepath.Join(n.folder, "moved.jpg")
	if err := os.Rename(p, moved); err != nil {
		t.Fatal(err)
	}
	n.open()
	n.addFolder(n.folder)
	n.run().scanned()
	if got := n.files()[moved]; got != first || n.has(p) {
		t.Errorf("moved file recorded as %v", got)
	}
	if disk.ExistedAt(moved, time.Now()) && !n.read("moved.jpg").Equal(read) {
		t.Errorf("moved file was read again")
	}
}

// read returns when the bytes of a file of the only folder were last read.
func (n *testNode) read(rel string) time.Time {
	n.t.Helper()
	f, ok, err := n.cat.File(n.t.Context(), catalogue.FileKey{Folder: n.watched()[0].id, Path: rel})
	if err != nil || !ok {
		n.t.Fatalf("%s is not on record: %v", rel, err)
	}
	return f.Verified
}

func TestEditThatKeepsSizeAndTimeIsFound(t *testing.T) {
	n := newNode(t)
	p := filepath.Join(n.folder, "a.jpg")
	write(t, p, []byte("one"))
	n.run().scanned()
	write(t, p, []byte("two"))
	wait(t, "an edit in place", func() bool { return n.files()[p] == itemOf(t, []byte("two")) })
	n.close()
	write(t, p, []byte("six"))
	n.open()
	n.addFolder(n.folder)
	n.run()
	wait(t, "an edit in place while it was off", func() bool { return n.files()[p] == itemOf(t, []byte("six")) })
}

func TestFileThatBecomesUnreadableIsNamed(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	n := newNode(t)
	p := filepath.Join(n.folder, "a.jpg")
	write(t, p, []byte("one"))
	n.run().scanned()
	if err := os.Chmod(p, 0); err != nil {
		t.Fatal(err)
	}
	wait(t, "the problem", func() bool { return len(n.Problems()) == 1 && n.Problems()[0].Reason == ReasonUnreadable })
	if !n.has(p) {
		t.Error("its record was withdrawn")
	}
	if err := os.Chmod(p, 0o600); err != nil {
		t.Fatal(err)
	}
	wait(t, "its end", func() bool { return len(n.Problems()) == 0 })
}

func TestReusedInodeIsNoRename(t *testing.T) {
	n := newNode(t)
	p := filepath.Join(n.folder, "burst 1.ppm")
	write(t, p, []byte("one"))
	before, err := disk.Stat(p)
	if err != nil {
		t.Fatal(err)
	}
	n.run().scanned()
	n.close()
	if err := os.Remove(p); err != nil {
		t.Fatal(err)
	}
	taker := ""
	for i := 0; i < 500 && taker == ""; i++ {
		name := filepath.Join(n.folder, fmt.Sprintf("burst %d.ppm", i+2))
		write(t, name, []byte("two"))
		if now, err := disk.Stat(name); err == nil && now.Same(before) {
			taker = name
		}
	}
	if taker == "" {
		need.Missing(t, "the filesystem gives no inode twice")
	}
	n.open()
	n.addFolder(n.folder)
	n.run().scanned()
	if got := n.files()[taker]; got != itemOf(t, []byte("two")) {
		t.Errorf("a new file with the inode, size and time of a deleted one is recorded as %v", got)
	}
}

func TestOverlapsAreRefused(t *testing.T) {
	n := newNode(t)
	dir := filepath.Dir(n.folder)
	mkdir(t, filepath.Join(n.folder, "sub"))
	link := filepath.Join(dir, "link")
	if err := os.Symlink(filepath.Join(n.folder, "sub"), link); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(dir, "foreign")
	write(t, filepath.Join(foreign, ".homeroll-vault"), []byte("{}"))
	mkdir(t, filepath.Join(foreign, "in"))
	mkdir(t, filepath.Join(n.cfg.Vault, "in"))
	for _, p := range []string{
		n.folder, filepath.Join(n.folder, "sub"), dir, link, n.cfg.Vault, filepath.Join(n.cfg.Vault, "in"), foreign, filepath.Join(foreign, "in"),
	} {
		err := n.AddFolder(t.Context(), FolderConfig{Path: p})
		if err == nil {
			t.Errorf("%s was accepted", p)
		}
	}
	if err := n.AddFolder(t.Context(), FolderConfig{Path: filepath.Join(dir, "absent")}); err == nil {
		t.Error("an absent directory was accepted")
	}
}

func TestRemovedFolderWithdrawsItsRecords(t *testing.T) {
	n := newNode(t)
	write(t, filepath.Join(n.folder, "a.jpg"), []byte("a"))
	n.run().scanned()
	if err := n.RemoveFolder(t.Context(), n.folder); err != nil {
		t.Fatal(err)
	}
	tally, err := n.Tally(t.Context())
	if err != nil || tally.Library.Items != 0 || len(n.Folders()) != 0 {
		t.Errorf("%+v %v", tally, err)
	}
	n.addFolder(n.folder)
	wait(t, "the folder again", func() bool { return n.has(filepath.Join(n.folder, "a.jpg")) })
}

// Other devices keep a folder's files in one directory for each identity.
func TestFolderKeepsItsIdentityWithoutTheCatalogue(t *testing.T) {
	n := newNode(t)
	before := n.Folders()[0].ID
	n.close()
	if err := os.Remove(filepath.Join(n.cfg.State, "catalogue.db")); err != nil {
		t.Fatal(err)
	}
	n.open()
	n.addFolder(n.folder)
	if after := n.Folders()[0].ID; after != before {
		t.Errorf("it was %v and is %v", before, after)
	}
	other := filepath.Join(filepath.Dir(n.folder), "Other")
	mkdir(t, other)
	n.addFolder(other)
	if n.Folders()[1].ID == before {
		t.Error("two folders have one identity")
	}
}

func TestUnreadableFileIsNamedAndRetried(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads everything")
	}
	n := newNode(t)
	p := filepath.Join(n.folder, "secret.jpg")
	write(t, p, []byte("x"))
	if err := os.Chmod(p, 0); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(n.folder, "other.jpg"), []byte("y"))
	n.run().scanned()
	list := n.Problems()
	if len(list) != 1 || list[0].Path != p || list[0].Reason != ReasonUnreadable || list[0].Hint == "" {
		t.Fatalf("problems %+v", list)
	}
	if !n.has(filepath.Join(n.folder, "other.jpg")) {
		t.Error("the other one was not backed up")
	}
	if err := os.Chmod(p, 0o600); err != nil {
		t.Fatal(err)
	}
	wait(t, "recovery", func() bool { return n.has(p) && len(n.Problems()) == 0 })
}

func TestNewPictureIsRecordedSoon(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	p := filepath.Join(n.folder, "now.jpg")
	start := time.Now()
	if err := os.WriteFile(p, []byte("now"), 0o644); err != nil {
		t.Fatal(err)
	}
	wait(t, "the record", func() bool { return n.has(p) })
	t.Logf("recorded after %v, with a settle time of %v", time.Since(start), n.cfg.Settle)
}

func TestFolderWithoutEventsIsPolled(t *testing.T) {
	n := newNode(t)
	n.newEvents = func() (*events, error) { return nil, syscall.EMFILE }
	n.run().scanned()
	f := n.Folders()[0]
	if f.State != FolderPolling || !strings.Contains(f.Detail, "max_user_instances") {
		t.Errorf("folder is %+v", f)
	}
	p := filepath.Join(n.folder, "a.jpg")
	write(t, p, []byte("a"))
	if err := n.Rescan(t.Context()); err != nil {
		t.Fatal(err)
	}
	wait(t, "the picture", func() bool { return n.has(p) })
}

func TestWatchLimitPollsAndSaysWhatToDo(t *testing.T) {
	n := newNode(t)
	n.newEvents = func() (*events, error) {
		e, err := watchEvents()
		e.add = func(string) error { return syscall.ENOSPC }
		return e, err
	}
	n.run().scanned()
	if f := n.Folders()[0]; f.State != FolderPolling || !strings.Contains(f.Detail, "max_user_watches") {
		t.Errorf("folder is %+v", f)
	}
}

func TestNetworkShareIsPolled(t *testing.T) {
	n := newNode(t)
	n.mountOf = func(string) (disk.Mount, error) {
		return disk.Mount{Type: "nfs4", Remote: "nfs4:nas:/photos", Deaf: true}, nil
	}
	n.run().scanned()
	if f := n.Folders()[0]; f.State != FolderPolling || !strings.Contains(f.Detail, "nfs4") {
		t.Errorf("folder is %+v", f)
	}
	if wait := (&watcher{f: n.watched()[0]}).untilNext(); wait > 2*time.Minute {
		t.Errorf("looks again in %v", wait)
	}
}

func TestLostEventsAreFoundByAScan(t *testing.T) {
	n := newNode(t)
	var e *events
	n.newEvents = func() (*events, error) {
		var err error
		e, err = watchEvents()
		return e, err
	}
	n.run().scanned()
	for i := range 30 {
		write(t, filepath.Join(n.folder, fmt.Sprint(i%3), fmt.Sprint(i, ".jpg")), []byte{byte(i), 1})
	}
	e.take() // as if the kernel's queue had overflowed
	e.lose()
	wait(t, "all of them", func() bool { return len(n.files()) == 30 })
}

func TestRunLeavesNothingBehind(t *testing.T) {
	ignore := goleak.IgnoreCurrent()
	n := newNode(t)
	write(t, filepath.Join(n.folder, "a.jpg"), bytesOf("a", 1<<20))
	n.run()
	second := n.folder + "2"
	mkdir(t, second)
	n.addFolder(second)
	n.scanned()
	if err := n.RemoveFolder(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	n.close()
	goleak.VerifyNone(t, ignore)
}
