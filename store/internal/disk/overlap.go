package disk

import (
	"os"
	"path/filepath"
	"strings"
)

// Within reports whether path is dir or lies below it, by their text alone.
func Within(path, dir string) bool {
	if path == dir {
		return true
	}
	if !strings.HasSuffix(dir, string(filepath.Separator)) {
		dir += string(filepath.Separator)
	}
	return strings.HasPrefix(path, dir)
}

// Inside reports whether the existing directory inner is outer or lies below
// it, also where links, bind mounts or letter case hide it.
func Inside(inner, outer string) bool {
	inner, outer = Resolve(inner), Resolve(outer)
	if Within(inner, outer) {
		return true
	}
	if a, err := MountOf(inner); err == nil && a.Real != "" {
		if b, err := MountOf(outer); err == nil && b.Real != "" && Within(a.Real, b.Real) {
			return true
		}
	}
	out, err := os.Stat(outer)
	if err != nil {
		return false
	}
	for dir := inner; ; dir = filepath.Dir(dir) {
		if fi, err := os.Stat(dir); err == nil && os.SameFile(fi, out) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}

// Resolve returns the absolute path without links, as far as it exists.
func Resolve(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(Resolve(parent), filepath.Base(path))
}
