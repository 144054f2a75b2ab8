package disk

import (
	"io/fs"
	"path/filepath"
	"strings"
)

// WalkTree calls visit with the directory dir and everything below it, by slash paths in it; its
// own is ".". It follows no link, with the exception of dir itself being one. It is [fs.WalkDir],
// which reads no directory whose name isn't UTF-8, for directories of those names, too.
func WalkTree(dir string, visit fs.WalkDirFunc) error {
	dir = filepath.Clean(dir)
	top := dir + string(filepath.Separator) + "."
	return filepath.WalkDir(top, func(p string, e fs.DirEntry, err error) error {
		rel := "."
		if p != top {
			rel = filepath.ToSlash(strings.TrimPrefix(p[len(dir):], string(filepath.Separator)))
		}
		return visit(rel, e, err)
	})
}
