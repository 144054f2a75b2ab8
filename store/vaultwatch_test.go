package store

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// A vault whose disk is pulled out while the store runs must not look well.
func TestVaultThatGoesAwayIsNamed(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open directory cannot be renamed")
	}
	n := newNode(t)
	n.run().scanned()
	if err := receive(t.Context(), n.Store, memoryOf([]byte("x"))); err != nil {
		t.Fatal(err)
	}
	rename(t, n.cfg.Vault, n.cfg.Vault+".away")
	wait(t, "the problem", func() bool { return len(n.Problems()) == 1 && n.Problems()[0].Reason == ReasonVault })
	if sp, err := n.Space(); err != nil || sp.Room != 0 || sp.Used != 1 {
		t.Errorf("space %+v, %v", sp, err)
	}
	if err := receive(t.Context(), n.Store, memoryOf([]byte("y"))); !errors.Is(err, ErrVaultMissing) {
		t.Errorf("received into a vault that is not there: %v", err)
	}
	if _, err := os.Stat(n.cfg.Vault); err == nil {
		t.Error("a new vault was made in its place")
	}
	rename(t, n.cfg.Vault+".away", n.cfg.Vault)
	wait(t, "its end", func() bool { return len(n.Problems()) == 0 })
	if err := receive(t.Context(), n.Store, memoryOf([]byte("y"))); err != nil {
		t.Errorf("receive after it is back: %v", err)
	}
}

func TestPartialDirectoryIsMadeAgain(t *testing.T) {
	n := newNode(t)
	n.run().scanned()
	if err := os.Remove(filepath.Join(n.cfg.Vault, ".homeroll/partial")); err != nil {
		t.Fatal(err)
	}
	if err := receive(t.Context(), n.Store, memoryOf([]byte("x"))); err != nil {
		t.Error(err)
	}
}

func TestRetryOfAVaultFileIsNoError(t *testing.T) {
	n := newNode(t)
	n.problems.raise(readProblem(filepath.Join(n.vault().Dir(), "a.jpg"), os.ErrPermission))
	if err := n.Retry(t.Context(), nil); err != nil {
		t.Error(err)
	}
	if p := <-n.recheck; p != "a.jpg" {
		t.Errorf("looks at %q", p)
	}
	if _, ok := n.vault().Rel(n.folder); ok {
		t.Error("a folder lies in the vault")
	}
}
