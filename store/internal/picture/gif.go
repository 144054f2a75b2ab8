package picture

import (
	"bytes"
	"encoding/binary"
	"time"
)

// gif reads a GIF (GIF89a specification) and adds up its frames' delays.
func (f *facts) gif(r *file) {
	head := r.Bytes(0, 13)
	if len(head) < 13 {
		return
	}
	f.size(int64(binary.LittleEndian.Uint16(head[6:])), int64(binary.LittleEndian.Uint16(head[8:])))
	g := gifWalk{r: r, at: 13 + table(head[10])}
	for g.block(f) {
	}
	if g.whole && g.frames > 1 {
		f.picture.Duration = g.delays
	}
}

// table is the length of a colour table.
func table(packed byte) int64 {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

type gifWalk struct {
	r      *file
	at     int64
	frames int
	delays time.Duration
	whole  bool
}

// block reads the next block; false at the end, of the file or of the budget.
func (g *gifWalk) block(f *facts) bool {
	b := g.r.Bytes(g.at, 20)
	if len(b) == 0 {
		return false
	}
	switch {
	case b[0] == 0x3b:
		g.whole = true
		return false
	case b[0] == 0x2c && len(b) >= 10:
		g.frames++
		g.at += 10 + table(b[9]) + 1
	case b[0] == 0x21 && len(b) >= 8 && b[1] == 0xf9:
		g.delays += time.Duration(binary.LittleEndian.Uint16(b[4:])) * 10 * time.Millisecond
		g.at += 2
	case bytes.HasPrefix(b, []byte("\x21\xff\x0bXMP DataXMP")):
		g.xmp(f)
	case b[0] == 0x21 && len(b) > 1:
		g.at += 2
	default:
		return false
	}
	return g.skip()
}

// xmp reads a packet, which stands in a GIF as it is, sub-blocks or not, with a
// trailer that leads a walk over sub-blocks out of it (XMP part 3, section 1.1.2).
func (g *gifWalk) xmp(f *facts) {
	g.at += 14
	if f.parsed > 0 {
		return // there is one
	}
	b := g.r.Bytes(g.at, maxPacket)
	if end := bytes.Index(b, []byte("\x01\xff\xfe\xfd")); end >= 0 {
		f.packet(b[:end])
	}
}

// skip passes over sub-blocks up to the empty one.
func (g *gifWalk) skip() bool {
	for {
		b := g.r.Bytes(g.at, 1)
		if len(b) == 0 {
			return false
		}
		g.at += 1 + int64(b[0])
		if b[0] == 0 {
			return true
		}
	}
}
