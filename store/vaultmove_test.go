//go:build unix

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fill receives items under names of another device, two names with one content
// among them, and returns what the vault's tree says of itself.
func (n *testNode) fill(items int) string {
	n.t.Helper()
	for i := range items {
		if err := receive(n.t.Context(), n.Store, memoryOf([]byte(fmt.Sprint("picture ", i)))); err != nil {
			n.t.Fatal(err)
		}
	}
	paths := n.vaultPaths()
	if err := os.Link(paths[0], filepath.Join(filepath.Dir(paths[0]), "linked.jpg")); err != nil {
		n.t.Fatal(err)
	}
	write(n.t, filepath.Join(n.vault().Dir(), "of the user.txt"), []byte("a file that is not ours"))
	if runtime.GOOS == "linux" { // elsewhere, all names are UTF-8
		write(n.t, filepath.Join(n.vault().Dir(), "Gr\xfc\xdfe", "K\xf6ln.txt"), []byte("named by an older system"))
	}
	if err := os.Symlink("of the user.txt", filepath.Join(n.vault().Dir(), "link")); err != nil {
		n.t.Fatal(err)
	}
	return contents(n.t, n.vault().Dir())
}

// contents describes the names, bytes and times below a directory, except what
// belongs to one place of a vault.
func contents(t testing.TB, dir string) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		if err != nil || e.IsDir() || rel == ".homeroll/filesystem" {
			return err
		}
		if e.Type()&fs.ModeSymlink != 0 {
			to, err := os.Readlink(p)
			fmt.Fprintln(&all, rel, "->", to)
			return err
		}
		fi, err := e.Info()
		if err != nil {
			return err
		}
		b, err := os.ReadFile(p)
		if rel == ".homeroll-vault" || rel == ".homeroll/names" {
			fmt.Fprintf(&all, "%s %q\n", rel, b)
			return err
		}
		fmt.Fprintf(&all, "%s %q %v\n", rel, b, fi.ModTime().UnixNano())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

func noProgress(VaultProgress) {}

func TestVaultIsMoved(t *testing.T) {
	for _, renames := range []bool{true, false} {
		t.Run(map[bool]string{true: "by a rename", false: "by copying"}[renames], func(t *testing.T) {
			n := newNode(t)
			n.renames = func(string, string) bool { return renames }
			n.run().scanned()
			before := n.fill(20)
			from, to := n.vault().Dir(), filepath.Join(t.TempDir(), "new", "Homeroll")
			told := 0
			err := n.MoveVault(t.Context(), to, noProgress, func() error { told++; return nil })
			if err != nil || told != 1 {
				t.Fatalf("move: %v, told %d times", err, told)
			}
			if after := contents(t, to); after != before {
				t.Errorf("after the move:\n%s\nbefore:\n%s", after, before)
			}
			if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the old vault: %v\n%s", err, contents(t, from))
			}
			if n.VaultDir() != to || n.places.move() != nil {
				t.Errorf("vault is in %s, move %+v", n.VaultDir(), n.places.move())
			}
			a, b := stat(t, n.vaultPaths()[0]), stat(t, filepath.Join(filepath.Dir(n.vaultPaths()[0]), "linked.jpg"))
			if !os.SameFile(a, b) {
				t.Error("a hard link became a file")
			}
			if err := receive(t.Context(), n.Store, memoryOf([]byte("later"))); err != nil {
				t.Errorf("receive: %v", err)
			}
			n.restart() // with the old directory in its configuration
			if p := n.Problems(); n.VaultDir() != from || len(p) != 1 {
				t.Errorf("opened %s, problems %+v", n.VaultDir(), p)
			}
		})
	}
}

func stat(t testing.TB, p string) fs.FileInfo {
	t.Helper()
	fi, err := os.Lstat(p)
	if err != nil {
		t.Fatal(err)
	}
	return fi
}

// Wherever a move is interrupted, the vault is whole, and the next attempt ends
// it.
func TestInterruptedMoveLosesNothing(t *testing.T) {
	for stop := 0; stop < 30; stop += 5 {
		n := newNode(t)
		n.renames = func(string, string) bool { return false }
		n.run().scanned()
		before := n.fill(20)
		from, to := n.vault().Dir(), filepath.Join(t.TempDir(), "Homeroll")
		ctx, cancel := context.WithCancel(t.Context())
		steps := 0
		n.step = func() {
			if steps++; steps > stop {
				cancel()
			}
		}
		err := n.MoveVault(ctx, to, noProgress, func() error { return nil })
		if stop < 20 && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d: %v", stop, err)
		}
		n.step = nil
		if err != nil {
			if got := contents(t, from); got != before {
				t.Errorf("stopped after %d, the vault is\n%s", stop, got)
			}
			n.restart(n.folder)
			n.renames = func(string, string) bool { return false }
			n.run()
			if p := n.Problems(); n.VaultDir() != from || len(p) != 0 {
				t.Errorf("stopped after %d: vault in %s, problems %+v", stop, n.VaultDir(), p)
			}
			if err := n.MoveVault(t.Context(), to, noProgress, func() error { return nil }); err != nil {
				t.Fatalf("again after %d: %v", stop, err)
			}
		}
		if err := n.MoveVault(t.Context(), to, noProgress, func() error { return nil }); err != nil {
			t.Errorf("once more, where it is already: %v", err)
		}
		if got := contents(t, to); got != before {
			t.Errorf("stopped after %d, moved:\n%s\nbefore:\n%s", stop, got, before)
		}
		if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the old vault: %v\n%s", err, contents(t, from))
		}
		n.close()
	}
}

// A crash after the vault is in its new place, and before anybody else knows.
func TestMoveThatNobodyNotedIsFoundAtTheStart(t *testing.T) {
	crash := errors.New("crash")
	for _, renames := range []bool{true, false} {
		n := newNode(t)
		n.renames = func(string, string) bool { return renames }
		n.run().scanned()
		before := n.fill(5)
		from, to := n.vault().Dir(), filepath.Join(t.TempDir(), "Homeroll")
		if err := n.MoveVault(t.Context(), to, noProgress, func() error { return crash }); !errors.Is(err, crash) {
			t.Fatal(err)
		}
		if renames { // as if the crash had come before that was noted
			m := n.places.move()
			m.Switched = false
			if err := n.places.setMove(m); err != nil {
				t.Fatal(err)
			}
		}
		n.restart()
		if p := n.Problems(); n.VaultDir() != to || len(p) != 0 {
			t.Errorf("opened %s, problems %+v", n.VaultDir(), p)
		}
		n.run()
		wait(t, "the end of the move", func() bool { return n.places.move() == nil })
		if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the old vault: %v\n%s", err, contents(t, from))
		}
		if got := contents(t, to); got != before {
			t.Errorf("it has\n%s\nhad\n%s", got, before)
		}
		n.close()
	}
}

func TestPlacesThatCannotBeTheVault(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	n.fill(1)
	full, other := t.TempDir(), t.TempDir()
	write(t, filepath.Join(full, "x"), nil)
	write(t, filepath.Join(other, ".homeroll-vault"), []byte("{}"))
	for _, dir := range []string{
		"relative", n.VaultDir(), filepath.Join(n.VaultDir(), "in"), filepath.Dir(n.VaultDir()), n.folder, filepath.Join(n.folder, "in"), full, other,
		filepath.Join(other, "in"), filepath.Join(full, "x"), filepath.Join(n.Store.cfg.State, "in"),
	} {
		var refused *VaultTargetError
		err := n.MoveVault(t.Context(), dir, noProgress, func() error { return nil })
		if dir != n.VaultDir() && (!errors.As(err, &refused) || refused.Hint() == "") {
			t.Errorf("move to %s: %v", dir, err)
		}
		if _, err := n.ReplaceVault(t.Context(), dir, true, func() error { return nil }); !errors.As(err, &refused) {
			t.Errorf("replace by %s: %v", dir, err)
		}
	}
	n.renames = func(string, string) bool { return false }
	n.Store.cfg.Reserve = 1 << 62
	var refused *VaultTargetError
	if err := n.MoveVault(t.Context(), filepath.Join(t.TempDir(), "v"), noProgress, nil); !errors.As(err, &refused) || !strings.Contains(refused.Why, "free") {
		t.Errorf("a disk that is too small: %v", err)
	}
	if p := n.Problems(); n.VaultBusy() || n.VaultAway() || len(p) != 0 {
		t.Errorf("busy or away, problems %+v", p)
	}
}

func TestVaultIsReplaced(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	n.fill(30)
	held := func() int64 {
		tally, err := n.Tally(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return tally.Vault.Items
	}
	from, to := n.VaultDir(), filepath.Join(t.TempDir(), "Homeroll")
	rename(t, from, from+".dead")
	wait(t, "the problem", func() bool { return len(n.Problems()) == 1 })
	r, err := n.ReplacementOf(t.Context(), to)
	if err != nil || r.Items != 30 || r.Lost != 30 || r.Here {
		t.Errorf("cost %+v, %v", r, err)
	}
	if _, err := n.ReplaceVault(t.Context(), to, false, func() error { return nil }); !errors.Is(err, ErrOnlyCopies) {
		t.Errorf("gave up the only copies: %v", err)
	}
	crash := errors.New("crash")
	if _, err := n.ReplaceVault(t.Context(), to, true, func() error { return crash }); !errors.Is(err, crash) {
		t.Fatal(err)
	}
	n.restart()
	n.run()
	if p := n.Problems(); n.VaultDir() != to || len(p) != 0 || held() != 0 {
		t.Errorf("vault in %s holds %d, problems %+v", n.VaultDir(), held(), p)
	}
	wait(t, "the end", func() bool { return n.places.move() == nil })
	n.cfg.Vault = to
	if err := receive(t.Context(), n.Store, memoryOf([]byte("picture 0"))); err != nil || held() != 1 {
		t.Errorf("receive: %v", err)
	}
	// The old disk that comes back is not the vault any more.
	rename(t, from+".dead", from)
	n.restart()
	if n.VaultDir() != to || n.VaultAway() {
		t.Error("the old vault was opened")
	}
}

func TestVaultIsReplacedInItsPlace(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	n.fill(100)
	paths := n.vaultPaths()
	for _, p := range paths[:80] {
		removeTree(t, p)
	}
	n.checkAgain()
	wait(t, "the problem", func() bool { return len(n.Problems()) == 1 })
	lost := int64(len(n.vaultPaths()) - 20) // a few may be withdrawn before they are too many
	r, err := n.ReplaceVault(t.Context(), n.VaultDir(), true, func() error { return nil })
	if err != nil || r.Items != lost || r.Lost != lost || lost < 60 {
		t.Fatalf("%+v of %d, %v", r, lost, err)
	}
	if p := n.Problems(); len(p) != 0 || len(n.vaultPaths()) != 20 {
		t.Errorf("%d left, problems %+v", len(n.vaultPaths()), p)
	}
	var refused *VaultTargetError
	if _, err := n.ReplaceVault(t.Context(), n.VaultDir(), true, nil); !errors.As(err, &refused) {
		t.Errorf("replaced a whole vault: %v", err)
	}

	// A new disk is mounted where the dead one was.
	rename(t, n.VaultDir(), n.VaultDir()+".dead")
	mkdir(t, n.VaultDir())
	wait(t, "the other problem", func() bool { return len(n.Problems()) == 1 })
	if r, err := n.ReplaceVault(t.Context(), n.VaultDir(), true, func() error { return nil }); err != nil || r.Items != 20 {
		t.Fatalf("%+v, %v", r, err)
	}
	if err := receive(t.Context(), n.Store, memoryOf([]byte("new"))); err != nil {
		t.Error(err)
	}
	if p := n.Problems(); len(p) != 0 {
		t.Errorf("problems %+v", p)
	}
}
