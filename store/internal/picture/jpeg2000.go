package picture

import (
	"encoding/binary"

	"homeroll/store/internal/picture/tiff"
)

// Boxes with an ID of their own that hold metadata, in JPEG 2000 and in CR3.
var (
	uuidXMP  = [16]byte{0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac}
	uuidExif = [16]byte{'J', 'p', 'g', 'T', 'i', 'f', 'f', 'E', 'x', 'i', 'f', '-', '>', 'J', 'P', '2'}
)

// jp2 reads a JPEG 2000 file (ISO 15444-1, annex I).
func (f *facts) jp2(r *file) {
	for b := range boxes(r, 0, r.size) {
		switch b.kind {
		case "jp2h":
			if h, ok := find(r, b.body, b.end, "ihdr"); ok {
				if s := content(r, h, 8); len(s) == 8 {
					f.size(int64(binary.BigEndian.Uint32(s[4:])), int64(binary.BigEndian.Uint32(s)))
				}
			}
		case "jp2c":
			f.codestream2000(r, b.body)
		case "uuid":
			f.uuid(r, b)
		case "xml ": // where some put XMP, against its specification
			f.packet(content(r, b, maxPacket))
		}
	}
}

func (f *facts) uuid(source tiff.Source, b box) {
	switch b.id {
	case uuidXMP:
		f.packet(content(source, b, maxPacket))
	case uuidExif:
		f.exifBlock(block(content(source, b, maxChunk)), 0)
	}
}

// codestream2000 reads the size from the first marker segment (ISO 15444-1, A.5.1).
func (f *facts) codestream2000(source tiff.Source, at int64) {
	b := source.Bytes(at, 24)
	if len(b) < 24 || string(b[:4]) != "\xff\x4f\xff\x51" {
		return
	}
	right, bottom := int64(binary.BigEndian.Uint32(b[8:])), int64(binary.BigEndian.Uint32(b[12:]))
	f.size(right-int64(binary.BigEndian.Uint32(b[16:])), bottom-int64(binary.BigEndian.Uint32(b[20:])))
}
