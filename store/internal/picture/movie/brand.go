package movie

import "strings"

// firstBoxes are what a file begins with that has no ftyp, as QuickTime files
// of old; with sizes that files have.
var firstBoxes = map[string]bool{
	"moov": true, "mdat": true, "wide": true, "skip": true, "free": true, "pnot": true, "PICT": true, "uuid": true,
}

// stillBrands are of stills in the same container: not for this package.
var stillBrands = map[string]bool{
	"heic": true, "heix": true, "heim": true, "heis": true, "hevc": true, "hevx": true, "hevm": true, "hevs": true,
	"mif1": true, "mif2": true, "msf1": true, "avif": true, "avis": true, "crx ": true, "jp2 ": true, "jpx ": true,
	"jpm ": true, "jxl ": true, "JP2 ": true, "JP20": true, "mj2s": false, "avci": true, "avcs": true, "jpeg": true, "jpgs": true,
}

func isISO(head []byte) bool {
	if len(head) < 8 {
		return false
	}
	kind, size := string(head[4:8]), be32(head, 0)
	if kind == "ftyp" {
		return size >= 8 && (len(head) < 12 || !stillBrands[string(head[8:12])])
	}
	return firstBoxes[kind] && (size == 0 || size == 1 || size >= 8) && plausibleNext(head, size)
}

// plausibleNext looks at the box after a short first one, so that text in the
// right place isn't taken for a video.
func plausibleNext(head []byte, size uint32) bool {
	if size < 8 || int64(size)+8 > int64(len(head)) {
		return true
	}
	for _, c := range head[size+4 : size+8] {
		if c < ' ' || (c > '~' && c != 0xa9) {
			return false
		}
	}
	return true
}

// brandTypes are the types of major brands that are not video/mp4, by what they
// begin with.
var brandTypes = []struct{ brand, mime string }{
	{"3g2", "video/3gpp2"}, {"KDDI", "video/3gpp2"},
	{"3ge", "video/3gpp"}, {"3gg", "video/3gpp"}, {"3gp", "video/3gpp"}, {"3gs", "video/3gpp"},
	{"M4V", "video/x-m4v"}, {"qt  ", "video/quicktime"}, {"mqt ", "video/quicktime"},
	{"M4A ", "audio/mp4"}, {"M4B ", "audio/mp4"}, {"M4P ", "audio/mp4"}, {"F4A ", "audio/mp4"}, {"F4B ", "audio/mp4"},
	{"aax ", "audio/vnd.audible.aax"}, {"dvr1", "video/vnd.dvb.file"}, {"dvt1", "video/vnd.dvb.file"},
}

// knownMP4 are major brands that say MP4 by themselves.
var knownMP4 = []string{"mp41", "mp42", "mmp4", "MSNV", "NDSC", "NDSH", "NDSM", "NDSP", "NDSS", "NDXC", "NDXH", "NDXM", "NDXP", "NDXS", "F4V ", "F4P "}

// isoType is the type that a ftyp box says, given its content.
func isoType(ftyp []byte) string {
	if len(ftyp) < 4 {
		return "video/mp4"
	}
	major := string(ftyp[:4])
	for _, b := range brandTypes {
		if strings.HasPrefix(major, b.brand) {
			return b.mime
		}
	}
	for _, brand := range knownMP4 {
		if brand == major {
			return "video/mp4"
		}
	}
	compatible := map[string]bool{}
	for at := 12; at+4 <= len(ftyp); at += 4 { // the first is the major brand again, or not telling
		compatible[string(ftyp[at:at+4])] = true
	}
	if compatible["qt  "] && !compatible["mp41"] && !compatible["mp42"] && !compatible["avc1"] && !compatible["f4v "] {
		return "video/quicktime"
	}
	return "video/mp4"
}
