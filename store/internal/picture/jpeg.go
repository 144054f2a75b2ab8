package picture

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

// Markers of JPEG (ITU T.81, table B.1).
const (
	markerSOI  = 0xd8
	markerEOI  = 0xd9
	markerSOS  = 0xda
	markerAPP0 = 0xe0
	markerAPP1 = 0xe1
	markerAPPD = 0xed
)

var (
	exifHead     = []byte("Exif\x00")
	xmpHead      = []byte("http://ns.adobe.com/xap/1.0/\x00")
	extendedHead = []byte("http://ns.adobe.com/xmp/extension/\x00")
	adobeHead    = []byte("Photoshop 3.0\x00")
)

// segment is one marker segment of a JPEG.
type segment struct {
	marker byte
	at     int64 // of its body
	size   int64
}

// segments walks the segments of a JPEG at an offset, up to its pixels.
func segments(f *file, at int64, each func(segment)) {
	const most = 4096
	at += 2
	for range most {
		head := f.Bytes(at, 4)
		if len(head) < 2 {
			return
		}
		if head[0] != 0xff {
			// Editors that do not know a segment leave some of it behind.
			if at = nextMarker(f, at); at == 0 {
				return
			}
			continue
		}
		marker := head[1]
		switch {
		case marker == 0xff: // fill
			at++
			continue
		case marker == 0x00 || marker == 0x01 || marker >= 0xd0 && marker <= markerSOI: // without a body
			at += 2
			continue
		case marker == markerSOS || marker == markerEOI || len(head) < 4:
			return
		}
		size := int64(binary.BigEndian.Uint16(head[2:]))
		if size < 2 {
			return
		}
		each(segment{marker, at + 4, size - 2})
		at += 2 + size
	}
}

// nextMarker is where the next marker of a segment stands, within reach; 0 = none.
func nextMarker(f *file, at int64) int64 {
	const reach = 64 << 10
	b := f.Bytes(at, reach)
	for i := 0; i+1 < len(b); i++ {
		if b[i] == 0xff && b[i+1] >= 0xc0 && b[i+1] < 0xff {
			return at + int64(i)
		}
	}
	return 0
}

func isFrame(marker byte) bool {
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc
}

// frameSize is the size that a frame header states.
func frameSize(b []byte) (width, height int64) {
	if len(b) < 5 {
		return 0, 0
	}
	return int64(binary.BigEndian.Uint16(b[3:])), int64(binary.BigEndian.Uint16(b[1:]))
}

// jpeg reads a JPEG (ITU T.81) that begins at an offset.
func (f *facts) jpeg(r *file, at int64) {
	extended := extendedXMP{}
	var heaps []segment // whose size is the camera's, not that of an edited picture
	segments(r, at, func(s segment) {
		switch {
		case isFrame(s.marker):
			f.size(frameSize(r.Bytes(s.at, 5)))
		case s.marker == markerAPP1:
			f.app1(r, s, &extended)
		case s.marker == markerAPP0:
			if b := r.Bytes(s.at, 14); len(b) == 14 && string(b[6:]) == "HEAPJPGM" {
				heaps = append(heaps, s)
			}
		case s.marker == markerAPPD:
			if b := r.Bytes(s.at, len(adobeHead)); bytes.Equal(b, adobeHead) {
				f.resources(part{r, s.at, s.size}, int64(len(adobeHead)), s.size)
			}
		}
	})
	for _, s := range heaps {
		f.ciff(part{r, s.at, s.size}, s.size)
	}
	if b := extended.packet(f.xmp.Get("xmpNote:HasExtendedXMP")); b != nil {
		f.packet(b)
	}
}

func (f *facts) app1(r *file, s segment, extended *extendedXMP) {
	head := r.Bytes(s.at, 80)
	switch {
	case bytes.HasPrefix(head, exifHead):
		f.exifBlock(part{r, s.at + 6, s.size - 6}, 0)
	case bytes.HasPrefix(head, xmpHead):
		n := int64(len(xmpHead))
		f.packet(r.Bytes(s.at+n, int(s.size-n)))
	case bytes.HasPrefix(head, extendedHead):
		n := int64(len(extendedHead))
		extended.add(r.Bytes(s.at+n, int(s.size-n)))
	}
}

// extendedXMP gathers a packet that is too long for one segment (XMP part 3,
// section 1.1.3.1): an MD5 sum in hex that the first packet names, the whole
// length, the offset of this piece, and the piece.
type extendedXMP struct {
	guid   string
	whole  []byte
	filled int
}

func (x *extendedXMP) add(b []byte) {
	const head = 32 + 4 + 4
	if len(b) < head {
		return
	}
	guid := string(b[:32])
	size, offset := binary.BigEndian.Uint32(b[32:]), binary.BigEndian.Uint32(b[36:])
	if x.whole == nil {
		if size == 0 || size > maxPacket {
			return
		}
		x.guid, x.whole = guid, make([]byte, size)
	}
	piece := b[head:]
	if guid != x.guid || int64(offset)+int64(len(piece)) > int64(len(x.whole)) {
		return
	}
	copy(x.whole[offset:], piece)
	x.filled += len(piece)
}

// packet is the whole, if it is complete and the one that is named.
func (x *extendedXMP) packet(guid string) []byte {
	if x.whole == nil || x.filled < len(x.whole) || guid != x.guid {
		return nil
	}
	return x.whole
}

// number reads a whole number of XMP.
func number(s string) int64 {
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return v
}
