package filetype

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// SniffLen is how many first bytes Sniff looks at.
const SniffLen = 400

// Sniff reports whether the first bytes of a file are those of a picture or a
// video. It knows containers by their published signatures and would rather
// miss an exotic one than take a document for a picture.
func Sniff(head []byte) bool {
	for _, m := range magics {
		if len(head) >= m.at+len(m.bytes) && string(head[m.at:m.at+len(m.bytes)]) == m.bytes {
			return m.and == nil || m.and(head)
		}
	}
	return isTransportStream(head)
}

// magic is a signature at an offset, and what else must hold.
type magic struct {
	at    int
	bytes string
	and   func(head []byte) bool
}

var magics = []magic{
	{0, "\xff\xd8\xff", nil},                         // JPEG
	{0, "\x89PNG\r\n\x1a\n", nil},                    // PNG
	{0, "GIF87a", nil},                               // GIF
	{0, "GIF89a", nil},                               // GIF
	{0, "RIFF", isRIFF},                              // WebP, AVI
	{4, "ftyp", isISO},                               // HEIF, AVIF, MP4, QuickTime, CR3
	{4, "moov", nil},                                 // old QuickTime
	{4, "mdat", nil},                                 // old QuickTime
	{4, "wide\x00\x00", nil},                         // old QuickTime
	{0, "II\x2a\x00", nil},                           // TIFF and most raw formats
	{0, "MM\x00\x2a", nil},                           // the same, big-endian
	{0, "IIRO", nil},                                 // ORF
	{0, "IIRS", nil},                                 // ORF
	{0, "IIU\x00", nil},                              // RW2
	{0, "II\x1a\x00\x00\x00HEAPCCDR", nil},           // CRW
	{0, "FUJIFILMCCD-RAW", nil},                      // RAF
	{0, "FOVb", nil},                                 // X3F
	{0, "\x00MRM", nil},                              // MRW
	{0, "\xff\x0a", nil},                             // JPEG XL codestream
	{0, "\x00\x00\x00\x0cJXL \r\n\x87\n", nil},       // JPEG XL container
	{0, "\x00\x00\x00\x0cjP  \r\n\x87\n", nil},       // JPEG 2000
	{0, "\xff\x4f\xff\x51", nil},                     // JPEG 2000 codestream
	{0, "\x1a\x45\xdf\xa3", isMatroska},              // MKV, WebM
	{0, "\x00\x00\x01\xba", nil},                     // MPEG program stream
	{0, "\x00\x00\x01\xb3", nil},                     // MPEG video
	{0, "BM", isBMP},                                 // BMP
	{0, "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6", nil}, // ASF, WMV
	{0, "FLV\x01", nil},                              // FLV
}

// isRIFF leaves out sounds and other RIFF forms.
func isRIFF(head []byte) bool {
	return len(head) >= 12 && (string(head[8:12]) == "WEBP" || string(head[8:12]) == "AVI ")
}

// isISO leaves out brands of pure sound (ISO/IEC 14496-12).
func isISO(head []byte) bool {
	if len(head) < 12 {
		return false
	}
	return !slices.Contains([]string{"M4A ", "M4B ", "M4P ", "F4A ", "F4B ", "aax ", "jp2 "}, string(head[8:12]))
}

func isMatroska(head []byte) bool {
	return bytes.Contains(head, []byte("matroska")) || bytes.Contains(head, []byte("webm"))
}

// isBMP asks for a known header size, since "BM" alone begins many texts.
func isBMP(head []byte) bool {
	if len(head) < 18 {
		return false
	}
	return slices.Contains([]uint32{12, 40, 52, 56, 64, 108, 124}, binary.LittleEndian.Uint32(head[14:]))
}

// isTransportStream finds the sync byte of three packets, which are 188 bytes
// long, or 192 with the time code of AVCHD.
func isTransportStream(head []byte) bool {
	for _, f := range []struct{ at, step int }{{0, 188}, {4, 192}} {
		if last := f.at + 2*f.step; len(head) > last && head[f.at] == 0x47 && head[f.at+f.step] == 0x47 && head[last] == 0x47 {
			return true
		}
	}
	return false
}
