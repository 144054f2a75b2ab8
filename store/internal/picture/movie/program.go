package movie

import "bytes"

// isProgram knows program streams (ISO 13818-1, 2.5; ISO 11172-1) and bare
// streams of MPEG video.
func isProgram(head []byte) bool {
	return bytes.HasPrefix(head, []byte{0, 0, 1, 0xba}) || bytes.HasPrefix(head, []byte{0, 0, 1, 0xb3})
}

// readProgram reads a program stream: the dimensions from the first sequence
// header, the length from the clocks at its start and its end.
func readProgram(s *source, m *movie) {
	m.Type = "video/mpeg"
	head := s.Bytes(0, 512<<10)
	m.mpeg2(head)
	tail := s.Bytes(max(0, s.size-256<<10), 256<<10)
	first, last, ok := presented(head, tail)
	if !ok {
		first, _ = systemClock(head, false)
		last, ok = systemClock(tail, true)
	}
	if ok && last > first {
		m.Duration = ratio(last-first, 90_000)
	}
}

// presented finds the first and the last time at which something is to be
// shown or heard.
func presented(head, tail []byte) (first, last uint64, ok bool) {
	first = 1 << 63
	stamps(head, func(ticks uint64) { first = min(first, ticks) })
	stamps(tail, func(ticks uint64) { last = max(last, ticks) })
	return first, last, last > first
}

// stamps calls visit with the times of the packets of video and sound.
func stamps(b []byte, visit func(ticks uint64)) {
	for {
		i := bytes.Index(b, []byte{0, 0, 1})
		if i < 0 || i+32 > len(b) {
			return
		}
		b = b[i+3:]
		if b[0] < 0xc0 || b[0] > 0xef {
			continue
		}
		if c := stampOf(b[3:29]); c != nil {
			visit(uint64(c[0]>>1&7)<<30 | uint64(c[1])<<22 | uint64(c[2]>>1)<<15 | uint64(c[3])<<7 | uint64(c[4]>>1))
		}
	}
}

// stampOf finds the five bytes of a time in the head of a packet, as MPEG-2 has
// it (2.4.3.6) or MPEG-1 (ISO 11172-1, 2.4.3.3: after stuffing and the size of a
// buffer); nil if there is none.
func stampOf(b []byte) []byte {
	if b[0]>>6 == 2 {
		if b[1]&0x80 == 0 {
			return nil
		}
		return b[3:8]
	}
	for len(b) > 8 && b[0] == 0xff {
		b = b[1:]
	}
	if b[0]>>6 == 1 {
		b = b[2:]
	}
	if b[0]>>4 != 2 && b[0]>>4 != 3 || len(b) < 5 {
		return nil
	}
	return b[:5]
}

// systemClock finds the first or the last clock of 90 kHz in the heads of packs
// (2.5.3.4; MPEG-1 writes it one bit further on).
func systemClock(b []byte, last bool) (ticks uint64, ok bool) {
	mark := []byte{0, 0, 1, 0xba}
	for {
		i := bytes.Index(b, mark)
		if last {
			i = bytes.LastIndex(b, mark)
		}
		if i < 0 || i+10 > len(b) && !last {
			return 0, false
		}
		if i+10 <= len(b) {
			c := b[i+4:]
			switch {
			case c[0]>>6 == 1:
				return uint64(c[0]>>3&7)<<30 | uint64(c[0]&3)<<28 | uint64(c[1])<<20 |
					uint64(c[2]>>3)<<15 | uint64(c[2]&3)<<13 | uint64(c[3])<<5 | uint64(c[4]>>3), true
			case c[0]>>4 == 2:
				return uint64(c[0]>>1&7)<<30 | uint64(c[1])<<22 | uint64(c[2]>>1)<<15 | uint64(c[3])<<7 | uint64(c[4]>>1), true
			}
		}
		if last {
			b = b[:i]
		} else {
			b = b[i+4:]
		}
	}
}

// mpeg2 reads the dimensions of the first sequence header of MPEG-1 or MPEG-2
// video (ISO 13818-2, 6.2.2.1).
func (m *movie) mpeg2(b []byte) {
	i := bytes.Index(b, []byte{0, 0, 1, 0xb3})
	if i < 0 || i+7 > len(b) {
		return
	}
	v := int(b[i+4])<<16 | int(b[i+5])<<8 | int(b[i+6])
	m.dimensions(v>>12, v&0xfff)
}

// h265 reads the dimensions of the first sequence parameter set of H.265
// (ITU-T H.265, 7.3.2.2).
func (m *movie) h265(stream []byte) {
	i := bytes.Index(stream, []byte{0, 0, 1, 0x42})
	if i < 0 || i+8 > len(stream) {
		return
	}
	r := &bits{b: unescape(stream[i+5 : min(len(stream), i+256)])}
	r.take(4)
	layers := r.take(3)
	r.take(1)
	profileLevel(r, layers)
	r.golomb()
	chroma := r.golomb()
	if chroma == 3 {
		r.take(1)
	}
	width, height := r.golomb(), r.golomb()
	if r.take(1) == 1 {
		x, y := cropUnits(chroma, 1)
		width -= min(width, x*(r.golomb()+r.golomb()))
		height -= min(height, y*(r.golomb()+r.golomb()))
	}
	if !r.over && width > 0 && width <= 1<<15 && height > 0 && height <= 1<<15 {
		m.dimensions(int(width), int(height))
	}
}

// profileLevel skips profile, tier and level (7.3.3).
func profileLevel(r *bits, layers uint) {
	r.take(96)
	var profile, level [8]bool
	for i := range layers {
		profile[i], level[i] = r.take(1) == 1, r.take(1) == 1
	}
	if layers > 0 {
		r.take(int(8-layers) * 2)
	}
	for i := range layers {
		if profile[i] {
			r.take(88)
		}
		if level[i] {
			r.take(8)
		}
	}
}
