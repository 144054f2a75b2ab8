package picture

import (
	"bytes"
	"encoding/binary"
	"time"
)

// webp reads a WebP (RFC 9649) and adds up its frames' durations.
func (f *facts) webp(r *file) {
	const most = 20_000
	at := int64(12)
	var frames int
	var length time.Duration
	for range most {
		head := r.peek(at, 8)
		if len(head) < 8 {
			break
		}
		size := int64(binary.LittleEndian.Uint32(head[4:]))
		body := at + 8
		switch string(head[:4]) {
		case "VP8X":
			if b := r.Bytes(body, 10); len(b) == 10 {
				f.size(little24(b[4:])+1, little24(b[7:])+1)
			}
		case "VP8 ":
			f.vp8(r.Bytes(body, 10))
		case "VP8L":
			f.vp8l(r.Bytes(body, 5))
		case "ANMF":
			if b := r.peek(body, 16); len(b) == 16 {
				frames++
				length += time.Duration(little24(b[12:])) * time.Millisecond
			}
		case "EXIF":
			b := r.Bytes(body, int(min(size, maxChunk)))
			f.exifBlock(block(bytes.TrimPrefix(b, []byte("Exif\x00\x00"))), 0)
		case "XMP ", "XMP\x00":
			f.packet(r.Bytes(body, int(min(size, maxPacket))))
		}
		at = body + size + size&1
	}
	if frames > 1 {
		f.picture.Duration = length
	}
}

func little24(b []byte) int64 { return int64(b[0]) | int64(b[1])<<8 | int64(b[2])<<16 }

// vp8 reads the size from a key frame's header (RFC 6386, section 9.1).
func (f *facts) vp8(b []byte) {
	if len(b) == 10 && bytes.Equal(b[3:6], []byte{0x9d, 0x01, 0x2a}) {
		f.size(int64(binary.LittleEndian.Uint16(b[6:])&0x3fff), int64(binary.LittleEndian.Uint16(b[8:])&0x3fff))
	}
}

func (f *facts) vp8l(b []byte) {
	if len(b) == 5 && b[0] == 0x2f {
		bits := int64(binary.LittleEndian.Uint32(b[1:]))
		f.size(bits&0x3fff+1, bits>>14&0x3fff+1)
	}
}
