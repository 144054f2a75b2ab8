package preview

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// removeOlder removes what older recipes made. Only files that have the names of
// previews go, and directories that are then empty; the rest is not ours.
func (f *files) removeOlder(ctx context.Context) {
	dir := filepath.Dir(f.root)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // it is made when something is written
	}
	for _, e := range entries {
		version, err := strconv.Atoi(strings.TrimPrefix(e.Name(), "v"))
		if err != nil || !e.IsDir() || version >= recipe || e.Name() != "v"+strconv.Itoa(version) {
			continue
		}
		old := &files{root: filepath.Join(dir, e.Name()), now: f.now}
		// What cannot be removed now is tried again at the next start.
		_ = old.walk(ctx, func(path string, _ fs.FileInfo) { _ = os.Remove(path) })
		for shard := range 256 {
			_ = os.Remove(old.shardDir(shard))
		}
		_ = os.Remove(old.root)
	}
}
