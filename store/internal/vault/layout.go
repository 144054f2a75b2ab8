package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"runtime"
	"strings"
	"unicode/utf8"

	"homeroll/store/internal/volume"
	"homeroll/store/media"
)

// Lengths of names that are made here, in bytes: well below what every
// filesystem in use holds, so that a suffix fits.
const (
	maxBent  = 200
	maxLabel = 80
)

// Label returns the directory name for what people call a device or a folder:
// a name that every system can hold and that is not hidden. n > 1 makes it
// another one, for a label that is taken.
func Label(label, fallback string, n int) string {
	s := strings.TrimLeft(volume.Portable(label), ". ~")
	if s = cut(s, maxLabel); s == "" {
		s = fallback
	}
	s = strings.TrimRight(s, ". ")
	if n > 1 {
		s += " " + decimal(n)
	}
	return s
}

func decimal(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + string(rune('0'+n%10))
}

// cut shortens s to at most n bytes, at the end of a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Suffixed returns the name with the first digits of the item's hash before
// its extension, such that the vault's filesystem can hold it.
func (v *Vault) Suffixed(name string, id media.ID, digits int) string {
	return suffixed(name, id, digits, v.traits.Bend)
}

// plainSuffixed is for a filesystem that refuses what it was expected to hold.
func plainSuffixed(name string, id media.ID) string { return suffixed(name, id, 16, volume.Plain) }

// PlainPath returns a path in the same directory that no filesystem refuses.
func (v *Vault) PlainPath(p string, id media.ID) string {
	return path.Join(path.Dir(p), plainSuffixed(path.Base(p), id))
}

// IsPlain reports whether no filesystem refuses the name of the path.
func (v *Vault) IsPlain(p string) bool { return volume.Plain(path.Base(p)) == path.Base(p) }

func suffixed(name string, id media.ID, digits int, bend func(string) string) string {
	ext := path.Ext(name)
	if len(ext) > 20 || ext == name {
		ext = ""
	}
	suffix := "~" + id.String()[:digits] + bend(ext)
	stem := strings.TrimSuffix(bend(strings.TrimSuffix(name, ext)), " ")
	return cut(stem, maxBent-len(suffix)) + suffix
}

// bentDir returns a name for a directory that cannot be called as its origin
// calls it; equal originals are bent alike, so that siblings stay together.
func bentDir(original, element string, bend func(string) string) string {
	sum := sha256.Sum256([]byte(original))
	return cut(bend(element), maxBent) + "~" + hex.EncodeToString(sum[:4])
}

// maxPath is how long a path can be, from the root of the filesystems, that
// every program can open.
var maxPath = map[string]int{"darwin": 1023, "windows": 32000}

const maxPathElsewhere = 4095 // PATH_MAX of Linux without the final zero

// shorten replaces directories of a path that is too long for other programs,
// though not for this one, by one that stands for them all.
func (v *Vault) shorten(want string) string {
	limit := maxPathElsewhere
	if n, ok := maxPath[runtime.GOOS]; ok {
		limit = n
	}
	// A name may still be bent, and then be longer than it was.
	const spare = 2 * maxBent
	if limit -= len(v.dir) + 1; len(want) <= limit-spare {
		return want
	}
	dir, name := path.Dir(want), path.Base(want)
	all := strings.Split(dir, "/")
	kept, n := 0, len(name)+maxBent
	for kept < len(all) && n+len(all[kept])+1 <= limit-spare {
		n += len(all[kept]) + 1
		kept++
	}
	if kept == len(all) {
		return want
	}
	instead := bentDir(dir, all[len(all)-1], v.traits.Bend)
	return path.Join(path.Join(all[:kept]...), instead, name)
}
