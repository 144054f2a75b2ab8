package disk

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Present reports whether the path rel below root exists under exactly this
// name. Where case or Unicode form does not matter, a file is also found by other
// spellings than the one it has; those do not count.
func Present(root, rel string) bool {
	if _, err := os.Lstat(filepath.Join(root, rel)); err != nil {
		return false
	}
	for at := filepath.Clean(rel); at != "."; at = filepath.Dir(at) {
		if abs := filepath.Join(root, at); respelled(abs) && !listed(abs) {
			return false
		}
	}
	return true
}

// respelled reports whether another spelling of the name leads to a file, too.
func respelled(abs string) bool {
	dir, name := filepath.Split(abs)
	for _, other := range []string{swapCase(name), norm.NFC.String(name), norm.NFD.String(name)} {
		if other == name {
			continue
		}
		if _, err := os.Lstat(dir + other); err == nil {
			return true
		}
	}
	return false
}

func swapCase(s string) string {
	swapped := []rune(s)
	for i, r := range swapped {
		if unicode.IsUpper(r) {
			swapped[i] = unicode.ToLower(r)
		} else {
			swapped[i] = unicode.ToUpper(r)
		}
	}
	return string(swapped)
}

// listed reports whether the directory lists the name so. What cannot be listed
// is believed.
func listed(abs string) bool {
	d, err := os.Open(filepath.Dir(abs))
	if err != nil {
		return true
	}
	defer func() { _ = d.Close() }()
	for {
		names, err := d.Readdirnames(1000)
		if slices.Contains(names, filepath.Base(abs)) {
			return true
		}
		if err != nil {
			return err != io.EOF
		}
	}
}
