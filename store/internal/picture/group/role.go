package group

import (
	"path"
	"strings"
)

// role is what an item can be in a group.
type role int

const (
	other   role = iota
	still        // a camera's still that a screen can show: JPEG or HEIC
	graphic      // another still: PNG, WebP, GIF, TIFF and the like
	raw
	video
	sidecar // the last, as a name of it outweighs others
)

// shown orders the roles for what is shown of a group.
func (r role) shown() int {
	switch r {
	case still:
		return 0
	case graphic:
		return 1
	case raw:
		return 2
	case video:
		return 3
	}
	return 4
}

// picture reports whether sidecars may belong to it.
func (r role) picture() bool { return r == still || r == graphic || r == raw || r == video }

// rawTypes are the types of RAW by what they begin with.
var rawTypes = []string{
	"image/x-canon-", "image/x-nikon-", "image/x-adobe-dng", "image/x-sony-", "image/x-panasonic-", "image/x-olympus-",
	"image/x-fujifilm-", "image/x-pentax-", "image/x-samsung-", "image/x-minolta-", "image/x-sigma-", "image/x-kodak-",
	"image/x-hasselblad-", "image/x-phaseone-", "image/x-leica-", "image/x-epson-", "image/x-mamiya-", "image/x-raw",
	"image/x-gopro-", "image/x-leaf-", "image/dng", "video/x-canon-crx",
}

// roles are the roles of extensions, where the content says nothing.
var roles = map[string]role{
	"jpg": still, "jpeg": still, "jpe": still, "heic": still, "heif": still, "hif": still,
	"png": graphic, "gif": graphic, "webp": graphic, "tif": graphic, "tiff": graphic, "avif": graphic, "jxl": graphic,
	"bmp": graphic, "jp2": graphic, "mpo": graphic,
	"dng": raw, "cr2": raw, "cr3": raw, "crw": raw, "nef": raw, "nrw": raw, "arw": raw, "srf": raw, "sr2": raw, "rw2": raw,
	"raw": raw, "orf": raw, "ori": raw, "raf": raw, "pef": raw, "srw": raw, "mrw": raw, "x3f": raw, "kdc": raw, "dcr": raw,
	"3fr": raw, "fff": raw, "iiq": raw, "rwl": raw, "erf": raw, "mef": raw, "mos": raw, "gpr": raw,
	"mp4": video, "mov": video, "m4v": video, "3gp": video, "3g2": video, "avi": video, "mkv": video, "webm": video,
	"mts": video, "m2ts": video, "mpg": video, "mpeg": video, "wmv": video, "mp": video, "insv": video, "lrv": video,
	"xmp": sidecar, "json": sidecar, "aae": sidecar, "thm": sidecar, "xml": sidecar, "pp3": sidecar, "dop": sidecar,
	"csv": other, "srt": sidecar,
}

// roleOf is the role by content, as far as that is known, else by name. The
// small JPEG of a video (THM), and a sidecar, are known by their names alone.
func roleOf(m Member) role {
	named := other
	for _, name := range m.Names {
		named = max(named, roles[extension(name)])
	}
	t := m.Picture.Type
	switch {
	case named == sidecar && (t == "image/jpeg" || !strings.HasPrefix(t, "image/") && !strings.HasPrefix(t, "video/")):
		return sidecar
	case strings.HasPrefix(t, "video/") && t != "video/x-canon-crx" || t == "application/mxf":
		return video
	case t == "image/jpeg" || t == "image/heic" || t == "image/heif":
		return still
	case isRaw(t) || t == "image/tiff" && named == raw:
		return raw
	case strings.HasPrefix(t, "image/"):
		return graphic
	case t == "" && named != video:
		return named
	}
	return other
}

func isRaw(t string) bool {
	for _, p := range rawTypes {
		if strings.HasPrefix(t, p) {
			return true
		}
	}
	return false
}

// extension is the lower-case extension of a name, without its dot.
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
}
