package pieces

import (
	"encoding/binary"
)

// How much of a structure is gone through.
const (
	maxSegments = 1 << 10 // of a JPEG before its pixels
	maxBoxes    = 1 << 10 // at the top level of a movie
	maxPixels   = 64      // stretches of pixels
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	soi = 0xd8
	eoi = 0xd9
	sos = 0xda
)

// jpeg goes through the segments up to the first SOS marker, where the pixels
// begin. What follows them, a maker's trailer or a motion photo's video, goes with
// them. A file without that marker has none.
func (l *Layout) jpeg() ([]span, error) {
	var b [4]byte
	at := int64(2)
	for range maxSegments {
		if at+4 > l.size {
			return nil, nil
		}
		if err := l.read(b[:], at); err != nil {
			return nil, err
		}
		switch {
		case b[0] != 0xff:
			return nil, nil
		case b[1] == 0xff:
			at++ // a fill byte
			continue
		case b[1] == sos:
			return []span{{at, l.size}}, nil
		case b[1] < 0xc0 || b[1] >= 0xd0 && b[1] <= eoi:
			return nil, nil
		}
		at += 2 + int64(binary.BigEndian.Uint16(b[2:]))
	}
	return nil, nil
}

// boxes goes through the boxes at the top level (ISO 14496-12). The contents of
// mdat are pixels if there is a moov box: HEIC and AVIF have none, and keep
// their tags within mdat.
func (l *Layout) boxes() (found []span, err error) {
	movie := false
	at := int64(0)
	for range maxBoxes {
		kind, body, end, err := l.box(at)
		if err != nil {
			return nil, err
		}
		if end < 0 {
			break
		}
		switch kind {
		case "moov":
			movie = true
		case "mdat":
			if len(found) < maxPixels {
				found = append(found, span{body, end})
			}
		}
		at = end
	}
	if !movie {
		return nil, nil
	}
	return found, nil
}

// box reads the head of a box; its end is negative if there is none.
func (l *Layout) box(at int64) (kind string, body, end int64, err error) {
	var b [16]byte
	n := min(int64(len(b)), l.size-at)
	if n < 8 {
		return "", 0, -1, nil
	}
	if err := l.read(b[:n], at); err != nil {
		return "", 0, 0, err
	}
	kind, body = string(b[4:8]), at+8
	size := uint64(binary.BigEndian.Uint32(b[:]))
	switch {
	case size == 0:
		size = uint64(l.size - at)
	case size == 1 && n == 16:
		size, body = binary.BigEndian.Uint64(b[8:]), at+16
	}
	if size < uint64(body-at) || size > uint64(l.size-at) {
		return "", 0, -1, nil
	}
	return kind, body, at + int64(size), nil
}

// isBox reports whether a movie may begin with a box of that name.
func isBox(kind string) bool {
	switch kind {
	case "ftyp", "moov", "mdat", "wide", "free", "skip", "pnot":
		return true
	}
	return false
}
