package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"homeroll/store/media"
)

// Problem is a file that cannot be backed up, or an item that cannot be had.
type Problem struct {
	Path     string // "" if it is not about a file here
	Item     media.ID
	Reason   string // a stable word, one of the Reason constants
	Detail   string
	Hint     string
	Since    time.Time
	Attempts int
	Note     bool // it is backed up, and only cannot be shown: nothing is stuck

	slot string // what tells it from others of one path or item; "" = these do
}

// The reasons of problems.
const (
	ReasonUnreadable = "unreadable" // no permission to read it
	ReasonReadError  = "read-error" // the disk does not give its bytes
	ReasonChanging   = "changing"   // it never stays the same for long enough
	ReasonUnnameable = "unnameable" // no record can hold its name
	ReasonNoSpace    = "no-space"   // the vault has no room for another copy
	ReasonVault      = "vault"      // the vault cannot be written
	ReasonChanged    = "changed"    // somebody has written to it
	ReasonDamaged    = "damaged"    // its bytes changed although nobody wrote to it
	ReasonLost       = "lost"       // it is not there any more, although nobody should have removed it
	ReasonHalted     = "halted"     // so many files of a folder are gone that a person is asked
)

// maxProblems bounds the memory of a disk that cannot be read at all.
const maxProblems = 20000

// problemBook holds the open problems by what they are about.
type problemBook struct {
	changed *signal
	mu      sync.Mutex
	open    map[string]*Problem // by path, else by hash
}

func (p *Problem) key() string {
	if p.slot != "" {
		return p.slot
	}
	if p.Path != "" {
		return p.Path
	}
	return p.Item.String()
}

// raise opens a problem, or counts another attempt at it.
func (b *problemBook) raise(p Problem) {
	b.mu.Lock()
	defer b.mu.Unlock()
	old, ok := b.open[p.key()]
	if ok && old.Reason == p.Reason {
		old.Attempts++
		old.Detail = p.Detail
		return
	}
	if !ok && len(b.open) >= maxProblems {
		return
	}
	p.Attempts, p.Since = 1, time.Now().UTC()
	b.open[p.key()] = &p
	b.changed.fire()
}

// clear closes the problem with a path or hash.
func (b *problemBook) clear(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.open[key]; ok {
		delete(b.open, key)
		b.changed.fire()
	}
}

// settle closes the problem of a file that is as it was recorded. That says nothing of its bytes:
// that they are damaged stays open.
func (b *problemBook) settle(path string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p, ok := b.open[path]; ok && p.Reason != ReasonDamaged {
		delete(b.open, path)
		b.changed.fire()
	}
}

// clearIf closes the problems for which gone says so.
func (b *problemBook) clearIf(gone func(p Problem) bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, p := range b.open {
		if gone(*p) {
			delete(b.open, key)
			b.changed.fire()
		}
	}
}

func (b *problemBook) list() []Problem {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]Problem, 0, len(b.open))
	for _, p := range b.open {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b Problem) int {
		return cmp.Or(a.Since.Compare(b.Since), strings.Compare(a.Path, b.Path))
	})
	return list
}

// Problems returns the open problems with files of the folders and the vault, oldest first.
func (s *Store) Problems() []Problem { return s.problems.list() }

// Retry looks at the files with problems again, or only at these paths.
func (s *Store) Retry(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		for _, p := range s.problems.list() {
			if _, _, ok := s.folderOf(p.Path); ok {
				paths = append(paths, p.Path)
			} else if rel, ok := s.vault().Rel(p.Path); ok {
				s.suspect(rel)
			}
		}
		s.place.wake()
	}
	for _, p := range paths {
		if err := ctx.Err(); err != nil {
			return err
		}
		f, rel, ok := s.folderOf(p)
		if !ok {
			return fmt.Errorf("retry %s: in none of the watched folders", p)
		}
		f.look(rel)
	}
	return nil
}

// readProblem describes why a file or directory cannot be read.
func readProblem(path string, err error) Problem {
	p := Problem{Path: path, Reason: ReasonReadError, Detail: plainError(err)}
	switch {
	case errors.Is(err, fs.ErrPermission):
		p.Reason = ReasonUnreadable
		p.Hint = "give the user that runs homeroll permission to read it (chmod u+r, or its owner's help)"
	case errors.Is(err, syscall.EIO):
		p.Hint = "the disk cannot read it: copy it from elsewhere, and check the disk"
	default:
		p.Hint = "open it with another program; if that fails, too, restore it from a backup"
	}
	return p
}

// plainError leaves out the path, which stands beside it anyway.
func plainError(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}
