package filetype

import "strings"

// Of returns the MIME type that a name promises, "" if it promises none.
func Of(name string) string { return types[Ext(name)] }

// types are by extension what package picture calls them by content.
var types = map[string]string{
	"jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg", "mpo": "image/jpeg", "insp": "image/jpeg",
	"png": "image/png", "apng": "image/apng", "gif": "image/gif", "webp": "image/webp", "heic": "image/heic", "heif": "image/heif", "hif": "image/heif",
	"avif": "image/avif", "jxl": "image/jxl", "jp2": "image/jp2", "tif": "image/tiff", "tiff": "image/tiff", "bmp": "image/bmp",
	"psd": "application/vnd.adobe.photoshop",
	"dng": "image/x-adobe-dng", "cr2": "image/x-canon-cr2", "cr3": "image/x-canon-cr3", "crw": "image/x-canon-crw", "nef": "image/x-nikon-nef",
	"nrw": "image/x-nikon-nrw", "arw": "image/x-sony-arw", "sr2": "image/x-sony-sr2", "srf": "image/x-sony-srf", "srw": "image/x-samsung-srw",
	"orf": "image/x-olympus-orf", "rw2": "image/x-panasonic-rw2", "raf": "image/x-fujifilm-raf", "pef": "image/x-pentax-pef", "x3f": "image/x-sigma-x3f",
	"3fr": "image/x-hasselblad-3fr", "iiq": "image/x-raw", "erf": "image/x-epson-erf", "mrw": "image/x-minolta-mrw", "kdc": "image/x-kodak-kdc", "gpr": "image/x-gopro-gpr",
	"mp4": "video/mp4", "m4v": "video/x-m4v", "mov": "video/quicktime", "qt": "video/quicktime", "avi": "video/x-msvideo", "mkv": "video/x-matroska",
	"webm": "video/webm", "mts": "video/m2ts", "m2ts": "video/m2ts", "m2t": "video/m2ts", "3gp": "video/3gpp", "3g2": "video/3gpp2", "mpg": "video/mpeg",
	"mpeg": "video/mpeg", "wmv": "video/x-ms-wmv", "asf": "video/x-ms-asf", "ogv": "video/ogg", "flv": "video/x-flv", "dv": "video/x-dv", "insv": "video/mp4",
	"360": "video/mp4", "lrv": "video/mp4", "vob": "video/mpeg",
}

// IsRaw reports a MIME type of what a sensor has seen, not yet developed.
func IsRaw(mime string) bool { return raws[mime] }

var raws = func() map[string]bool {
	all := map[string]bool{"image/x-raw": true}
	for _, mime := range types {
		if strings.HasPrefix(mime, "image/x-") {
			all[mime] = true
		}
	}
	return all
}()
