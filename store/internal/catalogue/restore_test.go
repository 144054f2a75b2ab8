package catalogue

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// family is three devices of one home whose databases get lost or are put back
// from older copies, while they meet now and then. Their folders stay as they are.
type family struct {
	t      *testing.T
	rng    *rand.Rand
	places []*place
	files  []map[int]bool // in the folder of each, by the n of benchFiles
	copies [3][][]byte    // of the database of each
	next   int
}

func newFamily(t *testing.T, seed uint64) *family {
	f := &family{t: t, rng: rand.New(rand.NewPCG(seed, 0))}
	dir := t.TempDir()
	for i := range 3 {
		f.places = append(f.places, newPlace(t, dir, byte(i+1)))
		f.files = append(f.files, map[int]bool{})
	}
	introduce(t, f.places...)
	for i := range f.places {
		f.scan(i)
	}
	return f
}

// scan finds in the folder what the catalogue does not know, and the other way round.
func (f *family) scan(i int) {
	f.t.Helper()
	ctx, p := context.Background(), f.places[i]
	if err := p.PutFolder(ctx, testFolder(0), "/pictures"); err != nil {
		f.t.Fatal(err)
	}
	var ch Changes
	known := map[string]bool{}
	for _, row := range read(f.t, p).files {
		known[row.Path] = true
	}
	for n := range f.files[i] {
		if put := benchFiles(n, 1).Put; !known[put[0].Path] {
			ch.Put = append(ch.Put, put...)
		}
	}
	for n := range f.next {
		if put := benchFiles(n, 1).Put[0]; known[put.Path] && !f.files[i][n] {
			ch.Drop = append(ch.Drop, FileKey{put.Folder, put.Path})
		}
	}
	if err := p.ChangeFiles(ctx, ch); err != nil {
		f.t.Fatal(err)
	}
}

// change puts files into a folder and takes some away.
func (f *family) change(i int) {
	for range 1 + f.rng.IntN(200) {
		f.files[i][f.next] = true
		f.next++
	}
	for n := range f.files[i] {
		if f.rng.IntN(8) == 0 {
			delete(f.files[i], n)
		}
	}
	f.scan(i)
}

// meet lets two devices exchange what they know.
func (f *family) meet(i, j int) {
	f.t.Helper()
	k := connect(f.t, f.places[i], f.places[j])
	k.settle(f.t)
	k.end(f.t)
}

func (f *family) meetAll() {
	f.t.Helper()
	f.meet(0, 1)
	f.meet(1, 2)
	f.meet(2, 0)
}

func (f *family) close() {
	for _, p := range f.places {
		_ = p.Close()
	}
}

// keepCopy copies the database of a device, as a backup of the machine would.
func (f *family) keepCopy(i int) {
	f.t.Helper()
	if err := f.places[i].Close(); err != nil {
		f.t.Fatal(err)
	}
	f.copies[i] = append(f.copies[i], must(os.ReadFile(f.places[i].path))(f.t))
	f.places[i].open(f.t)
}

// putBack replaces the database of a device by a copy, or by nothing.
func (f *family) putBack(i int, old []byte) {
	f.t.Helper()
	p := f.places[i]
	if err := p.Close(); err != nil {
		f.t.Fatal(err)
	}
	for _, name := range []string{p.path, p.path + "-wal", p.path + "-shm"} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.t.Fatal(err)
		}
	}
	if old != nil {
		if err := os.WriteFile(p.path, old, 0o600); err != nil {
			f.t.Fatal(err)
		}
	}
	p.open(f.t)
	introduce(f.t, f.places...)
	f.scan(i)
}

// check requires that everybody knows the present manifest of everybody.
func (f *family) check() {
	f.t.Helper()
	for i, author := range f.places {
		by := author.key.Device()
		want, ok := author.root(f.t, by)
		if files := read(f.t, author).files; !ok || len(files) != len(f.files[i]) {
			f.t.Errorf("%s has %d files on record, want %d", by.Short(), len(files), len(f.files[i]))
		}
		for _, p := range f.places {
			got, ok := p.root(f.t, by)
			if !ok || got.Epoch != want.Epoch || got.Seq != want.Seq || got.Node != want.Node {
				f.t.Errorf("%s knows %d.%d with %d records of %s, want %d.%d with %d", p.key.Device().Short(),
					got.Epoch, got.Seq, got.Node.N, by.Short(), want.Epoch, want.Seq, want.Node.N)
			}
		}
	}
	for _, p := range f.places {
		recount(f.t, p)
	}
}

// Databases that are lost, or older than what the others know, converge without help
// whoever meets whom first: one restored, both restored, several times over, and while a
// third device still has what was lost.
func TestLostAndRestoredDatabasesConverge(t *testing.T) {
	seeds := 4
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			f := newFamily(t, uint64(seed))
			defer f.close()
			for range 20 {
				i, j := f.rng.IntN(3), f.rng.IntN(2)
				switch f.rng.IntN(6) {
				case 0, 1:
					f.change(i)
				case 2:
					f.keepCopy(i)
				case 3:
					var old []byte // lost
					if n := f.rng.IntN(len(f.copies[i]) + 1); n > 0 {
						old = f.copies[i][n-1]
					}
					f.putBack(i, old)
				default:
					f.meet(i, (i+1+j)%3)
				}
			}
			for range 3 { // the news of one may be a new epoch of another
				f.meetAll()
			}
			f.check()
		})
	}
}

// What people run into, each by itself.
func TestRestoredDatabaseBesideTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		restored []int
		order    [][2]int // who meets whom after it
		outrun   bool     // somebody still knows what the first has lost
	}{
		"one restored, the other is up to date":            {[]int{0}, [][2]int{{0, 1}}, true},
		"both restored, the third has what both have lost": {[]int{0, 1}, [][2]int{{0, 1}, {1, 2}, {0, 2}}, true},
		"all restored": {[]int{0, 1, 2}, [][2]int{{0, 1}, {1, 2}, {0, 2}}, false},
		"restored again, its later life is known to a third": {[]int{0, 0}, [][2]int{{0, 2}, {0, 1}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFamily(t, 1)
			defer f.close()
			for i := range f.places {
				f.change(i)
			}
			f.meetAll()
			for i := range f.places {
				f.keepCopy(i)
			}
			for i := range 6 {
				f.change(i % 2) // more steps than the scan after it takes back
			}
			f.meetAll()
			lost, _ := f.places[0].root(t, f.places[0].key.Device())
			for n, i := range c.restored {
				f.putBack(i, f.copies[i][0])
				if slices.Contains(c.restored[n+1:], i) { // a later life begins
					f.meet(i, 2)
					f.change(i)
					f.meet(i, 2)
					lost, _ = f.places[0].root(t, f.places[0].key.Device())
				}
			}
			for _, pair := range c.order {
				f.meet(pair[0], pair[1])
			}
			now, _ := f.places[0].root(t, f.places[0].key.Device())
			if c.outrun != (now.Epoch > lost.Epoch) {
				t.Errorf("epoch %d after %d", now.Epoch, lost.Epoch)
			}
			f.meetAll()
			f.check()
		})
	}
}
