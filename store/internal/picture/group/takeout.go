package group

import (
	"path"
	"strings"
	"unicode/utf8"
)

// What Google Takeout puts between the name of a picture and ".json", as far
// as there is room for it.
const supplement = ".supplemental-metadata"

// jsonLen is how long a sidecar's name can be before ".json": longer ones are
// cut there. Exports differ by a few characters.
const jsonLen = 45

// takeout takes the lower-case name of a JSON sidecar apart: the name of its
// picture, which may be cut, and whether it can be.
func takeout(name string) (picture string, cut bool) {
	core := strings.TrimSuffix(name, ".json")
	cut = utf8.RuneCountInString(core) >= jsonLen
	core, number := numbered(core)
	if i := strings.LastIndexByte(core, '.'); i > 0 {
		// A part of ".supplemental-metadata" behind the picture's own extension.
		if last := core[i:]; strings.HasPrefix(supplement, last) && roles[extension(core[:i])] != other {
			return core[:i] + number, cut
		}
	}
	return core + number, cut
}

// Titled is the name that a sidecar would have if the name of its picture, its
// title, were not cut. A title lacks the number that tells pictures of one name
// apart, so that of the sidecar's own name is kept.
func Titled(sidecarName, title string) string {
	core := sidecarName[:len(sidecarName)-len(path.Ext(sidecarName))]
	_, number := numbered(core)
	return title + number + path.Ext(sidecarName)
}

// Match says how well a sidecar's name describes a picture's.
type Match int

// The matches, the weakest first.
const (
	NoMatch     Match = iota
	EditMatch         // the sidecar of the original of an edited copy
	StemMatch         // IMG_1.xmp of IMG_1.jpg
	CutMatch          // of a name that Takeout cut
	NumberMatch       // IMG.jpg(1).json of IMG(1).jpg
	FullMatch         // IMG_1.jpg.xmp of IMG_1.jpg
)

// Describes reports whether the sidecar of one base name speaks of the picture
// of another, in the same directory, and how clearly.
func Describes(sidecarName, pictureName string) Match {
	s, p := strings.ToLower(sidecarName), strings.ToLower(pictureName)
	if roles[extension(s)] != sidecar || s == p {
		return NoMatch
	}
	if extension(s) == "json" {
		return describesJSON(s, p)
	}
	switch core := s[:len(s)-len(extension(s))-1]; {
	case core == p:
		return FullMatch
	case extension(core) != "" && roles[extension(core)].picture():
		return NoMatch // it names another file
	case whole(s) == whole(p):
		return StemMatch
	}
	return NoMatch
}

// describesJSON is Describes for Takeout's sidecars, in lower case.
func describesJSON(s, p string) Match {
	named, cut := takeout(s)
	if named == p {
		return FullMatch
	}
	numberedName := moved(p)
	if named == numberedName {
		return NumberMatch
	}
	if cut && len(named) >= len(p)/2 && (strings.HasPrefix(p, named) || strings.HasPrefix(p+supplement, named)) {
		return CutMatch
	}
	if original := unedited(p); original != p {
		if m := describesJSON(s, original); m != NoMatch {
			return EditMatch
		}
	}
	if roles[extension(named)] == other && named == whole(p) {
		return StemMatch
	}
	return NoMatch
}

// moved writes the number of a picture's name behind its extension, as Takeout
// does in its sidecars: img(1).jpg as img.jpg(1).
func moved(p string) string {
	ext := extension(p)
	if ext == "" {
		return p
	}
	dot := len(p) - len(ext) - 1
	core, number := numbered(p[:dot])
	return core + p[dot:] + number
}

// unedited is the name of the original of an edited copy.
func unedited(p string) string {
	ext := extension(p)
	if ext == "" {
		return withoutEdit(p)
	}
	dot := len(p) - len(ext) - 1
	return withoutEdit(p[:dot]) + p[dot:]
}
