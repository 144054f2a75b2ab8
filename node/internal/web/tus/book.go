package tus

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"homeroll/node/internal/web/durable"
)

// upload is what is kept of one, beside its bytes.
type upload struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"` // as its sender says: untrusted
	Modified time.Time `json:"modified"`
	Size     int64     `json:"size"`
	Offset   int64     `json:"offset"` // bytes that are synced
	Began    time.Time `json:"began"`
	Touched  time.Time `json:"touched"`
	Outcome  *Outcome  `json:"outcome,omitempty"`
}

// book knows the uploads of a directory, where each is ID.json beside ID.part.
type book struct {
	mu     sync.Mutex
	dir    string // the entries are of
	all    map[string]*upload
	locked map[string]bool
}

func (b *book) part(u *upload) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return filepath.Join(b.dir, u.ID+".part")
}

// openLocked reads what an earlier run, or the directory where the vault is now,
// has.
func (b *book) openLocked(dir string) error {
	if b.dir == dir {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("read uploads: %w", err)
	}
	b.dir, b.all = dir, map[string]*upload{}
	if b.locked == nil {
		b.locked = map[string]bool{}
	}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), ".json")
		if !ok || !isID(id) {
			continue
		}
		if u, err := readUpload(filepath.Join(dir, e.Name())); err == nil && u.ID == id {
			b.all[id] = u
		}
	}
	return nil
}

// maxEntry bounds, in bytes, what is read of an entry.
const maxEntry = 64 << 10

func readUpload(path string) (*upload, error) {
	fi, err := os.Lstat(path)
	if err != nil || !fi.Mode().IsRegular() || fi.Size() > maxEntry {
		return nil, errors.Join(err, errors.New("no entry"))
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	u := &upload{}
	if err := json.Unmarshal(data, u); err != nil {
		return nil, err
	}
	if u.Outcome == nil {
		part, err := os.Lstat(strings.TrimSuffix(path, ".json") + ".part")
		if err != nil || part.Size() < u.Offset {
			u.Offset = 0 // its bytes are gone
		}
	}
	return u, nil
}

func isID(s string) bool { return len(s) == 32 && strings.Trim(s, "0123456789abcdef") == "" }

// begin adds a new upload, locked, if there are not too many, and room for all of
// them.
func (b *book) begin(dir string, room int64, u *upload) (*upload, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.openLocked(dir); err != nil {
		return nil, err
	}
	open, ended, missing := 0, 0, u.Size
	for _, o := range b.all {
		if o.Outcome != nil {
			ended++
			continue
		}
		open++
		missing += o.Size - o.Offset
	}
	switch {
	case open >= maxOpen || ended >= maxEnded:
		return nil, refusal(http.StatusTooManyRequests, "too many uploads have begun", "finish or cancel some of them; those that nobody continues go after a week")
	case missing > room:
		return nil, refusal(http.StatusInsufficientStorage, fmt.Sprintf("there is no room for it: what is being uploaded needs %d bytes, and %d are left", missing, room),
			"free some space on the disk of the vault, or raise vault.budget")
	}
	b.all[u.ID] = u
	b.locked[u.ID] = true
	own := *u
	return &own, nil
}

// get returns a copy of an upload.
func (b *book) get(dir, id string) (*upload, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openLocked(dir) != nil {
		return nil, false
	}
	return b.copyLocked(id)
}

func (b *book) copyLocked(id string) (*upload, bool) {
	u, ok := b.all[id]
	if !ok {
		return nil, false
	}
	own := *u
	return &own, true
}

// lock returns a copy of an upload that nobody else locks until it is unlocked.
func (b *book) lock(id string) (*upload, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.locked[id] {
		return nil, false
	}
	u, ok := b.copyLocked(id)
	if ok {
		b.locked[id] = true
	}
	return u, ok
}

func (b *book) unlock(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.locked, id)
}

// save makes an entry durable, and then goes by it. Its lock is held.
func (b *book) save(u *upload) error {
	data, err := json.Marshal(u)
	if err != nil {
		return fmt.Errorf("encode upload: %w", err)
	}
	b.mu.Lock()
	path := filepath.Join(b.dir, u.ID+".json")
	b.mu.Unlock()
	if err := durable.Write(path, append(data, '\n')); err != nil {
		return fmt.Errorf("keep upload: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own := *u
	b.all[u.ID] = &own
	return nil
}

// end keeps what became of an upload, and removes its bytes, if they are left.
func (b *book) end(u *upload) error {
	if err := b.save(u); err != nil {
		return err
	}
	if err := os.Remove(b.part(u)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove upload: %w", err)
	}
	return nil
}

// drop forgets an upload. Its lock is held.
func (b *book) drop(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.dropLocked(id)
}

func (b *book) dropLocked(id string) {
	delete(b.all, id)
	_ = os.Remove(filepath.Join(b.dir, id+".part")) // the next sweep tries again
	_ = os.Remove(filepath.Join(b.dir, id+".json"))
}

// sweep removes what nobody continues or asks for any more, and what belongs to no
// entry.
func (b *book) sweep(dir string, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openLocked(dir) != nil {
		return
	}
	for id, u := range b.all {
		keep := keepOpen
		if u.Outcome != nil {
			keep = keepEnded
		}
		if !b.locked[id] && now.Sub(u.Touched) > keep {
			b.dropLocked(id)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		id := strings.TrimSuffix(strings.TrimSuffix(e.Name(), ".json"), ".part")
		fi, err := e.Info()
		if b.all[id] == nil && err == nil && now.Sub(fi.ModTime()) > keepEnded {
			_ = os.Remove(filepath.Join(dir, e.Name())) // tried again next time
		}
	}
}
