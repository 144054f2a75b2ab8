package preview

import "strings"

// kind is how a preview is made.
type kind int

const (
	still kind = iota
	raw
	video
)

// plain are the types whose own pixels are decoded; other images are RAWs, of
// which an embedded JPEG is taken.
var plain = map[string]bool{
	"image/jpeg": true, "image/png": true, "image/apng": true, "image/gif": true, "image/webp": true,
	"image/tiff": true, "image/bmp": true, "image/x-ms-bmp": true, "image/heic": true, "image/heif": true,
	"image/heic-sequence": true, "image/heif-sequence": true, "image/avif": true,
}

// kindOf tells by the type; what has none is told by its first bytes later.
func kindOf(mime string) kind {
	switch {
	case strings.HasPrefix(mime, "video/"):
		return video
	case strings.HasPrefix(mime, "image/") && !plain[mime]:
		return raw
	}
	return still
}
