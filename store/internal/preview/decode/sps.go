package decode

import (
	"fmt"

	"homeroll/store/internal/preview/colour"
)

// sps is what the sequence parameter set of an HEVC picture says (ITU-T H.265,
// 7.3.2.2 and E.2.1). It is what the decoder goes by, whatever the container says.
type sps struct {
	width, height int // before cropping
	coding        colour.Coding
	coded         bool // coding was read, or is the default since nothing is said
}

// nalSPS is the type of the unit (table 7-1).
const nalSPS = 33

// readSPS reads the first parameter set of an hvcC property (ISO/IEC 14496-15,
// 8.3.3.1).
func readSPS(configuration []byte) (*sps, error) {
	const head = 22
	if len(configuration) < head {
		return nil, fmt.Errorf("%w: a picture without configuration", ErrDamaged)
	}
	c := &cursor{data: configuration[head:]}
	for range c.uint(1) {
		kind := c.uint(1) & 0x3f
		for range c.uint(2) {
			unit := c.take(int(c.uint(2)))
			if c.short {
				return nil, fmt.Errorf("%w: configuration is cut off", ErrDamaged)
			}
			if kind == nalSPS && len(unit) > 2 {
				return parseSPS(unescaped(unit[2:]))
			}
		}
	}
	return nil, fmt.Errorf("%w: a picture without parameter set", ErrDamaged)
}

// unescaped removes the bytes that keep start codes from appearing (7.4.2).
func unescaped(unit []byte) []byte {
	out := make([]byte, 0, len(unit))
	zeros := 0
	for _, b := range unit {
		if zeros >= 2 && b == 3 {
			zeros = 0
			continue
		}
		if b == 0 {
			zeros++
		} else {
			zeros = 0
		}
		out = append(out, b)
	}
	return out
}

// bitReader reads numbers of bits; past the end it gives zeros and is short.
type bitReader struct {
	data  []byte
	at    int
	short bool
}

func (b *bitReader) u(n int) (v uint32) {
	for range n {
		v <<= 1
		if b.at/8 >= len(b.data) {
			b.short = true
			continue
		}
		v |= uint32(b.data[b.at/8]>>(7-b.at%8)) & 1
		b.at++
	}
	return v
}

func (b *bitReader) flag() bool { return b.u(1) == 1 }

// ue reads an Exp-Golomb code (9.2).
func (b *bitReader) ue() int {
	zeros := 0
	for !b.short && zeros < 32 && !b.flag() {
		zeros++
	}
	if zeros >= 32 {
		b.short = true
		return 0
	}
	return int(uint64(1)<<zeros - 1 + uint64(b.u(zeros)))
}

func (b *bitReader) skipUE(n int) {
	for range n {
		b.ue()
	}
}

func parseSPS(data []byte) (*sps, error) {
	b := &bitReader{data: data}
	b.u(4)
	layers := int(b.u(3))
	b.u(1)
	b.skipProfile(layers)
	b.ue()
	if b.ue() == 3 { // chroma format
		b.u(1)
	}
	s := &sps{width: b.ue(), height: b.ue(), coding: colour.Coding{Primaries: 1, Transfer: 13, Matrix: 6}}
	if b.short || s.width <= 0 || s.height <= 0 {
		return nil, fmt.Errorf("%w: parameter set is cut off", ErrDamaged)
	}
	s.coded = b.toVUI(layers) && b.readCoding(&s.coding) && !b.short
	return s, nil
}

// skipProfile skips profile_tier_level (7.3.3).
func (b *bitReader) skipProfile(layers int) {
	const profileBits, levelBits = 88, 8
	b.at += profileBits + levelBits
	var profile, level [8]bool
	for k := range layers {
		profile[k], level[k] = b.flag(), b.flag()
	}
	if layers > 0 {
		b.u(2 * (8 - layers))
	}
	for k := range layers {
		if profile[k] {
			b.at += profileBits
		}
		if level[k] {
			b.at += levelBits
		}
	}
}

// toVUI skips what stands between the size and the usability information;
// false if it cannot be skipped.
func (b *bitReader) toVUI(layers int) bool {
	if b.flag() { // cropping
		b.skipUE(4)
	}
	b.skipUE(2) // depths
	pocBits := b.ue() + 4
	if pocBits > 16 {
		return false
	}
	if b.flag() {
		b.skipUE(3 * (layers + 1))
	} else {
		b.skipUE(3)
	}
	b.skipUE(6)
	if listed := b.flag(); listed && b.flag() {
		b.skipScalingLists()
	}
	b.u(2)
	if b.flag() { // PCM
		b.u(8)
		b.skipUE(2)
		b.u(1)
	}
	if !b.skipReferences(pocBits) {
		return false
	}
	b.u(2)
	return !b.short
}

// skipScalingLists skips scaling_list_data (7.3.4).
func (b *bitReader) skipScalingLists() {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !b.flag() {
				b.ue()
				continue
			}
			if size > 1 {
				b.ue()
			}
			b.skipUE(min(64, 1<<(4+2*size)))
		}
	}
}

// skipReferences skips the reference picture sets, of which a still has none
// that depend on others.
func (b *bitReader) skipReferences(pocBits int) bool {
	sets := b.ue()
	if sets > 64 {
		return false
	}
	for k := range sets {
		if k > 0 && b.flag() {
			return false
		}
		pictures := b.ue() + b.ue()
		if pictures > 32 {
			return false
		}
		for range pictures {
			b.ue()
			b.u(1)
		}
	}
	if b.flag() { // long-term
		n := b.ue()
		if n > 32 {
			return false
		}
		for range n {
			b.u(pocBits + 1)
		}
	}
	return true
}

// readCoding reads the beginning of the usability information; what is not said keeps its default.
func (b *bitReader) readCoding(c *colour.Coding) bool {
	if !b.flag() {
		return true
	}
	const extended = 255
	if b.flag() && b.u(8) == extended {
		b.u(32)
	}
	if b.flag() { // overscan
		b.u(1)
	}
	if !b.flag() {
		return true
	}
	b.u(3)
	c.Full = b.flag()
	if b.flag() {
		c.Primaries, c.Transfer, c.Matrix = int(b.u(8)), int(b.u(8)), int(b.u(8))
	}
	return true
}

// plausible refuses a coded size that is far from what the container says: then
// the limits would have been asked about another picture.
func (s *sps) plausible(w, h int) error {
	const slack = 128 // twice the largest coding block
	if s.width > w+slack || s.height > h+slack {
		return fmt.Errorf("%w: %d×%d pixels are called %d×%d", ErrDamaged, s.width, s.height, w, h)
	}
	return nil
}

// inBand finds a parameter set among the units of a coded picture, which would
// overrule that of the configuration.
func inBand(data []byte, lengthSize int) bool {
	for len(data) > lengthSize {
		length := 0
		for _, b := range data[:lengthSize] {
			length = length<<8 | int(b)
		}
		data = data[lengthSize:]
		if data[0]>>1&0x3f == nalSPS {
			return true
		}
		data = data[min(length, len(data)):]
	}
	return false
}

// lengthSize is how many bytes tell the length of a unit.
func lengthSize(configuration []byte) int { return int(configuration[21]&3) + 1 }
