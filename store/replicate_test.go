package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroll/store/media"
)

// relay copies manifests and items between stores, as the network would.
type relay struct {
	t     testing.TB
	nodes []*testNode
	sent  int64 // bytes of items
}

// newHome runs stores that are members of one home.
func newHome(t testing.TB, count int) *relay {
	r := &relay{t: t}
	var members []media.Device
	names := map[media.Device]string{}
	for i := range count {
		n := newNode(t)
		r.nodes = append(r.nodes, n)
		members = append(members, n.device())
		names[n.device()] = fmt.Sprintf("host %c", 'A'+i)
	}
	for _, n := range r.nodes {
		if err := n.SetMembers(t.Context(), members); err != nil {
			t.Fatal(err)
		}
		n.SetDeviceNames(names)
		n.run()
	}
	return r
}

// round brings manifests and wanted items across once.
func (r *relay) round(ctx context.Context) error {
	for _, from := range r.nodes {
		for _, to := range r.nodes {
			if from == to {
				continue
			}
			if err := r.manifest(ctx, from, to); err != nil && !errors.Is(err, media.ErrStale) {
				return err
			}
			if err := r.items(ctx, from, to); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *relay) manifest(ctx context.Context, from, to *testNode) error {
	d := from.device()
	have, err := to.Node(ctx, d, "")
	if err != nil {
		return err
	}
	roots, err := from.Roots(ctx)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(roots, func(r media.Root) bool { return r.Device == d })
	if i < 0 || roots[i].Node == have {
		return nil
	}
	if delta, ok, err := from.Since(ctx, d, have); err != nil {
		return err
	} else if ok {
		if err := to.Apply(ctx, delta); !errors.Is(err, media.ErrStale) {
			return err
		}
	}
	if err := r.subtree(ctx, from, to, d, ""); err != nil {
		return err
	}
	return to.Adopt(ctx, roots[i])
}

func (r *relay) subtree(ctx context.Context, from, to *testNode, d media.Device, p media.Prefix) error {
	node, err := from.Node(ctx, d, p)
	if err != nil {
		return err
	}
	if node.N > media.LeafMax {
		for i := range media.Fanout {
			if err := r.subtree(ctx, from, to, d, p.Child(i)); err != nil {
				return err
			}
		}
		return nil
	}
	fps, err := from.Fingerprints(ctx, d, p)
	if err != nil {
		return err
	}
	records, err := from.Records(ctx, d, fps)
	if err != nil {
		return err
	}
	return to.SetSubtrees(ctx, d, []media.Subtree{{Prefix: p, Keep: nil, Add: records}})
}

func (r *relay) items(ctx context.Context, from, to *testNode) error {
	wanted, err := to.Wanted(ctx, []media.Device{from.device()}, 10000)
	if err != nil {
		return err
	}
	errs := make(chan error, len(wanted))
	limit := make(chan struct{}, 8)
	var some []media.Item
	for i, w := range wanted {
		if i%2 == 0 {
			some = append(some, w.Item)
		}
	}
	if err := to.Foresee(ctx, some); err != nil {
		return err
	}
	for _, w := range wanted {
		go func() {
			limit <- struct{}{}
			defer func() { <-limit }()
			src, err := from.Read(ctx, w.Item.ID)
			if errors.Is(err, media.ErrNotHeld) {
				errs <- nil
				return
			} else if err != nil {
				errs <- err
				return
			}
			defer src.Close()
			errs <- receive(ctx, to.Store, src)
		}()
		r.sent += w.Item.Size
	}
	for range wanted {
		err = errors.Join(err, <-errs)
	}
	return err
}

// converge relays until every folder's files are in the vaults of all others.
func (r *relay) converge() {
	r.t.Helper()
	var diff string
	deadline := time.Now().Add(60 * time.Second)
	for {
		if err := r.round(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		if diff = r.difference(); diff == "" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("no convergence: %s", diff)
		}
		sleep(r.t.Context(), 20*time.Millisecond)
	}
}

// difference compares each folder with what lies in the others' vaults.
func (r *relay) difference() string {
	for i, n := range r.nodes {
		want := tree(n.folder)
		for _, other := range r.nodes {
			if n == other {
				continue
			}
			got := tree(filepath.Join(other.cfg.Vault, fmt.Sprintf("host %c", 'A'+i), "Pictures"))
			for name, w := range want {
				if g, ok := got[name]; !ok || g != w && !other.sharesTime(i, name, g, w) {
					return fmt.Sprintf("%s of %c: %q instead of %q", name, 'A'+i, g, w)
				}
			}
			for name := range got {
				if _, ok := want[name]; !ok && !other.isKept(other.cfg.Vault, i, name) {
					return fmt.Sprintf("%s of %c is too much", name, 'A'+i)
				}
			}
			if t, _ := other.Tally(context.Background()); t.Unplaced > 0 {
				return fmt.Sprintf("%d names unplaced", t.Unplaced)
			}
		}
	}
	return ""
}

// isKept reports a vault file whose original is gone and that is on record.
func (n *testNode) isKept(vault string, i int, name string) bool {
	info, err := n.Lookup(context.Background(), filepath.Join(vault, fmt.Sprintf("host %c", 'A'+i), "Pictures", name))
	return err == nil && len(info.Holders) > 0
}

// tree returns the files below a directory: content and time by path. What is
// gone meanwhile is left out; what cannot be read has its error as content.
func tree(dir string) map[string]string {
	files := map[string]string{}
	root := os.DirFS(dir)
	_ = fs.WalkDir(root, ".", func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[p], err = describe(root, p)
		}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			delete(files, p)
		case err != nil:
			files[p] = err.Error()
		}
		return nil
	})
	return files
}

func describe(root fs.FS, p string) (string, error) {
	b, err := fs.ReadFile(root, p)
	if err != nil {
		return "", err
	}
	fi, err := fs.Stat(root, p)
	if err != nil {
		return "", err
	}
	head := string(b[:min(len(b), 40)])
	return fmt.Sprintf("%d %q %s %x", len(b), head, fi.ModTime().UTC().Format(time.RFC3339Nano), itemHash(b)), nil
}

func itemHash(b []byte) []byte {
	it, _, _ := media.Hash(context.Background(), strings.NewReader(string(b)))
	return it.ID[:4]
}

func TestTwoStoresConverge(t *testing.T) {
	r := newHome(t, 2)
	a, b := r.nodes[0], r.nodes[1]
	at := func(p string) string { return filepath.Join(a.folder, p) }
	big := bytesOf("big", 3*media.GroupSize+17)
	write(t, at("2024/one.jpg"), []byte("one"))
	write(t, at("2024/big.mp4"), big)
	write(t, at("2024/exact.mp4"), bytesOf("x", media.GroupSize))
	write(t, at("no-utf8-\xff\xfe: *?.jpg"), []byte("odd name"))
	write(t, at("twice.jpg"), []byte("one")) // the same bytes, same time
	write(t, at("third.jpg"), []byte("one"))
	if err := os.Chtimes(at("third.jpg"), old, old.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(b.folder, "b.heic"), []byte("of b"))
	write(t, filepath.Join(b.folder, "both.jpg"), []byte("one")) // in both libraries
	a.scanned()
	b.scanned()
	r.converge()
	if want := int64(3 + len(big) + media.GroupSize + 8 + 4); r.sent > want {
		t.Errorf("sent %d bytes for %d", r.sent, want)
	}

	r.sent = 0
	rename(t, at("2024"), at("2023"))
	rename(t, at("third.jpg"), at("2023/third.jpg"))
	wait(t, "the rename", func() bool { return a.has(at("2023/big.mp4")) && a.has(at("2023/third.jpg")) })
	r.converge()
	if r.sent != 0 {
		t.Errorf("a rename sent %d bytes", r.sent)
	}
	if _, err := os.Stat(filepath.Join(b.cfg.Vault, "host A/Pictures/2024/big.mp4")); err == nil {
		t.Error("the old name is still there")
	}

	// An edit keeps the older version; a swap of names needs no transfer.
	write(t, at("2023/one.jpg"), []byte("edited"))
	write(t, at("p.jpg"), []byte("P"))
	write(t, at("q.jpg"), []byte("Q"))
	wait(t, "the edit", func() bool {
		return a.has(at("p.jpg")) && a.has(at("q.jpg")) && a.files()[at("2023/one.jpg")].Size == 6
	})
	r.converge()
	write(t, at("p.jpg"), []byte("P2")) // another version of p
	wait(t, "the second edit", func() bool { return a.files()[at("p.jpg")].Size == 2 })
	r.converge()
	versions := tree(filepath.Join(b.cfg.Vault, ".versions"))
	if len(versions) != 2 { // of one.jpg and of p.jpg
		t.Errorf("versions: %v", versions)
	}
	r.sent = 0
	rename(t, at("p.jpg"), at("tmp.jpg"))
	rename(t, at("q.jpg"), at("p.jpg"))
	rename(t, at("tmp.jpg"), at("q.jpg"))
	wait(t, "the swap", func() bool {
		return a.files()[at("p.jpg")] == itemOf(t, []byte("Q")) && a.files()[at("q.jpg")] == itemOf(t, []byte("P2"))
	})
	r.converge()
	if r.sent != 0 {
		t.Errorf("a swap sent %d bytes", r.sent)
	}

	// A touched file has a new time everywhere, for nothing.
	if err := os.Chtimes(at("2023/big.mp4"), old, old.Add(99*time.Hour)); err != nil {
		t.Fatal(err)
	}
	wait(t, "the touch", func() bool {
		info, err := a.Lookup(t.Context(), at("2023/big.mp4"))
		return err == nil && info.Names[0].MTime.Equal(old.Add(99*time.Hour))
	})
	r.converge()
	if r.sent != 0 {
		t.Errorf("a touch sent %d bytes", r.sent)
	}

	// A deletion deletes nothing elsewhere, and is not fetched back.
	if err := os.Remove(at("2023/big.mp4")); err != nil {
		t.Fatal(err)
	}
	wait(t, "the deletion", func() bool { return !a.has(at("2023/big.mp4")) })
	r.converge()
	r.converge()
	if r.sent != 0 {
		t.Errorf("a deletion sent %d bytes", r.sent)
	}
	info, err := a.Lookup(t.Context(), itemOf(t, big).ID.String())
	if err != nil || len(info.Holders) != 1 || info.Holders[0].Device != b.device() || !info.Gone {
		t.Errorf("deleted item: %+v %v", info, err)
	}
	if !b.isKept(b.cfg.Vault, 0, "2023/big.mp4") {
		t.Error("the kept file is not on record")
	}
	for _, n := range r.nodes {
		if p := n.Problems(); len(p) > 0 {
			t.Errorf("problems: %+v", p)
		}
	}
}

func rename(t testing.TB, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

// TestRandomHistoriesConverge lets users do things at random, also while
// nodes are restarted, and checks that vaults equal folders in the end.
func TestRandomHistoriesConverge(t *testing.T) {
	seeds := 3
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(uint64(seed), 7))
			r := newHome(t, 2)
			for step := range 60 {
				n := r.nodes[rng.IntN(2)]
				mutate(t, rng, n.folder, step)
				if rng.IntN(4) == 0 {
					if err := r.round(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			for _, n := range r.nodes {
				n.rescanAll()
			}
			r.converge()
			for i, n := range r.nodes {
				files := n.files()
				if want := tree(n.folder); len(files) != len(want) {
					t.Errorf("%c has %d records of %d files", 'A'+i, len(files), len(want))
				}
			}
		})
	}
}

func (n *testNode) rescanAll() {
	n.t.Helper()
	n.scanned()
	if err := n.Rescan(n.t.Context()); err != nil {
		n.t.Fatal(err)
	}
	n.scanned()
}

func mutate(t *testing.T, rng *rand.Rand, dir string, step int) {
	names := []string{"a.jpg", "b.jpg", "x/a.jpg", "x/b.jpg", "y/c.mp4", "y/z/d.dng"}
	p := filepath.Join(dir, names[rng.IntN(len(names))])
	q := filepath.Join(dir, names[rng.IntN(len(names))])
	switch rng.IntN(6) {
	case 0, 1, 2:
		content := bytesOf(fmt.Sprint("content ", rng.IntN(8)), 1+rng.IntN(4)*100000)
		write(t, p, content)
		when := old.Add(time.Duration(step) * time.Minute)
		if err := os.Chtimes(p, when, when); err != nil {
			t.Fatal(err)
		}
	case 3:
		_ = os.MkdirAll(filepath.Dir(q), 0o755)
		_ = os.Rename(p, q)
	case 4:
		if entries, _ := os.ReadDir(dir); len(entries) > 1 {
			_ = os.Remove(p)
		}
	case 5:
		_ = os.Rename(filepath.Join(dir, "x"), filepath.Join(dir, "w"))
		_ = os.Rename(filepath.Join(dir, "y"), filepath.Join(dir, "x"))
		_ = os.Rename(filepath.Join(dir, "w"), filepath.Join(dir, "y"))
	}
}
