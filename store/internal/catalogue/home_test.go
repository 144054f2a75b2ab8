package catalogue

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"pgregory.net/rapid"

	"homeroll/store/media"
)

// key is a device's identity in tests.
type key struct{ ed25519.PrivateKey }

func newKey(seed byte) key {
	return key{ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), seed))}
}

func (k key) Device() media.Device       { return media.DeviceOf(k.Public().(ed25519.PublicKey)) }
func (k key) Sign(message []byte) []byte { return ed25519.Sign(k.PrivateKey, message) }

// fataler is what *testing.T, *testing.B and *rapid.T share.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// place is a catalogue that can be reopened.
type place struct {
	*Catalogue
	key  key
	path string
}

var testHome = media.Home{1}

func newPlace(t fataler, dir string, seed byte) *place {
	p := &place{key: newKey(seed), path: filepath.Join(dir, fmt.Sprintf("catalogue ?%%#%d.db", seed))}
	p.open(t)
	return p
}

func (p *place) open(t fataler) {
	t.Helper()
	c, err := Open(context.Background(), p.path, p.key, testHome, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p.Catalogue = c
	if seed := p.key.Seed(); seed[len(seed)-1]%2 == 1 {
		c.writer.nodes.most = 4 << 10 // a few nodes
		c.writer.items.most = 5
	}
}

func (p *place) reopen(t fataler) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p.open(t)
}

func (p *place) root(t fataler, by media.Device) (media.Root, bool) {
	t.Helper()
	roots, err := p.Roots(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range roots {
		if r.Device == by {
			return r, true
		}
	}
	return media.Root{}, false
}

// introduce makes the places members of one home.
func introduce(t fataler, places ...*place) {
	t.Helper()
	var all []media.Device
	for _, p := range places {
		all = append(all, p.key.Device())
	}
	for _, p := range places {
		if err := p.SetMembers(context.Background(), all); err != nil {
			t.Fatal(err)
		}
	}
}

// walk brings what dst knows of by below a prefix to what src knows, as a peer
// would. It stops after steps subtrees and reports whether it got to the end.
func walk(t fataler, dst, src *place, by media.Device, p media.Prefix, steps *int) bool {
	t.Helper()
	ctx := context.Background()
	have, want := must(dst.Node(ctx, by, p))(t), must(src.Node(ctx, by, p))(t)
	if have == want {
		return true
	}
	if *steps--; *steps < 0 {
		return false
	}
	if want.N > media.LeafMax {
		kids := must(src.Children(ctx, by, p))(t)
		if media.InnerNode(kids) != want {
			t.Fatal("children do not make up their parent")
		}
		for i := range kids {
			if !walk(t, dst, src, by, p.Child(i), steps) {
				return false
			}
		}
		return true
	}
	fps := must(src.Fingerprints(ctx, by, p))(t)
	if media.LeafNode(fps) != want {
		t.Fatal("fingerprints do not make up their node")
	}
	there := map[media.Fingerprint]bool{}
	for _, r := range must(dst.Records(ctx, by, fps))(t) {
		there[r.Fingerprint()] = true
	}
	var keep, fetch []media.Fingerprint
	for _, fp := range fps {
		if there[fp] {
			keep = append(keep, fp)
		} else {
			fetch = append(fetch, fp)
		}
	}
	if err := dst.SetSubtrees(ctx, by, []media.Subtree{{Prefix: p, Keep: keep, Add: must(src.Records(ctx, by, fetch))(t)}}); err != nil {
		t.Fatal(err)
	}
	return true
}

// pull brings all that src knows of by to dst: by the remembered deltas if it
// can, or else by a walk.
func pull(t fataler, dst, src *place, by media.Device, push bool) {
	t.Helper()
	ctx := context.Background()
	root, ok := src.root(t, by)
	if !ok {
		return
	}
	if mine, ok := dst.root(t, by); ok && !root.Newer(mine) {
		return
	}
	now := dst.state.Load()
	if now.authors[now.bits[by]].root.Newer(root) {
		return // on its way to a newer one
	}
	if push {
		d, ok, err := src.Since(ctx, by, must(dst.Node(ctx, by, ""))(t))
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			if err := dst.Apply(ctx, d); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	steps := 1 << 30
	walk(t, dst, src, by, "", &steps)
	if err := dst.Adopt(ctx, root); err != nil && !errors.Is(err, media.ErrStale) { // a newer one was adopted before this walk began
		t.Fatal(err)
	}
}

func must[T any](v T, err error) func(t fataler) T {
	return func(t fataler) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// item returns the n-th of the items that tests use.
func testItem(n int) media.Item {
	return media.Item{ID: media.ID{byte(n), byte(n >> 8), byte(n >> 16), 7}, Size: int64(n + 1)}
}

func testTime(n int) time.Time { return time.Unix(1_700_000_000+int64(n), int64(n)).UTC() }

// tempDir is testing.T.TempDir for a *rapid.T.
func tempDir(t *rapid.T) string {
	dir, err := os.MkdirTemp("", "catalogue")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
