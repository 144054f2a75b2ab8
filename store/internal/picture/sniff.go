package picture

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"

	"homeroll/store/internal/picture/tiff"
	"homeroll/store/internal/picture/xmp"
)

// headSize is how many bytes tell the type of a file.
const headSize = 4096

// kind is a type of file and what reads it; nil for what has nothing to be read.
type kind struct {
	mime string
	read func(*facts, *file)
}

// magics are first bytes. The longer stand before those that they begin with.
var magics = []struct {
	bytes string
	kind
}{
	{"\xff\xd8\xff", kind{kindJPEG, func(f *facts, r *file) { f.jpeg(r, 0) }}},
	{pngHead, kind{"image/png", (*facts).png}},
	{"GIF87a", kind{"image/gif", (*facts).gif}},
	{"GIF89a", kind{"image/gif", (*facts).gif}},
	{"8BPS\x00\x01", kind{"application/vnd.adobe.photoshop", (*facts).psd}},
	{"8BPS\x00\x02", kind{"application/vnd.adobe.photoshop", (*facts).psd}},
	{"II*\x00\x10\x00\x00\x00CR\x02", kind{"image/x-canon-cr2", (*facts).tiff}},
	{"II*\x00\x10\x00\x00\x00\xba\xb0\xac\xbb", kind{"image/x-raw", (*facts).tiff}},
	{"II*\x00", kind{kindTIFF, (*facts).tiff}},
	{"MM\x00*", kind{kindTIFF, (*facts).tiff}},
	{"II+\x00", kind{"image/x-tiff-big", (*facts).tiff}},
	{"MM\x00+", kind{"image/x-tiff-big", (*facts).tiff}},
	{"IIRO", kind{"image/x-olympus-orf", (*facts).tiff}},
	{"IIRS", kind{"image/x-olympus-orf", (*facts).tiff}},
	{"MMOR", kind{"image/x-olympus-orf", (*facts).tiff}},
	{"IIU\x00\x18\x00\x00\x00\x88\xe7\x74\xd8", kind{"image/x-panasonic-rw2", (*facts).tiff}},
	{"IIU\x00", kind{"image/x-raw", (*facts).rawPanasonic}},
	{"II\xbc\x01", kind{"image/jxr", (*facts).tiff}},
	{fujiHead, kind{"image/x-fujifilm-raf", (*facts).raf}},
	{"\x00MRM", kind{"image/x-minolta-mrw", (*facts).minolta}},
	{"FOVb", kind{"image/x-sigma-x3f", (*facts).x3f}},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", kind{"image/jxl", (*facts).jxl}},
	{"\xff\x0a", kind{"image/jxl", (*facts).jxl}},
	{"\xff\x4f\xff\x51", kind{"image/x-j2c", func(f *facts, r *file) { f.codestream2000(r, 0) }}},
	{"\x00\x00\x01\x00", kind{"image/x-icon", (*facts).ico}},
	{"gimp xcf ", kind{"image/x-xcf", (*facts).xcf}},
	{"v/1\x01", kind{"image/x-exr", nil}},
	{"#?RADIANCE\n", kind{"image/vnd.radiance", nil}},
}

// brands are those of ISO media files that are stills (ISO 23008-12, annex B).
var brands = map[string]kind{
	"heic": {"image/heic", (*facts).heif},
	"heix": {"image/heif", (*facts).heif},
	"heim": {"image/heic", (*facts).heif},
	"heis": {"image/heic", (*facts).heif},
	"hevc": {"image/heic-sequence", (*facts).heif},
	"hevx": {"image/heic-sequence", (*facts).heif},
	"mif1": {"image/heif", (*facts).heif},
	"mif2": {"image/heif", (*facts).heif},
	"msf1": {"image/heif-sequence", (*facts).heif},
	"avif": {"image/avif", (*facts).heif},
	"avis": {"image/avif", (*facts).heif},
	"crx ": {"image/x-canon-cr3", (*facts).cr3},
}

// sniff tells the type of a file by its first bytes. The zero kind is a type
// that is not known, or no still.
func sniff(head []byte) kind {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			if m.mime == "image/x-icon" && !isIcon(head) {
				continue
			}
			return m.kind
		}
	}
	switch {
	case len(head) >= 12 && string(head[4:8]) == "ftyp":
		return sniffBrands(head)
	case len(head) >= 24 && string(head[:12]) == "\x00\x00\x00\x0cjP  \r\n\x87\n":
		return sniff2000(string(head[20:24]))
	case len(head) >= 16 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return kind{"image/webp", (*facts).webp}
	case len(head) >= 14 && string(head[6:14]) == "HEAPCCDR":
		return kind{"image/x-canon-crw", (*facts).crw}
	case isPCX(head):
		return kind{"image/pcx", (*facts).pcx}
	case isBMP(head):
		return kind{"image/bmp", (*facts).bmp}
	case len(head) >= 3 && head[0] == 'P' && head[1] >= '1' && head[1] <= '6' && strings.ContainsRune(" \t\r\n", rune(head[2])):
		return kind{[]string{"image/x-portable-bitmap", "image/x-portable-graymap", "image/x-portable-pixmap"}[(head[1]-'1')%3], (*facts).pnm}
	}
	head = xmp.Plain(head)
	mime := sniffText(head)
	if isXML(head) && mime != "image/svg+xml" && xmp.Is(head) {
		return kind{"application/rdf+xml", (*facts).sidecar}
	}
	return kind{mime: mime}
}

// sniffBrands tells the type of an ISO media file that is a still. Those of rarer
// codecs (ISO 23008-12, annexes E to L) are told by what they are compatible with.
func sniffBrands(head []byte) kind {
	major := string(head[8:12])
	if k, ok := brands[major]; ok || !slices.Contains(rareBrands, major) {
		return k
	}
	end := min(int(binary.BigEndian.Uint32(head)), len(head))
	for at := 16; at+4 <= end; at += 4 {
		if k, ok := brands[string(head[at:at+4])]; ok {
			return k
		}
	}
	return kind{}
}

// rareBrands are those of AVC, JPEG, JPEG 2000, VVC, EVC and plain samples as HEIF.
var rareBrands = []string{"avci", "jpeg", "j2ki", "vvic", "evbi", "unif", "miaf", "MiHE", "MiHB", "MiHA", "1pic"}

func sniff2000(brand string) kind {
	mime := map[string]string{"jp2 ": "image/jp2", "jpx ": "image/jpx", "jpm ": "image/jpm"}[brand]
	if mime == "" {
		return kind{}
	}
	return kind{mime, (*facts).jp2}
}

// isBMP looks at more than two letters, with which much text begins.
func isBMP(head []byte) bool {
	if len(head) < 26 || head[0] != 'B' || head[1] != 'M' {
		return false
	}
	switch binary.LittleEndian.Uint32(head[14:]) {
	case 12, 40, 52, 56, 64, 108, 124, 16:
		return true
	}
	return false
}

// isIcon looks at the first entry of the directory, which video streams do not have.
func isIcon(head []byte) bool {
	return len(head) >= 22 && head[4] > 0 && head[5] == 0 && head[9] == 0 && binary.LittleEndian.Uint32(head[18:]) >= 22
}

// rawPanasonic reads the RAW of Panasonic's and Leica's first cameras.
func (f *facts) rawPanasonic(r *file) {
	if t, ok := tiff.Open(r, 0); ok {
		d := t.Directory(t.First)
		f.exif(d)
		f.panasonic(r, d)
	}
}
