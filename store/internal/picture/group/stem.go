package group

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// stemLen bounds, in characters, what Stem returns: Google Takeout cuts the
// names of its sidecars after 46, within the extension or before it.
const stemLen = 40

// Stem returns what names of files that belong together have in common:
// "img_0001" of IMG_0001.JPG, img_0001.mov, IMG_0001.JPG.json and
// IMG_0001.jpg.supplemental-metadata.json, "img_0001(1)" of IMG_0001(1).jpg and
// IMG_0001.jpg(1).json; of a burst, what the names of its photos share. Lower case. It is for finding candidates: names of one
// stem need not belong together.
func Stem(base string) string {
	s := withoutEdit(whole(base))
	if common, _ := burstName(s); common != "" {
		return common
	}
	if utf8.RuneCountInString(s) > stemLen {
		s = string([]rune(s)[:stemLen])
	}
	return s
}

// Parts of names that the files of one picture do not share.
var (
	pixelRaw  = regexp.MustCompile(`\.raw-\d\d(\.mp)?\.(cover|original)$`)
	appleOrig = regexp.MustCompile(`^(img_)o(\d{4})$`)
	sonyNote  = regexp.MustCompile(`^(c\d{4})m\d{2}$`)
)

// whole is the stem in its full length.
func whole(base string) string {
	name := strings.ToLower(base)
	ext := extension(name)
	if ext == "json" {
		picture, _ := takeout(name)
		return trim(picture)
	}
	if roles[ext] == sidecar {
		s := name[:len(name)-len(ext)-1]
		switch ext {
		case "aae":
			s = appleOrig.ReplaceAllString(s, "$1$2")
		case "xml":
			s = sonyNote.ReplaceAllString(s, "$1")
		}
		return trim(s)
	}
	return trim(name)
}

// trim removes the extension of a picture, and what tells its files apart.
func trim(name string) string {
	core, number := numbered(name)
	if number != "" && roles[extension(core)].picture() {
		name = core // Takeout's number stands behind the extension
	} else {
		number = ""
	}
	if ext := extension(name); ext != "" && (roles[ext] != other || len(ext) <= 4 && strings.Trim(ext, "0123456789") != "") {
		name = name[:len(name)-len(ext)-1]
	}
	name = strings.TrimSuffix(name, "_hevc")
	if strings.Contains(name, ".raw-") {
		name = pixelRaw.ReplaceAllString(name, "")
	}
	return strings.TrimSuffix(name, ".mp") + number
}

// numbered divides a name from the number in parentheses at its end, "" if there
// is none.
func numbered(name string) (core, number string) {
	open := strings.LastIndexByte(name, '(')
	if open <= 0 || !strings.HasSuffix(name, ")") {
		return name, ""
	}
	digits := name[open+1 : len(name)-1]
	if len(digits) == 0 || len(digits) > 4 || strings.Trim(digits, "0123456789") != "" {
		return name, ""
	}
	return name[:open], name[open:]
}

// edits are what Google Photos appends to the names of edited copies, in the
// languages of its users.
var edits = []string{
	"-edited", "-bearbeitet", "-modifié", "-modifie\u0301", "-editado", "-editada", "-modificato", //nolint:misspell // Italian
	"-bewerkt", "-edytowane",
	"-upraveno", "-redigerad", "-redigert", "-redigeret", "-muokattu", "-изменено", "-编辑", "-編集済み", "-편집됨", "-düzenlendi",
	"-edit", "-ha editado", "-effects", "-effets", "-smile", "-mix",
}

// withoutEdit removes the mark of an edited copy from a stem.
func withoutEdit(stem string) string {
	stem, number := numbered(stem)
	for _, e := range edits {
		if cut, ok := strings.CutSuffix(stem, e); ok && cut != "" {
			return cut + number
		}
	}
	return stem + number
}
