package decode

import (
	"context"
	"errors"
	"math"
)

// scanHead is what a scan says of itself (T.81, B.2.3).
type scanHead struct {
	parts    []*component
	dc, ac   []*huffman
	from, to int // of the zigzag
	high     int // bits that are known; 0 = it is the first of its band
	low      int // bits that are still left out
}

var errScanHead = errors.New("head of a scan is damaged")

func (d *progressive) scanHead(b []byte) (s scanHead, err error) {
	if len(b) < 1 || b[0] < 1 || b[0] > 4 || len(b) < 4+2*int(b[0]) {
		return s, errScanHead
	}
	n := int(b[0])
	for k := range n {
		for _, p := range d.parts {
			if p.id == b[1+2*k] {
				s.parts = append(s.parts, p)
				s.dc, s.ac = append(s.dc, d.dc[b[2+2*k]>>4&3]), append(s.ac, d.ac[b[2+2*k]&3])
			}
		}
	}
	b = b[1+2*n:]
	s.from, s.to, s.high, s.low = int(b[0]), int(b[1]), int(b[2]>>4), int(b[2]&15)
	switch {
	case len(s.parts) != n, s.to > 63, s.from > s.to, s.low > 13, s.from > 0 && n > 1, s.from == 0 && s.to > 0:
		return s, errScanHead
	}
	for k := range s.parts {
		if s.from == 0 && s.high == 0 && s.dc[k] == nil || s.from > 0 && s.ac[k] == nil {
			return s, errScanHead
		}
	}
	return s, nil
}

// scanner is one scan on its way.
type scanner struct {
	scanHead
	*samples
	kept *[64]int8
	size int // coefficients that are kept of a block
	run  int // blocks that have no more in this band
}

// scan decodes the samples of a scan.
func (d *progressive) scan(ctx context.Context, head, data []byte) error {
	h, err := d.scanHead(head)
	if err != nil {
		return err
	}
	for _, p := range h.parts {
		p.before = 0
		if !p.seen {
			p.seen, p.quantities = true, d.quantities[p.table]
		}
	}
	s := scanner{scanHead: h, samples: &samples{data: data}, kept: &d.kept, size: d.side * d.side}
	across, down := s.parts[0].across, s.parts[0].down
	if len(s.parts) > 1 {
		across, down = s.parts[0].stride/s.parts[0].ssX, len(s.parts[0].nonzero)/s.parts[0].stride/s.parts[0].ssY
	}
	for k := range across * down {
		if k%across == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if d.interval > 0 && k > 0 && k%d.interval == 0 {
			if !s.restart() {
				return errScanEnds
			}
			s.run = 0
			for _, p := range s.parts {
				p.before = 0
			}
		}
		if err := s.group(k%across, k/across); err != nil {
			return err
		}
		if s.over() {
			return errScanEnds
		}
	}
	return nil
}

// group decodes the block at a place, or the blocks of all channels of the group there.
func (s *scanner) group(x, y int) error {
	if len(s.parts) == 1 {
		return s.block(0, y*s.parts[0].stride+x)
	}
	for k, p := range s.parts {
		for v := range p.ssY {
			for u := range p.ssX {
				if err := s.block(k, (y*p.ssY+v)*p.stride+x*p.ssX+u); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *scanner) block(k, at int) error {
	p := s.parts[k]
	values := p.values[at*s.size:][:s.size]
	switch {
	case s.from == 0 && s.high == 0:
		n, err := s.code(s.dc[k])
		if err != nil || n > 11 {
			return errCode
		}
		p.before += s.signed(int(n))
		values[0] = int16(min(max(p.before<<s.low, math.MinInt16), math.MaxInt16))
	case s.from == 0:
		values[0] |= int16(s.bits(1) << s.low)
	case s.high == 0:
		return s.first(k, values, &p.nonzero[at])
	default:
		return s.refine(k, values, &p.nonzero[at])
	}
	return nil
}

// put notes a coefficient.
func (s *scanner) put(k int, values []int16, nonzero *uint64, v int32) {
	*nonzero |= 1 << k
	if to := s.kept[k]; to >= 0 {
		values[to] = int16(v << s.low)
	}
}

// first decodes the first bits of a band (T.81, G.1.2.2).
func (s *scanner) first(part int, values []int16, nonzero *uint64) error {
	if s.run > 0 {
		s.run--
		return nil
	}
	for k := s.from; k <= s.to; k++ {
		rs, err := s.code(s.ac[part])
		if err != nil {
			return err
		}
		zeros, n := int(rs>>4), int(rs&15)
		if n == 0 {
			if zeros < 15 {
				s.run = 1<<zeros - 1 + int(s.bits(zeros))
				return nil
			}
			k += 15
			continue
		}
		if k += zeros; k > s.to {
			return errCode
		}
		s.put(k, values, nonzero, s.signed(n))
	}
	return nil
}

// refine decodes the next bit of a band (T.81, G.1.2.3).
func (s *scanner) refine(part int, values []int16, nonzero *uint64) error {
	k := s.from
	for s.run == 0 && k <= s.to {
		rs, err := s.code(s.ac[part])
		if err != nil {
			return err
		}
		zeros, v := int(rs>>4), int32(0)
		switch n := rs & 15; {
		case n == 1:
			v = 2*s.bits(1) - 1
		case n > 1:
			return errCode
		case zeros < 15:
			s.run = 1<<zeros + int(s.bits(zeros))
		}
		if s.run > 0 {
			break
		}
		for ; k <= s.to; k++ {
			if *nonzero>>k&1 != 0 {
				s.again(k, values)
			} else if zeros--; zeros < 0 {
				break
			}
		}
		if v != 0 && k <= s.to {
			s.put(k, values, nonzero, v)
		}
		k++
	}
	if s.run == 0 {
		return nil
	}
	for ; k <= s.to; k++ {
		if *nonzero>>k&1 != 0 {
			s.again(k, values)
		}
	}
	s.run--
	return nil
}

// again reads one more bit of a coefficient that is not zero.
func (s *scanner) again(k int, values []int16) {
	if s.bits(1) == 0 {
		return
	}
	to := s.kept[k]
	if to < 0 {
		return
	}
	if values[to] >= 0 {
		values[to] += 1 << s.low
	} else {
		values[to] -= 1 << s.low
	}
}
