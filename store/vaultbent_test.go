//go:build linux

package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"homeroll/store/internal/vault"
	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// probeFAT stands for a filesystem that holds the names of Windows, and takes
// upper for lower case; what really lies below it takes anything.
func probeFAT(*os.Root, string, string) (volume.Traits, error) {
	return volume.Traits{FoldsCase: true, Windows: true, Unicode: true, Units: true, Step: 2 * time.Second, Zoned: true, Links: true}, nil
}

var oddNames = []string{
	"plain.jpg", "AUX.jpg", "a:b.jpg", "a_b.jpg", "trailing./x.jpg", "K\xf6ln.jpg", "Same.jpg", "same.jpg", "con/inside.jpg",
	"Gr\xfc\xdfe/one.jpg", "Trip/1.jpg", "trip/1.jpg", "trip/2.jpg",
}

// oddHome has a node b that holds a's files of all odd names.
func oddHome(t *testing.T) (r *relay, b *testNode, items map[string]media.Item) {
	r = newHome(t, 2)
	a := r.nodes[0]
	b = r.nodes[1]
	items = map[string]media.Item{}
	var all []media.Item
	for i, name := range oddNames {
		content := []byte(fmt.Sprint("picture ", i))
		write(t, filepath.Join(a.folder, name), content)
		items[name] = itemOf(t, content)
		all = append(all, items[name])
	}
	a.scanned()
	r.settle(b, all...)
	write(t, filepath.Join(b.VaultDir(), "notes: mine.txt"), []byte("somebody else's"))
	return r, b, items
}

// checkOdd looks for each picture where the catalogue says, under a name that
// FAT holds, and for a line of the names log that says what it was called.
func (n *testNode) checkOdd(items map[string]media.Item) {
	n.t.Helper()
	fat, _ := probeFAT(nil, "", "")
	said := map[string]string{}
	if err := n.vault().Names(func(l vault.Line) error { said[l.Path] = l.Name; return nil }); err != nil {
		n.t.Fatal(err)
	}
	folded := map[string]bool{}
	for name, it := range items {
		files := n.vaultFiles(it)
		if len(files) != 1 || files[0].Name != name || said[files[0].Path] != name {
			n.t.Errorf("%q has the rows %+v, and the log says %q", name, files, said)
			continue
		}
		p := files[0].Path
		got, _, err := n.hashVaultFile(n.t.Context(), p)
		if err != nil || got != it {
			n.t.Errorf("%q at %q is not whole: %v", name, p, err)
		}
		if folded[volume.Fold(p)] {
			n.t.Errorf("%q is one with another", p)
		}
		folded[volume.Fold(p)] = true
		for _, e := range strings.Split(p, "/") {
			if !fat.Holds(e) {
				n.t.Errorf("%q lies at %q", name, p)
			}
		}
	}
	log, err := os.ReadFile(filepath.Join(n.VaultDir(), ".homeroll", "names"))
	if err != nil || !strings.Contains(string(log), `"was":"notes: mine.txt"`) {
		n.t.Errorf("what somebody else's file was called is lost: %v", err)
	}
	if _, err := os.Lstat(filepath.Join(n.VaultDir(), ".homeroll", "bent")); !errors.Is(err, fs.ErrNotExist) {
		n.t.Errorf("the move has not ended: %v", err)
	}
}

// A move to a filesystem with fewer names bends those that it cannot hold,
// wherever it is interrupted; a catalogue that is lost later comes back as it was,
// and nothing is fetched again.
func TestVaultMovesWhereNamesAreBent(t *testing.T) {
	for _, stop := range []int{0, 3, 9, 13, 100} {
		t.Run(fmt.Sprint("stopped at file ", stop), func(t *testing.T) {
			r, b, items := oddHome(t)
			b.renames = func(string, string) bool { return false }
			b.probe = probeFAT
			from, to := b.VaultDir(), filepath.Join(t.TempDir(), "Homeroll")
			ctx, cancel := context.WithCancel(t.Context())
			steps := 0
			b.step = func() {
				if steps++; steps > stop {
					cancel()
				}
			}
			err := b.MoveVault(ctx, to, noProgress, func() error { return nil })
			if err != nil && !errors.Is(err, context.Canceled) || err == nil && stop < 14 {
				t.Fatalf("move: %v", err)
			}
			b.step = nil
			if err := b.MoveVault(t.Context(), to, noProgress, func() error { return nil }); err != nil {
				t.Fatalf("again: %v", err)
			}
			if _, err := os.Lstat(from); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the old vault: %v", err)
			}
			b.checkOdd(items)
			if err := b.comparePass(t.Context()); err != nil {
				t.Fatal(err)
			}
			b.checkOdd(items)
			b.cfg.Vault = to
			if stop != 0 {
				return
			}
			b.close()
			for _, suffix := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(filepath.Join(b.cfg.State, catalogueName+suffix))
			}
			r.restart(b)
			wait(t, "the rebuilt catalogue", func() bool { return !b.Rebuilding() })
			r.sent = 0
			r.settle(b)
			b.checkOdd(items)
			if p := b.Problems(); r.sent > 0 || len(p) != 0 {
				t.Errorf("%d bytes were sent again, problems %+v", r.sent, p)
			}
		})
	}
}

// A crash after the new place counts, and before the catalogue follows.
func TestBentNamesAreFollowedAtTheStart(t *testing.T) {
	r, b, items := oddHome(t)
	b.renames, b.probe = func(string, string) bool { return false }, probeFAT
	m := vaultMove{From: b.VaultDir(), To: filepath.Join(t.TempDir(), "Homeroll"), ID: b.places.vault().ID}
	release, err := b.closeGate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.carry(t.Context(), &m, false, noProgress); err != nil {
		t.Fatal(err)
	}
	release()
	r.restart(b)
	if b.VaultDir() != m.To {
		t.Errorf("the vault is in %s", b.VaultDir())
	}
	b.checkOdd(items)
	if p := b.Problems(); len(p) != 0 {
		t.Errorf("problems %+v", p)
	}
}
