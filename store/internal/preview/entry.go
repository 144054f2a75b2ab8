package preview

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image/jpeg"

	"homeroll/store/media"
)

// A file of the cache is a JPEG, or why there is none, and a trailer:
//
//	body
//	look    8 bytes, big endian
//	length  4 bytes, of the body
//	sum     4 bytes, CRC-32C of the item's ID, the kind, the body, look and length
//	mark    4 bytes: "hrpv", "hrpc" of a picture that is cut off, "hrpb" of one
//	        that another device made
//
// Whatever shows JPEGs shows it, too: they end before the trailer.
const (
	trailerSize = 20
	markOwn     = "hrpv"
	markCut     = "hrpc"
	markLent    = "hrpb"
)

// maxEntry is more than any preview takes: 1440×1440 at the best quality.
const maxEntry = 8 << 20

var errGarbled = errors.New("preview file is garbled")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is the content of a file of the cache.
type entry struct {
	body []byte
	look Look
	cut  bool // the picture's file ends before it does
	// borrowed: another device made it, and its look is not known.
	borrowed bool
}

// verdict is what Make returns with the look.
func (e entry) verdict() error {
	if e.cut {
		return ErrCut
	}
	return nil
}

// whole reports whether a small preview is as large as the picture, so that it
// is the large one, too: one that was reduced has the length of its size.
func (e entry) whole() bool {
	c, err := jpeg.DecodeConfig(bytes.NewReader(e.body))
	return err == nil && max(c.Width, c.Height) < int(Small)
}

func (e entry) mark() string {
	switch {
	case e.borrowed:
		return markLent
	case e.cut:
		return markCut
	}
	return markOwn
}

// sum covers the name, too, so that a file under another name is not taken.
func sum(id media.ID, kind string, checked []byte) uint32 {
	s := crc32.Update(0, castagnoli, id[:])
	s = crc32.Update(s, castagnoli, []byte(kind))
	return crc32.Update(s, castagnoli, checked)
}

func (e entry) marshal(id media.ID, kind string) []byte {
	b := make([]byte, 0, len(e.body)+trailerSize)
	b = append(b, e.body...)
	b = binary.BigEndian.AppendUint64(b, uint64(e.look))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.body)))
	b = binary.BigEndian.AppendUint32(b, sum(id, kind, b))
	return append(b, e.mark()...)
}

func parseEntry(id media.ID, kind string, b []byte) (entry, error) {
	n := len(b) - trailerSize
	if n < 0 {
		return entry{}, errGarbled
	}
	mark := string(b[n+16:])
	cut, borrowed := mark == markCut, mark == markLent
	if !cut && !borrowed && mark != markOwn ||
		binary.BigEndian.Uint32(b[n+8:]) != uint32(n) ||
		binary.BigEndian.Uint32(b[n+12:]) != sum(id, kind, b[:n+12]) {
		return entry{}, errGarbled
	}
	return entry{body: b[:n:n], look: Look(binary.BigEndian.Uint64(b[n:])), cut: cut, borrowed: borrowed}, nil
}
