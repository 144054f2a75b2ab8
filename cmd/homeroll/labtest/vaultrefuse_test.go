//go:build lab && linux

package labtest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRefusedVaultMove: a vault with a file of more than 4 GiB or a link in it does
// not move to FAT. That is said in one sentence, before anything is copied, and the
// vault goes on where it was; without them it moves.
func TestRefusedVaultMove(t *testing.T) {
	_, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	card := newVolume(t, b, "fat", "card")
	pictures := a.path("Pictures")
	a.pictures(pictures, 20, 1)
	a.start(pictures)
	b.start()
	pair(t, a, b)
	awaitComplete(60*time.Second, a, b)

	to := filepath.Join(card.point, "Homeroll")
	for _, odd := range []struct {
		name, says string
		make       func(path string) error
	}{
		{"a film.mov", "the new disk cannot hold a film.mov: it is larger than 4 GiB", func(path string) error {
			f, err := os.Create(path)
			if err != nil {
				return err
			}
			return errors.Join(f.Truncate(4<<30), f.Close()) // it takes no room
		}},
		{"a link.jpg", "the new disk cannot hold a link.jpg: it is a symbolic link", func(path string) error {
			return os.Symlink("nowhere", path)
		}},
	} {
		path := filepath.Join(b.vault(), odd.name)
		if err := odd.make(path); err != nil {
			t.Fatal(err)
		}
		before := b.status().Vault
		_, errs, code := b.try("vault", "move", to)
		t.Logf("exit %d: %s", code, strings.TrimSpace(string(errs)))
		if code == 0 || !strings.Contains(string(errs), odd.says) || !strings.Contains(string(errs), "nothing was copied") {
			t.Errorf("%s: exit %d, %s", odd.name, code, errs)
		}
		if left, err := os.ReadDir(card.point); err != nil || len(left) > 0 {
			t.Errorf("%s: on the card are %v, %v", odd.name, left, err)
		}
		if after := b.status().Vault; after.Path != before.Path || after.Items != before.Items {
			t.Errorf("%s: the vault was %+v and is %+v", odd.name, before, after)
		}
		if n := sameCopies(t, pictures, filepath.Join(b.vault(), a.name, "Pictures")); n != 20 {
			t.Errorf("%s: %d pictures are in the vault", odd.name, n)
		}
		b.await("complete after the refusal", 30*time.Second, complete)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	b.must("vault", "move", to)
	sameByHand(t, card.kind, byHand(t, to, "Pictures"), snapshot(t, pictures)) // FAT keeps even seconds, the names log the exact time
	b.await("complete after the move", 30*time.Second, complete)
}
