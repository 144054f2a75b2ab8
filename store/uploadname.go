package store

import (
	"path"
	"strings"
	"unicode"
)

// Bounds of the name of an upload.
const (
	maxUploadDepth   = 16  // directories
	maxUploadElement = 180 // bytes of each
)

// uploadName returns the path that an upload has in its folder: that of the
// sender's, in which nothing leads elsewhere, is hidden, or cannot be read. It is
// never empty.
func uploadName(from, name string) string {
	var all []string
	for part := range strings.FieldsFuncSeq(from+"/"+strings.ReplaceAll(name, "\\", "/"), func(r rune) bool { return r == '/' }) {
		if part = uploadElement(part); part != "" {
			all = append(all, part)
		}
	}
	if len(all) == 0 {
		return "upload"
	}
	if n := len(all) - 1; n > maxUploadDepth {
		all = append(all[:maxUploadDepth], all[n])
	}
	return path.Join(all...)
}

// uploadElement makes one element of a path harmless; "" if nothing is left.
func uploadElement(s string) string {
	s = strings.ToValidUTF8(s, "_")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(s), "."))
	if len(s) <= maxUploadElement {
		return s
	}
	ext := path.Ext(s)
	if len(ext) > 20 {
		ext = ""
	}
	return strings.ToValidUTF8(s[:maxUploadElement-len(ext)], "") + ext
}
