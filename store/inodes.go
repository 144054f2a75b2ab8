package store

import (
	"context"
	"slices"
)

// knownInodes are those of all files on record when a scan met its first new
// file: without one of them, a new file is none that was renamed, and need not be
// asked about. 8 bytes a file.
type knownInodes struct {
	sorted  []int64
	unknown bool // they could not be read
}

func (s *Store) loadInodes(ctx context.Context) *knownInodes {
	k := &knownInodes{}
	err := s.cat.EachInode(ctx, func(inode uint64) { k.sorted = append(k.sorted, int64(inode)) })
	k.unknown = err != nil
	return k
}

func (k *knownInodes) has(inode uint64) bool {
	_, found := slices.BinarySearch(k.sorted, int64(inode))
	return found || k.unknown
}
