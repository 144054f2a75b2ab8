// Package filetype decides what is media: by the extension, which is a setting,
// and by the first bytes of files whose extension says nothing.
package filetype

import (
	"path"
	"strings"
	"unicode/utf8"
)

// Ext returns the lower-case extension of a name without its dot, "" if there
// is none.
func Ext(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}

// Label is what people are told of a file that is not backed up: its
// extension, if it is one, or "no extension".
func Label(name string) string {
	ext := Ext(name)
	switch {
	case ext == "":
		return "no extension"
	case len(ext) > 12 || !utf8.ValidString(ext) || strings.ContainsFunc(ext, odd):
		return "other"
	default:
		return ext
	}
}

func odd(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// Set is a set of extensions.
type Set map[string]bool

// SetOf joins lists of extensions, with or without a dot, in any case.
func SetOf(lists ...[]string) Set {
	s := Set{}
	for _, list := range lists {
		for _, e := range list {
			s[strings.ToLower(strings.TrimPrefix(e, "."))] = true
		}
	}
	delete(s, "")
	return s
}
