package volume

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Fold removes what some filesystems do not tell apart: case and Unicode form.
func Fold(name string) string { return norm.NFC.String(cases.Fold().String(norm.NFD.String(name))) }

// forbidden are the characters that Windows and FAT have in no name, besides
// control characters ("Naming Files, Paths, and Namespaces").
const forbidden = `<>:"/\|?*`

// reserved are the device names of Windows (the same source).
var reserved = func() map[string]bool {
	m := map[string]bool{"CON": true, "PRN": true, "AUX": true, "NUL": true, "CONIN$": true, "CONOUT$": true}
	for _, d := range "123456789¹²³" {
		m["COM"+string(d)], m["LPT"+string(d)] = true, true
	}
	return m
}()

// Portable replaces what Windows and FAT forbid in names, and gives reserved
// device names another one.
func Portable(s string) string {
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune(forbidden, r) || r == utf8.RuneError || unicode.IsControl(r) {
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

// Plain returns the name in ASCII: letters without their marks, and a low line
// for what has no letter.
func Plain(s string) string {
	return Portable(strings.Map(func(r rune) rune {
		switch {
		case r <= unicode.MaxASCII:
			return r
		case unicode.Is(unicode.Mn, r):
			return -1
		}
		return '_'
	}, norm.NFD.String(s)))
}
