package preview

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A sweep walks all files, to count them, and removes the least recently used
// where they exceed the limit. It goes down to keepShare of the limit, so that
// there is one sweep for many writes: walking costs ten looks at a file for
// each that is removed, however large the cache is. Memory does not grow with
// the cache, for ages are counted in classes.
const (
	keepShare  = 0.9
	aheadShare = 0.75 // beyond this, what nobody waits for is kept small
)

// ages counts bytes by age: class 0 is the present, and each doubling of the
// age has perDoubling classes.
type ages [64 * perDoubling]int64

const perDoubling = 16

func ageClass(age time.Duration) int {
	if age <= 0 {
		return 0
	}
	doubling := bits.Len64(uint64(age)) - 1
	fraction := uint64(age) << (63 - doubling) << 1 >> 60 // the next four bits
	return doubling*perDoubling + int(fraction)
}

// oldest returns the youngest class that must go for the rest to fit in keep.
func (a *ages) oldest(keep int64) int {
	var kept int64
	for class, size := range a {
		if kept += size; kept > keep {
			return class
		}
	}
	return len(a)
}

func (f *files) full() bool { return f.used.Load() > f.limit }

// crowded reports whether there is little room left.
func (f *files) crowded() bool { return float64(f.used.Load()) > aheadShare*float64(f.limit) }

// sweep counts, and evicts if that is needed.
func (f *files) sweep(ctx context.Context) error {
	f.sweeping.Lock()
	defer f.sweeping.Unlock()
	var byAge ages
	var total int64
	now := f.now()
	before := f.used.Load()
	err := f.walk(ctx, func(_ string, info fs.FileInfo) {
		size := footprint(info.Size())
		total += size
		byAge[ageClass(now.Sub(info.ModTime()))] += size
	})
	if err != nil {
		return err
	}
	// Some of what was written meanwhile is counted twice, until the next sweep.
	f.used.Add(total - before)
	if !f.full() {
		return nil
	}
	keep := int64(keepShare * float64(f.limit))
	class := byAge.oldest(keep)
	return f.walk(ctx, func(path string, info fs.FileInfo) {
		if ageClass(now.Sub(info.ModTime())) < class || f.used.Load() <= keep {
			return
		}
		if err := os.Remove(path); err == nil {
			f.used.Add(-footprint(info.Size()))
		}
	})
}

// walkBatch is how many names are read at once.
const walkBatch = 256

// walk calls with every file of the cache. What it cannot be that the cache made, it leaves alone.
func (f *files) walk(ctx context.Context, each func(path string, info fs.FileInfo)) error {
	for shard := range 256 {
		if err := f.walkShard(ctx, f.shardDir(shard), each); err != nil {
			return err
		}
	}
	return nil
}

func (f *files) shardDir(shard int) string {
	return filepath.Join(f.root, hex.EncodeToString([]byte{byte(shard)}))
}

func (f *files) walkShard(ctx context.Context, dir string, each func(path string, info fs.FileInfo)) error {
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("walk previews: %w", err)
	}
	defer func() { _ = d.Close() }() // only read
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		found, err := d.ReadDir(walkBatch)
		for _, e := range found {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() {
				f.visit(filepath.Join(dir, e.Name()), info, each)
			}
		}
		if err != nil || len(found) == 0 { // io.EOF; another error is met again where it matters
			return nil
		}
	}
}

// leftoverAge is how old a file that was being written is when nobody writes it any more.
const leftoverAge = time.Hour

func (f *files) visit(path string, info fs.FileInfo, each func(path string, info fs.FileInfo)) {
	name := info.Name()
	if strings.HasPrefix(name, "new-") && strings.HasSuffix(name, ".tmp") {
		if f.now().Sub(info.ModTime()) > leftoverAge {
			_ = os.Remove(path) // the next sweep tries again
		}
		return
	}
	stem, kind, found := strings.Cut(name, ".")
	if !found || len(stem) != 62 || (kind != Small.kind() && kind != Large.kind() && kind != refusedKind) {
		return
	}
	each(path, info)
}
