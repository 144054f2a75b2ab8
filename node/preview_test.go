package node_test

import (
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"homeroll/node/api"
	"homeroll/node/config"
	"homeroll/node/nodetest"
	"homeroll/store"
	"homeroll/store/media"
)

// shown counts pictures by where their previews come from on a device; of one
// that is held, it can be made at once.
func shown(t *testing.T, d *nodetest.Device, hashes []string) map[string]int {
	n := map[string]int{}
	for _, h := range hashes {
		info, err := d.Client.Show(t.Context(), h)
		if err != nil {
			n["unknown"]++
		} else if info.Preview == "none" && info.Held {
			n["own"]++
		} else {
			n[info.Preview]++
		}
	}
	return n
}

// photos writes n photos that are large beside their previews, the last the newest.
func photos(d *nodetest.Device, n int) (hashes []string) {
	for i := range n {
		b := nodetest.Photo("x.jpg", uint64(i), 900)
		hashes = append(hashes, media.ID(media.Sum(b)).String())
		d.Write(fmt.Sprintf("IMG_%02d.jpg", i), b, taken.Add(time.Duration(i)*time.Hour))
	}
	d.Await("knowing its photos", func(s *api.Status) bool { return s.Library.Items == int64(n) })
	return hashes
}

// borrowedInOrder returns the items of a device's cache of previews, the one that
// was written first ahead.
func borrowedInOrder(t *testing.T, d *nodetest.Device) (hashes []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(d.Settings.Cache.Dir, "v*", "??", "*.256"))
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]time.Time{}
	for _, path := range found {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		h := filepath.Base(filepath.Dir(path)) + filepath.Base(path[:len(path)-len(".256")])
		at[h] = info.ModTime()
		hashes = append(hashes, h)
	}
	slices.SortFunc(hashes, func(a, b string) int { return at[a].Compare(at[b]) })
	return hashes
}

// While originals crawl through a limit, the previews of all are soon here, the
// newest first; what is whole replaces them in the end.
func TestPreviewsComeLongBeforeOriginals(t *testing.T) {
	const count = 10
	h := nodetest.New(t)
	a := h.Device("anna", func(d *nodetest.Device) { d.Settings.Previews.Background = false })
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Limits.Down = config.Rate(75_000) })
	hashes := photos(a, count)
	h.Pair(a, b)
	began := time.Now()
	last := shown(t, b, hashes)
	for ; last["borrowed"]+last["own"] < count; last = shown(t, b, hashes) {
		if time.Since(began) > nodetest.Patience {
			t.Fatalf("previews: %v", last)
		}
	}
	s := b.Status()
	if *s.Incoming.Items < count/2 {
		t.Errorf("only %d of %d are left to come: too late to tell", *s.Incoming.Items, count)
	}
	t.Logf("%d previews after %v, with %d originals still to come: %v", count, time.Since(began), *s.Incoming.Items, last)
	order := borrowedInOrder(t, b)
	first := order[:min(6, len(order))]
	place := func(h string) int { return slices.Index(hashes, h) }
	if !slices.IsSortedFunc(first, func(x, y string) int { return place(y) - place(x) }) || place(first[0]) < count-3 {
		t.Errorf("not the newest first: %v", first)
	}
}

// A device that keeps nothing shows everything: small pictures in advance, large
// ones when somebody looks at them, and what it has shown also while nobody else
// is there.
func TestDeviceThatKeepsNothingShowsAllPictures(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna", func(d *nodetest.Device) { d.Settings.Previews.Background = false })
	b := h.Device("ben", func(d *nodetest.Device) { d.Settings.Device.Keep = "nothing" })
	hashes := photos(a, 3)
	a.Write("notes.xmp", []byte("<x:xmpmeta/>"), taken)
	h.Pair(a, b)
	for began := time.Now(); shown(t, b, hashes)["borrowed"] < len(hashes); {
		if time.Since(began) > nodetest.Patience {
			t.Fatal(shown(t, b, hashes))
		}
	}
	look := func(hash string, pixels, want int) error {
		t.Helper()
		id, _ := media.ParseID(hash)
		r, origin, err := b.Node.Preview(t.Context(), id, pixels)
		if err != nil {
			return err
		}
		img, err := jpeg.Decode(r)
		if err != nil || img.Bounds().Dx() != want || origin != "borrowed" {
			t.Errorf("%v, %s, %v", img.Bounds(), origin, err)
		}
		return nil
	}
	if err := look(hashes[0], 256, 256); err != nil {
		t.Error(err)
	}
	if err := look(hashes[0], 1440, 900); err != nil {
		t.Error(err)
	}
	none := media.ID(media.Sum([]byte("<x:xmpmeta/>"))).String()
	if err := look(none, 256, 0); !errors.Is(err, store.ErrNoPreview) {
		t.Errorf("preview of a sidecar: %v", err)
	}
	a.Stop()
	b.Await("alone", func(s *api.Status) bool { return !s.Peers[0].Online })
	for _, pixels := range []int{256, 1440} {
		if err := look(hashes[0], pixels, min(pixels, 900)); err != nil {
			t.Error(err)
		}
	}
	if err := look(hashes[1], 1440, 0); !errors.Is(err, media.ErrNotHeld) {
		t.Errorf("a large preview of what is nowhere: %v", err)
	}
	if err := look(hashes[1], 1000, 0); err == nil {
		t.Error("a preview of another size")
	}
	if s := b.Status(); s.ProblemCount != 0 || s.Vault.Items != 0 {
		t.Errorf("%d problems, %d items", s.ProblemCount, s.Vault.Items)
	}
}
