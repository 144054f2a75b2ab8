package node_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"homeroll/node"
	"homeroll/node/internal/web/find"
	"homeroll/node/internal/web/home"
	"homeroll/node/nodetest"
)

// awaitMonths waits until a device shows what is wanted of pictures.
func awaitMonths(t *testing.T, d *nodetest.Device, f home.Filter, want int64) []home.Month {
	t.Helper()
	g := node.GalleryOf(d.Node)
	ctx, cancel := context.WithTimeout(t.Context(), nodetest.Patience)
	defer cancel()
	for {
		changed := g.Changed()
		months, err := g.Months(ctx, f)
		if err != nil {
			t.Fatal(err)
		}
		var n int64
		for _, m := range months {
			n += m.Pictures
		}
		if n == want {
			return months
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("%+v lets %d pictures through, want %d", f, n, want)
		}
	}
}

// A device that keeps nothing shows the pictures of the others, by their names at
// first, and finds them.
func TestPicturesOfOthersAreShownAndFound(t *testing.T) {
	h := nodetest.New(t)
	a := h.Device("anna")
	c := h.Device("carl", func(d *nodetest.Device) { d.Settings.Device.Keep = "nothing" })
	a.Write("2024/Norway/IMG_20240506_070809.png", nodetest.Photo("1", 1, 300), taken)
	a.Write("2023/Åland/boat.png", nodetest.Photo("2", 2, 300), taken)
	h.Pair(a, c)
	awaitMonths(t, c, home.Filter{}, 2)
	for text, want := range map[string]int64{
		"norw": 1, "aland": 1, "folder:Norway": 1, "device:anna": 2, "anna": 2, "device:carl": 0, "type:png": 2, "type:video": 0,
		"date:2024-05": 1, "date:2024-05-06 norway": 1, "date:2024-05-07..2024-05-31": 0, "name:IMG_*": 1, "boat norway": 0, "is:favourite": 0,
	} {
		awaitMonths(t, c, find.Parse(text), want)
	}
	g := node.GalleryOf(c.Node)
	found, err := g.Pictures(t.Context(), home.Filter{}, 2024, time.May)
	if err != nil || len(found) != 1 || found[0].Local != "2024-05-06T07:08:09" || found[0].Held || found[0].Type != "image/png" {
		t.Errorf("May 2024 has %+v, %v", found, err)
	}
	awaitFacts(t, c)
	for text, want := range map[string]string{"dev": "", "ann": "device:anna", "boat x folder:Pic": "boat x folder:Pictures", "mai": "date:2024-05", "IMG": "name:IMG_20240506_070809.png"} {
		s, err := g.Suggest(t.Context(), text, 10)
		if err != nil {
			t.Fatal(err)
		}
		if has := slices.ContainsFunc(s, func(s home.Suggestion) bool { return s.Query == want }); want != "" && !has {
			t.Errorf("%q is completed to %+v, want %q", text, s, want)
		}
	}
}

// awaitFacts waits until the sizes of pictures that a device does not hold are known
// to it, and a hash of each.
func awaitFacts(t *testing.T, d *nodetest.Device) {
	t.Helper()
	g := node.GalleryOf(d.Node)
	ctx, cancel := context.WithTimeout(t.Context(), nodetest.Patience)
	defer cancel()
	for {
		changed := g.Changed()
		found, err := g.Pictures(ctx, home.Filter{}, 2024, time.May)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) == 1 && found[0].Width == 300 && len(found[0].Hash) > 0 {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatalf("nothing is told: %+v", found)
		}
	}
}
