package picture

// jxl reads a JPEG XL: a codestream (ISO 18181-1) alone, or in boxes (18181-2).
// Metadata that is packed with Brotli stays unread.
func (f *facts) jxl(r *file) {
	if head := r.Bytes(0, 32); len(head) > 2 && head[0] == 0xff {
		f.jxlSize(head)
		return
	}
	for b := range boxes(r, 0, r.size) {
		switch b.kind {
		case "jxlc":
			f.jxlSize(content(r, b, 32))
		case "jxlp": // the first part, behind its number
			if p := content(r, b, 36); len(p) > 4 && p[3] == 0 {
				f.jxlSize(p[4:])
			}
		case "Exif":
			f.exifItem(content(r, b, maxChunk))
		case "xml ":
			f.packet(content(r, b, maxPacket))
		}
	}
}

// ratios are the shapes that need no width (ISO 18181-1, SizeHeader).
var ratios = [8][2]int64{{}, {1, 1}, {12, 10}, {4, 3}, {3, 2}, {16, 9}, {5, 4}, {2, 1}}

// jxlSize reads the size header behind the codestream's signature.
func (f *facts) jxlSize(b []byte) {
	if len(b) < 2 || b[0] != 0xff || b[1] != 0x0a {
		return
	}
	x := bits{b: b[2:]}
	small := x.take(1) == 1
	height := x.size(small)
	if ratio := ratios[x.take(3)]; ratio[0] != 0 {
		f.size(height*ratio[0]/ratio[1], height)
	} else {
		f.size(x.size(small), height)
	}
}

// bits reads numbers from the lowest bit on. Past the end there are zeros.
type bits struct {
	b  []byte
	at int
}

func (x *bits) take(n int) int64 {
	var v int64
	for i := range n {
		if x.at/8 < len(x.b) && x.b[x.at/8]>>(x.at%8)&1 == 1 {
			v |= 1 << i
		}
		x.at++
	}
	return v
}

// size reads one edge: in eights, or in 9, 13, 18 or 30 bits.
func (x *bits) size(small bool) int64 {
	if small {
		return (x.take(5) + 1) * 8
	}
	return x.take([]int{9, 13, 18, 30}[x.take(2)]) + 1
}
