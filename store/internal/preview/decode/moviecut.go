package decode

import (
	"encoding/binary"
	"io"
)

// CutMovie reports whether an MP4 or QuickTime file ends within its samples or
// their index. What follows them and is no box says nothing.
func CutMovie(file io.ReaderAt, size int64) bool {
	at := int64(0)
	for range maxTopBoxes {
		var head [16]byte
		if n, _ := file.ReadAt(head[:], at); n < 8 {
			return false
		}
		length := int64(binary.BigEndian.Uint32(head[:]))
		if length == 1 {
			length = int64(binary.BigEndian.Uint64(head[8:]))
		}
		kind := string(head[4:8])
		if at == 0 && kind != "ftyp" && kind != "moov" && kind != "mdat" && kind != "wide" || length < 8 {
			return false
		}
		if length > size-at {
			return kind == "mdat" || kind == "moov" || kind == "moof"
		}
		at += length
	}
	return false
}
