package movie

import (
	"bytes"
	"fmt"
)

// h264 reads what a stream of H.264 (ITU-T H.264) says at its start: the
// dimensions in its sequence parameters, and the notes of the camera, the
// modified digital video pack metadata of AVCHD, in its unregistered user data.
func (m *movie) h264(stream []byte) {
	for len(stream) > 4 {
		i := bytes.Index(stream, []byte{0, 0, 1})
		if i < 0 || i+4 > len(stream) {
			return
		}
		stream = stream[i+3:]
		end := bytes.Index(stream, []byte{0, 0, 1})
		if end < 0 {
			end = len(stream)
		}
		switch stream[0] & 0x1f {
		case 7:
			m.sequence(unescape(stream[1:end]))
		case 6:
			m.supplement(unescape(stream[1:end]))
		}
	}
}

// unescape removes the bytes that keep a unit free of start codes (7.3.1).
func unescape(b []byte) []byte {
	return bytes.ReplaceAll(b, []byte{0, 0, 3}, []byte{0, 0})
}

// bits reads numbers of some bits. Beyond the end there are zeros.
type bits struct {
	b    []byte
	at   int
	over bool
}

func (r *bits) one() uint {
	if r.at>>3 >= len(r.b) {
		r.over = true
		return 0
	}
	v := uint(r.b[r.at>>3]>>(7-r.at&7)) & 1
	r.at++
	return v
}

func (r *bits) take(n int) (v uint) {
	for range n {
		v = v<<1 | r.one()
	}
	return v
}

// golomb reads an exponential Golomb code (9.1).
func (r *bits) golomb() uint {
	zeros := 0
	for r.one() == 0 && !r.over && zeros < 32 {
		zeros++
	}
	return 1<<zeros - 1 + r.take(zeros)
}

// sequence reads the dimensions of a sequence parameter set (7.3.2.1.1).
func (m *movie) sequence(b []byte) {
	if len(b) < 4 {
		return
	}
	profile := b[0]
	r := &bits{b: b, at: 24}
	r.golomb() // identifier
	chroma := uint(1)
	if highProfile(profile) {
		chroma = r.golomb()
		if chroma == 3 {
			r.take(1)
		}
		r.golomb()
		r.golomb()
		r.take(1)
		if r.take(1) == 1 {
			scalingLists(r, chroma)
		}
	}
	r.golomb()
	order(r)
	r.golomb()
	r.take(1)
	width, height := (r.golomb()+1)*16, (r.golomb()+1)*16
	frames := r.take(1)
	if frames == 0 {
		height *= 2
		r.take(1)
	}
	r.take(1)
	if r.take(1) == 1 {
		x, y := cropUnits(chroma, frames)
		width -= min(width, x*(r.golomb()+r.golomb()))
		height -= min(height, y*(r.golomb()+r.golomb()))
	}
	if !r.over && width > 0 && width <= 1<<15 && height > 0 && height <= 1<<15 {
		m.dimensions(int(width), int(height))
	}
}

func highProfile(p byte) bool {
	return bytes.IndexByte([]byte{100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}, p) >= 0
}

// order skips what is said of the order of pictures.
func order(r *bits) {
	switch r.golomb() {
	case 0:
		r.golomb()
	case 1:
		r.take(1)
		r.golomb()
		r.golomb()
		for n := min(r.golomb(), 255); n > 0; n-- {
			r.golomb()
		}
	}
}

// scalingLists skips matrices (7.3.2.1.1.1).
func scalingLists(r *bits, chroma uint) {
	lists := 8
	if chroma == 3 {
		lists = 12
	}
	for i := range lists {
		if r.take(1) == 0 {
			continue
		}
		size := 16
		if i >= 6 {
			size = 64
		}
		last, next := 8, 8
		for range size {
			if next != 0 {
				v := r.golomb()
				delta := int(v+1) / 2
				if v%2 == 0 {
					delta = -delta
				}
				next = (last + delta + 256) & 0xff
			}
			if next != 0 {
				last = next
			}
		}
	}
}

// cropUnits are the samples that a step of cropping takes away (equations 7-19
// to 7-22).
func cropUnits(chroma, frames uint) (x, y uint) {
	x, y = 1, 2-frames
	if chroma == 1 || chroma == 2 {
		x = 2
	}
	if chroma == 1 {
		y *= 2
	}
	return x, y
}

// mdpmID marks the camera's notes in user data.
const mdpmID = "\x17\xee\x8c\x60\xf8\x4d\x11\xd9\x8c\xd6\x08\x00\x20\x0c\x9a\x66MDPM"

// supplement goes through supplemental enhancement information (7.3.2.3).
func (m *movie) supplement(b []byte) {
	for len(b) >= 2 && b[0] != 0x80 {
		var kind, size int
		if kind, b = lengthOf(b); len(b) == 0 {
			return
		}
		size, b = lengthOf(b)
		if size > len(b) {
			return
		}
		if kind == 5 && bytes.HasPrefix(b[:size], []byte(mdpmID)) {
			m.notes(b[len(mdpmID):size])
		}
		b = b[size:]
	}
}

// lengthOf reads a number that is written as a row of 255s and a rest.
func lengthOf(b []byte) (n int, rest []byte) {
	for len(b) > 0 && b[0] == 0xff && n < 1<<20 {
		n, b = n+255, b[1:]
	}
	if len(b) == 0 {
		return n, nil
	}
	return n + int(b[0]), b[1:]
}

// notes reads the packs of the camera: a number of them, then a tag and four
// bytes each.
func (m *movie) notes(b []byte) {
	if len(b) == 0 {
		return
	}
	pack := map[byte][]byte{}
	count, b := int(b[0]), b[1:]
	for range count {
		if len(b) < 5 {
			break
		}
		pack[b[0]] = b[1:5]
		b = b[5:]
	}
	if date, clock := pack[0x18], pack[0x19]; date != nil && clock != nil {
		m.text(byOriginal, packTime(date, clock), "H264 DateTimeOriginal")
	}
	m.packMaker(pack)
	m.packPlace(pack)
}

// packTime writes out a date: a byte of the zone (0x40 summer time, 0x20 west,
// 0x1e hours, 0x01 half an hour), then digits.
func packTime(date, clock []byte) string {
	zone, sign, half := date[0], '+', "00"
	if zone&0x20 != 0 {
		sign = '-'
	}
	if zone&1 != 0 {
		half = "30"
	}
	text := fmt.Sprintf("%02x%02x:%02x:%02x %02x:%02x:%02x", date[1], date[2], date[3], clock[0], clock[1], clock[2], clock[3])
	if zone == 0xff {
		return text
	}
	return fmt.Sprintf("%s%c%02d:%s", text, sign, zone>>1&0xf, half)
}

// packMakers are the makers by their numbers.
var packMakers = map[uint16]string{0x0103: "Panasonic", 0x0108: "Sony", 0x1011: "Canon", 0x1104: "JVC"}

func (m *movie) packMaker(pack map[byte][]byte) {
	maker := packMakers[be16(pack[0xe0], 0)]
	m.madeBy(byMaker, maker)
	if maker == "Sony" {
		name := append(append(append([]byte{}, pack[0xe4]...), pack[0xe5]...), pack[0xe6]...)
		m.modelled(byMaker, cleanText(name))
	}
}

// packPlace reads the place, as in EXIF: degrees, minutes and seconds as
// fractions of 16 bits.
func (m *movie) packPlace(pack map[byte][]byte) {
	lat, ok := packAngle(pack, 0xb2)
	lon, okLon := packAngle(pack, 0xb6)
	if !ok || !okLon {
		return
	}
	if ref := pack[0xb1]; len(ref) > 0 && ref[0] == 'S' {
		lat = -lat
	}
	if ref := pack[0xb5]; len(ref) > 0 && ref[0] == 'W' {
		lon = -lon
	}
	p, ok := position(lat, lon)
	m.where(byMaker, p, ok)
}

func packAngle(pack map[byte][]byte, tag byte) (angle float64, ok bool) {
	unit := 1.0
	for i := range byte(3) {
		v := pack[tag+i]
		if v == nil || be16(v, 2) == 0 {
			return 0, false
		}
		angle += float64(be16(v, 0)) / float64(be16(v, 2)) / unit
		unit *= 60
	}
	return angle, true
}
