package decode

import "errors"

// errScanEnds: the samples of a scan end before their blocks do.
var errScanEnds = errors.New("scan ends early")

// errCode: the bits are no code of their table.
var errCode = errors.New("no such Huffman code")

// huffman is a table of codes (ITU-T T.81, annex C and F.2.2.3).
type huffman struct {
	quick [256]uint16 // by the next eight bits: length<<8 | value; 0 = longer
	// of codes by their length: the largest plus one (so that 0 is none), and
	// what to add to a code for the index of its value.
	above  [17]int32
	offset [17]int32
	values []byte
}

// newHuffman reads the counts and values of a DHT segment and returns what follows.
func newHuffman(b []byte) (*huffman, []byte, bool) {
	if len(b) < 16 {
		return nil, nil, false
	}
	counts, b := b[:16], b[16:]
	total := 0
	for _, n := range counts {
		total += int(n)
	}
	if total == 0 || total > 256 || len(b) < total {
		return nil, nil, false
	}
	h := &huffman{values: b[:total]}
	code, index := int32(0), int32(0)
	for k, n := range counts {
		length := k + 1
		h.offset[length] = index - code
		for range n {
			if code >= 1<<length {
				return nil, nil, false
			}
			if length <= 8 {
				for fill := range int32(1) << (8 - length) {
					h.quick[code<<(8-length)|fill] = uint16(length)<<8 | uint16(h.values[index])
				}
			}
			code, index = code+1, index+1
		}
		if n > 0 {
			h.above[length] = code
		}
		code <<= 1
	}
	return h, b[total:], true
}

// samples reads entropy-coded data up to the next marker that is none of its own.
type samples struct {
	data []byte
	at   int
	held uint64 // the lowest n bits are next
	n    int
	made int // bits that were made up behind the end
}

// fill makes at least 32 bits available.
func (r *samples) fill() {
	for r.n <= 48 {
		b := byte(0)
		switch {
		case r.at+1 < len(r.data) && r.data[r.at] == 0xff && r.data[r.at+1] == 0:
			b, r.at = 0xff, r.at+2
		case r.at < len(r.data) && r.data[r.at] != 0xff:
			b, r.at = r.data[r.at], r.at+1
		default:
			r.made += 8
		}
		r.held, r.n = r.held<<8|uint64(b), r.n+8
	}
}

// over reports whether bits were used that are not there.
func (r *samples) over() bool { return r.made > r.n }

// bits returns the next n bits, 16 at most.
func (r *samples) bits(n int) int32 {
	if r.n < n {
		r.fill()
	}
	r.n -= n
	return int32(r.held>>r.n) & (1<<n - 1)
}

// code returns the value of the next code.
func (r *samples) code(h *huffman) (byte, error) {
	if r.n < 16 {
		r.fill()
	}
	if q := h.quick[byte(r.held>>(r.n-8))]; q != 0 {
		r.n -= int(q >> 8)
		return byte(q), nil
	}
	for length := 9; length <= 16; length++ {
		code := int32(r.held>>(r.n-length)) & (1<<length - 1)
		if code < h.above[length] && code+h.offset[length] >= 0 {
			r.n -= length
			return h.values[code+h.offset[length]], nil
		}
	}
	return 0, errCode
}

// signed returns a number of n bits as T.81 writes them (F.2.2.1).
func (r *samples) signed(n int) int32 {
	if n == 0 {
		return 0
	}
	v := r.bits(n)
	if v < 1<<(n-1) {
		v += -1<<n + 1
	}
	return v
}

// restart goes past the next restart marker, if that is what follows.
func (r *samples) restart() bool {
	r.held, r.n, r.made = 0, 0, 0
	at := afterSamples(r.data, r.at)
	if at+1 >= len(r.data) || r.data[at+1]&^7 != markRST0 {
		return false
	}
	r.at = at + 2
	return true
}

// afterSamples is where the next marker stands, a restart being one.
func afterSamples(data []byte, at int) int {
	for ; at+1 < len(data); at++ {
		if data[at] == 0xff && data[at+1] != 0 && data[at+1] != 0xff {
			return at
		}
	}
	return len(data)
}
