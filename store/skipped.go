package store

import (
	"hash/maphash"
	"slices"
	"strings"
	"sync"
)

// Skipped counts files of one type ("pdf", "empty", "cloud placeholder", …).
type Skipped struct {
	Type  string
	Files int64
	Paths []string // the first 20
}

// Bounds of what is remembered of skipped files.
const (
	maxSkippedPaths = 20
	maxSkippedTypes = 250
)

// skips counts what one folder holds that is not backed up. Files are
// remembered by hashes of their paths, so that a million of them are some
// 30 MB.
type skips struct {
	mu    sync.Mutex
	seed  maphash.Seed
	files map[uint64]skip
	types map[string]uint16
	names []string
	paths [][]string // by type, the first of each
	count []int64    // by type
	round uint16
}

type skip struct{ kind, round uint16 }

func newSkips() *skips {
	return &skips{seed: maphash.MakeSeed(), files: map[uint64]skip{}, types: map[string]uint16{}}
}

// add counts a file as of this type.
func (s *skips) add(path, kind string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := maphash.String(s.seed, path)
	k := s.kindLocked(kind)
	old, known := s.files[h]
	if known && old.kind != k {
		s.removeLocked(path, h)
		known = false
	}
	if !known {
		s.count[k]++
	}
	s.files[h] = skip{kind: k, round: s.round}
	if len(s.paths[k]) < maxSkippedPaths && !slices.Contains(s.paths[k], path) {
		s.paths[k] = append(s.paths[k], path)
	}
}

func (s *skips) kindLocked(kind string) uint16 {
	if k, ok := s.types[kind]; ok {
		return k
	}
	if len(s.names) >= maxSkippedTypes && kind != "other" {
		return s.kindLocked("other")
	}
	k := uint16(len(s.names))
	s.types[kind] = k
	s.names = append(s.names, kind)
	s.paths = append(s.paths, nil)
	s.count = append(s.count, 0)
	return k
}

// remove forgets a file that is gone or backed up now.
func (s *skips) remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.removeLocked(path, maphash.String(s.seed, path))
}

func (s *skips) removeLocked(path string, h uint64) {
	old, ok := s.files[h]
	if !ok {
		return
	}
	delete(s.files, h)
	s.count[old.kind]--
	s.paths[old.kind] = slices.DeleteFunc(s.paths[old.kind], func(p string) bool { return p == path })
}

// begin starts a scan, which adds every skipped file that it sees.
func (s *skips) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.round++
}

// end forgets files that no scan has seen since begin.
func (s *skips) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for h, f := range s.files {
		if f.round != s.round {
			delete(s.files, h)
			s.count[f.kind]--
		}
	}
	for k := range s.paths {
		s.paths[k] = slices.DeleteFunc(s.paths[k], func(p string) bool {
			_, ok := s.files[maphash.String(s.seed, p)]
			return !ok
		})
	}
}

// list adds the counts of the folder to those of others.
func (s *skips) list(into map[string]*Skipped, abs func(path string) string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, n := range s.count {
		if n == 0 {
			continue
		}
		t := into[s.names[k]]
		if t == nil {
			t = &Skipped{Type: s.names[k]}
			into[t.Type] = t
		}
		t.Files += n
		for _, p := range s.paths[k] {
			if len(t.Paths) < maxSkippedPaths {
				t.Paths = append(t.Paths, abs(p))
			}
		}
	}
}

// Skipped returns what the folders hold that is not backed up, by type.
func (s *Store) Skipped() []Skipped {
	types := map[string]*Skipped{}
	for _, f := range s.watched() {
		f.skips.list(types, f.abs)
	}
	list := make([]Skipped, 0, len(types))
	for _, t := range types {
		slices.Sort(t.Paths)
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b Skipped) int { return strings.Compare(a.Type, b.Type) })
	return list
}
