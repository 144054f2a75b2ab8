package vault

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// shore counts what a tide syncs, on a filesystem of which the whole may fail.
type shore struct {
	mu         sync.Mutex
	whole, one int
	failed     error           // of the whole
	bad        map[string]bool // files that cannot be synced
}

func (s *shore) tide(t *tide) *tide {
	t.groupOf = func(*os.File) (uint64, bool) { return 1, true }
	t.all = func(*os.File) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.whole++
		return s.failed
	}
	t.one = func(f *os.File) error {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.one++
		if s.bad[filepath.Base(f.Name())] {
			return os.ErrInvalid
		}
		return nil
	}
	return t
}

// swim syncs n files at once and returns the names of those that failed.
func swim(t *testing.T, tide *tide, n int) map[string]bool {
	t.Helper()
	files := make([]*os.File, n)
	for i := range files {
		f, err := os.Create(filepath.Join(t.TempDir(), string(rune('a'+i))))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		files[i] = f
	}
	tide.entered.Add(tideMany) // more are being written
	defer tide.entered.Add(-tideMany)
	var mu sync.Mutex
	failed := map[string]bool{}
	var all sync.WaitGroup
	for _, f := range files {
		all.Go(func() {
			if tide.sync(f, tide.opened(), 1) != nil {
				mu.Lock()
				defer mu.Unlock()
				failed[filepath.Base(f.Name())] = true
			}
		})
	}
	all.Wait()
	return failed
}

func TestManyFilesAreSyncedTogether(t *testing.T) {
	s := &shore{}
	if failed := swim(t, s.tide(newTide()), 20); len(failed) > 0 || s.one != 0 || s.whole == 0 || s.whole > 20 {
		t.Errorf("%d syncs of the whole, %d of one file, failed %v", s.whole, s.one, failed)
	}
}

// Who cannot be synced together is asked alone, and each error stays with its file.
func TestFailedSyncOfTheWholeIsTheErrorOfItsFile(t *testing.T) {
	s := &shore{failed: errors.New("disk"), bad: map[string]bool{"c": true}}
	tide := s.tide(newTide())
	for range 2 {
		failed := swim(t, tide, 20)
		if len(failed) != 1 || !failed["c"] {
			t.Errorf("failed are %v, not c alone", failed)
		}
	}
	if s.whole != 1 || s.one != 40 {
		t.Errorf("%d syncs of the whole and %d of one file, not 1 and 40: it is not to be believed again so soon", s.whole, s.one)
	}
	tide.wary[1].until = time.Now()
	s.failed = nil
	if swim(t, tide, 20); s.whole < 2 {
		t.Error("never synced as a whole again")
	}
}

// An error that somebody else has been told of is not told to files that were opened
// after that: the first that was opened is asked, whenever it comes to be synced.
func TestTheFirstOpenedIsAskedForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, asked := &shore{}, ""
		tide := s.tide(newTide())
		tide.all = func(f *os.File) error { asked += filepath.Base(f.Name()); return nil }
		tide.entered.Add(tideMany)
		var files []*os.File
		var orders []int64
		for i := range 5 {
			f, err := os.Create(filepath.Join(t.TempDir(), string(rune('a'+i))))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			files, orders = append(files, f), append(orders, tide.opened())
		}
		for _, i := range []int{3, 1, 4, 0, 2} {
			go func() { _ = tide.sync(files[i], orders[i], 1) }()
			synctest.Wait()
		}
		<-time.After(2 * tideLinger)
		synctest.Wait()
		if asked != "a" {
			t.Errorf("asked %q, not a", asked)
		}
	})
}

func TestFewFilesDoNotWaitForAFilesystem(t *testing.T) {
	s := &shore{}
	tide := s.tide(newTide())
	f, err := os.Create(filepath.Join(t.TempDir(), "f"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := tide.sync(f, tide.opened(), 1); err != nil || s.whole != 0 || s.one != 1 {
		t.Errorf("%d of the whole, %d of one: %v", s.whole, s.one, err)
	}
}
