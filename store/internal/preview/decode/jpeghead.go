package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"homeroll/store/internal/preview/colour"
)

// Markers of a JPEG (ITU-T T.81, table B.1).
const (
	markSOF0  = 0xc0
	markSOF2  = 0xc2
	markDHT   = 0xc4
	markJPG   = 0xc8
	markDAC   = 0xcc
	markRST0  = 0xd0
	markSOI   = 0xd8
	markEOI   = 0xd9
	markSOS   = 0xda
	markDQT   = 0xdb
	markDRI   = 0xdd
	markAPP2  = 0xe2
	markAPP14 = 0xee
	markTEM   = 0x01
)

// jpegHead is what a JPEG says before, and between, its scans.
type jpegHead struct {
	frame         byte // the SOF marker
	width, height int
	components    []jpegComponent
	adobe         bool // there is an Adobe segment
	transform     byte // of that: 0 = none
	icc           []byte
	scans         int
	visits        int64 // blocks that all scans together pass over
	firstScan     int   // components in the first scan
	ended         bool  // a baseline scan is followed by a marker, the last of others by an EOI
}

type jpegComponent struct {
	id     byte
	ssX    int
	ssY    int
	table  byte // of quantities
	blocks int64
}

// readJPEG walks the segments. A baseline JPEG is left at its first scan, which
// holds all; a progressive one is walked to its end, since its scans are its cost.
func readJPEG(data []byte) (*jpegHead, error) {
	h := &jpegHead{}
	var profile iccParts
	for at := 2; ; {
		marker, next := nextMarker(data, at)
		if next < 0 {
			break
		}
		at = next
		if marker == markEOI {
			h.ended = true
			break
		}
		if marker == markTEM || marker == markSOI || marker&^7 == markRST0 {
			continue
		}
		if at+2 > len(data) {
			break
		}
		length := int(binary.BigEndian.Uint16(data[at:]))
		if length < 2 || at+length > len(data) {
			break
		}
		segment := data[at+2 : at+length]
		at += length
		switch {
		case marker == markSOS:
			if h.frame == 0 {
				return nil, fmt.Errorf("%w: a scan comes before the frame", ErrDamaged)
			}
			h.scan(segment)
			if !h.progressive() && h.firstScan >= len(h.components) {
				h.ended = afterScan(data, at) < len(data)
				h.icc = profile.join()
				return h, nil
			}
			at = afterScan(data, at)
		case marker == markAPP2:
			profile.add(segment)
		case marker == markAPP14 && bytes.HasPrefix(segment, []byte("Adobe")):
			h.adobe = true
			if len(segment) >= 12 {
				h.transform = segment[11]
			}
		case isFrame(marker) && h.frame == 0:
			h.frame = marker
			if err := h.readFrame(segment); err != nil {
				return nil, err
			}
		}
	}
	if h.scans == 0 {
		return nil, fmt.Errorf("%w: it has no scan", ErrDamaged)
	}
	h.icc = profile.join()
	return h, nil
}

func (h *jpegHead) progressive() bool { return h.frame == markSOF2 }

// rgb reports whether three channels are RGB, by the same signs as the decoders.
func (h *jpegHead) rgb() bool {
	c := h.components
	return len(c) == 3 && (h.adobe && h.transform == 0 || c[0].id == 'R' && c[1].id == 'G' && c[2].id == 'B')
}

func isFrame(marker byte) bool {
	return marker >= markSOF0 && marker <= 0xcf && marker != markDHT && marker != markJPG && marker != markDAC
}

// nextMarker returns the marker at or after a position and what follows it; -1 at the end.
func nextMarker(data []byte, at int) (marker byte, next int) {
	for at < len(data) {
		skip := bytes.IndexByte(data[at:], 0xff)
		if skip < 0 {
			return 0, -1
		}
		for at += skip; at < len(data) && data[at] == 0xff; at++ {
		}
		if at < len(data) && data[at] != 0 {
			return data[at], at + 1
		}
	}
	return 0, -1
}

// afterScan skips entropy-coded data, in which 0xFF is followed by 0 or RSTn.
func afterScan(data []byte, at int) int {
	for {
		skip := bytes.IndexByte(data[at:], 0xff)
		if skip < 0 || at+skip+1 >= len(data) {
			return len(data)
		}
		at += skip
		if follows := data[at+1]; follows != 0 && follows&^7 != markRST0 {
			return at
		}
		at += 2
	}
}

func (h *jpegHead) readFrame(segment []byte) error {
	if len(segment) < 6 || len(segment) < 6+3*int(segment[5]) {
		return fmt.Errorf("%w: its frame is cut off", ErrDamaged)
	}
	h.height, h.width = int(binary.BigEndian.Uint16(segment[1:])), int(binary.BigEndian.Uint16(segment[3:]))
	most := 1
	for k := range int(segment[5]) {
		c := segment[6+3*k:]
		h.components = append(h.components, jpegComponent{id: c[0], ssX: int(c[1] >> 4), ssY: int(c[1] & 15), table: c[2]})
		most = max(most, int(c[1]>>4), int(c[1]&15))
	}
	if n := len(h.components); n == 0 || n > 4 {
		return fmt.Errorf("%w: it has %d components", ErrDamaged, n)
	}
	mcuX, mcuY := 1, 1
	for _, c := range h.components {
		mcuX, mcuY = max(mcuX, c.ssX), max(mcuY, c.ssY)
	}
	across, down := int64((h.width+8*mcuX-1)/(8*mcuX)), int64((h.height+8*mcuY-1)/(8*mcuY))
	for k := range h.components {
		c := &h.components[k]
		c.blocks = across * down * int64(max(c.ssX, 1)) * int64(max(c.ssY, 1))
	}
	return nil
}

func (h *jpegHead) blocks() (n int64) {
	for _, c := range h.components {
		n += c.blocks
	}
	return n
}

func (h *jpegHead) samples() int64 { return h.blocks() * 64 }

func (h *jpegHead) subsampled() bool {
	for _, c := range h.components {
		if c.ssX != h.components[0].ssX || c.ssY != h.components[0].ssY {
			return true
		}
	}
	return false
}

func (h *jpegHead) scan(segment []byte) {
	h.scans++
	if len(segment) == 0 {
		return
	}
	n := int(segment[0])
	if h.scans == 1 {
		h.firstScan = n
	}
	for k := range min(n, (len(segment)-1)/2) {
		for _, c := range h.components {
			if c.id == segment[1+2*k] {
				h.visits += c.blocks
			}
		}
	}
}

// iccParts are the segments of a profile (ICC.1:2022, B.4), by their number.
type iccParts map[byte][]byte

func (p *iccParts) add(segment []byte) {
	const head = "ICC_PROFILE\x00"
	if len(segment) < len(head)+2 || string(segment[:len(head)]) != head {
		return
	}
	if *p == nil {
		*p = iccParts{}
	}
	(*p)[segment[len(head)]] = segment[len(head)+2:]
}

func (p iccParts) join() []byte {
	var whole []byte
	for k := range len(p) {
		whole = append(whole, p[byte(k+1)]...)
		if len(whole) > colour.MaxICC {
			return nil
		}
	}
	return whole
}
