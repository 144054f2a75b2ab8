package node_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/nodetest"
)

// await looks until cond holds.
func await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(nodetest.Patience); !cond(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("waited too long for: %s", what)
		}
	}
}

func exists(path ...string) bool {
	_, err := os.Lstat(filepath.Join(path...))
	return err == nil
}

// What is trashed on one device is hidden on the other, whose vault has it in .trash;
// both are complete without it. Restored there, all is as before.
func TestTrashTravelsBetweenDevices(t *testing.T) {
	_, a, b := pairOf(t)
	ctx := t.Context()
	before := a.Status().Copies.ByHolders[2]
	photo := filepath.Join(a.Pictures, "big.png")
	shown, err := a.Client.Show(ctx, photo)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := a.Client.TrashAdd(ctx, []string{photo}); err != nil || n.Items != 1 {
		t.Fatal(n, err)
	}
	copied, trashed := filepath.Join(b.Vault, "anna", "Pictures", "big.png"), filepath.Join(b.Vault, ".trash", "anna", "Pictures", "big.png")
	await(t, "the copy is in the trash", func() bool { return exists(trashed) && !exists(copied) })
	for _, d := range []*nodetest.Device{a, b} {
		d.Await("complete without it", func(s *api.Status) bool {
			return s.State == api.StateComplete && s.Copies.ByHolders[2] == before-1
		})
		info, err := d.Client.Trash(ctx)
		if err != nil || info.Items != 1 || info.Listed[0].Hash != shown.Hash {
			t.Errorf("trash of %s: %+v, %v", d.Name, info, err)
		}
	}
	info, err := b.Client.Trash(ctx)
	if err != nil || !info.Listed[0].InVault || info.Listed[0].Purge == nil || time.Until(*info.Listed[0].Purge) < 59*24*time.Hour {
		t.Errorf("on the other device: %+v, %v", info, err)
	}
	if !exists(photo) {
		t.Fatal("the original is gone")
	}

	// It survives a restart.
	b.Stop()
	b.Start()
	b.Await("complete without it", func(s *api.Status) bool { return s.State == api.StateComplete && s.Copies.ByHolders[2] == before-1 })
	if n, err := b.Client.TrashRestore(ctx, []string{shown.Hash}); err != nil || n.Items != 1 {
		t.Fatal(n, err)
	}
	for _, d := range []*nodetest.Device{a, b} {
		d.Await("complete with it", func(s *api.Status) bool { return s.State == api.StateComplete && s.Copies.ByHolders[2] == before })
	}
	await(t, "the copy is back", func() bool { return exists(copied) && !exists(trashed) })
	sameAs(t, b, a)

	// Emptied on one, it is fetched again once it is restored on the other.
	if _, err := a.Client.TrashAdd(ctx, []string{shown.Hash}); err != nil {
		t.Fatal(err)
	}
	await(t, "the copy is in the trash", func() bool { return exists(trashed) })
	if n, err := b.Client.TrashEmpty(context.Background()); err != nil || n.Files != 1 || exists(trashed) {
		t.Fatal(n, err)
	}
	if _, err := a.Client.TrashRestore(ctx, []string{shown.Hash}); err != nil {
		t.Fatal(err)
	}
	await(t, "the copy is back", func() bool { return exists(copied) })
	sameAs(t, b, a)
}
