package vault

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"homeroll/store/media"
)

// Lengths of names, in bytes. Every filesystem in use holds 255 of them (or of
// UTF-16 units); what is bent stays well below, so that a suffix fits.
const (
	maxElement = 255
	maxLabel   = 80
)

// Label returns the directory name for what people call a device or a folder:
// a name that every system can hold and that is not hidden. n > 1 makes it
// another one, for a label that is taken.
func Label(label, fallback string, n int) string {
	s := strings.TrimLeft(portable(label), ". ~")
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

// portable replaces what Windows and FAT forbid in names, and gives reserved
// device names another one.
func portable(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"/\|?*`, r) || r == utf8.RuneError || unicode.IsControl(r) {
			return '_'
		}
		return r
	}, s)
	s = strings.TrimRight(s, ". ")
	base, _, _ := strings.Cut(s, ".")
	if reserved[strings.ToUpper(strings.TrimSpace(base))] {
		s = "_" + s
	}
	return s
}

// reserved are the device names of Windows ("Naming Files, Paths, and
// Namespaces").
var reserved = func() map[string]bool {
	m := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true}
	for _, d := range "123456789¹²³" {
		m["COM"+string(d)], m["LPT"+string(d)] = true, true
	}
	return m
}()

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
// its extension, short enough for every filesystem and free of what some
// forbid.
func Suffixed(name string, id media.ID, digits int) string {
	ext := path.Ext(name)
	if len(ext) > 20 || ext == name {
		ext = ""
	}
	suffix := "~" + id.String()[:digits] + portable(ext)
	stem := strings.TrimSuffix(portable(strings.TrimSuffix(name, ext)), " ")
	return cut(stem, 200-len(suffix)) + suffix
}

// bentDir returns a name for a directory that cannot be called as its origin
// calls it; equal originals are bent alike, so that siblings stay together.
func bentDir(original, element string) string {
	sum := sha256.Sum256([]byte(original))
	return cut(portable(element), 200) + "~" + hex.EncodeToString(sum[:4])
}

// holdable reports whether this system can be trusted to hold the element as
// it is. Elsewhere than on Windows the filesystem itself refuses what it
// cannot hold; Windows drops trailing dots without a word.
func holdable(element string) bool {
	if len(element) > maxElement {
		return false
	}
	return runtime.GOOS != "windows" || portable(element) == element
}
