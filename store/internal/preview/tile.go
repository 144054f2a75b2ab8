package preview

import (
	"fmt"
	"html"
	"strings"
)

// maxLabel is how many letters fit.
const maxLabel = 8

// Tile returns the neutral picture (SVG) that stands for a type.
func Tile(mime string) []byte {
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 256 256" width="256" height="256" role="img" aria-label="%[1]s">`+
		`<rect width="256" height="256" fill="#d9dcdf"/>%[2]s`+
		`<text x="128" y="196" text-anchor="middle" font-family="sans-serif" font-size="32" fill="#5b6268">%[1]s</text></svg>`,
		html.EscapeString(label(mime)), symbol(mime))
}

// symbol is a triangle to play for videos, a mountain for others.
func symbol(mime string) string {
	if strings.HasPrefix(mime, "video/") {
		return `<path d="M104 64l64 40-64 40z" fill="#5b6268"/>`
	}
	return `<path d="M64 144l40-56 24 32 20-24 44 48z" fill="#5b6268"/><circle cx="164" cy="76" r="12" fill="#5b6268"/>`
}

// label is what people call a type: "image/x-adobe-dng" is DNG.
func label(mime string) string {
	_, name, _ := strings.Cut(mime, "/")
	name = strings.TrimPrefix(name, "x-")
	if name == "" || name == "octet-stream" {
		return "FILE"
	}
	if known, ok := names[name]; ok {
		return known
	}
	if k := strings.LastIndexAny(name, "-.+"); k >= 0 && k+1 < len(name) {
		name = name[k+1:]
	}
	letters := []rune(strings.ToUpper(name))
	return string(letters[:min(len(letters), maxLabel)])
}

var names = map[string]string{
	"quicktime": "MOV", "matroska": "MKV", "msvideo": "AVI", "rdf+xml": "XMP", "heic-sequence": "HEIC",
	"heif-sequence": "HEIF", "svg+xml": "SVG", "vnd.adobe.photoshop": "PSD",
}
