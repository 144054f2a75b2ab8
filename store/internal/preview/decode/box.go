package decode

import "encoding/binary"

// boxes walks the boxes of ISO/IEC 14496-12 in data that is in memory, and
// calls each with its type and content until one returns false.
func boxes(data []byte, each func(kind string, body []byte) bool) {
	for len(data) >= 8 {
		size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
		switch size {
		case 0:
			size = uint64(len(data))
		case 1:
			if len(data) < 16 {
				return
			}
			size, head = binary.BigEndian.Uint64(data[8:]), 16
		}
		if size < head || size > uint64(len(data)) {
			return
		}
		if !each(string(data[4:8]), data[head:size]) {
			return
		}
		data = data[size:]
	}
}

// cursor reads numbers; past the end it gives zeros and is short.
type cursor struct {
	data  []byte
	short bool
}

// uint reads a number of so many bytes, at most 8.
func (c *cursor) uint(size int) (v uint64) {
	if size > len(c.data) {
		c.data, c.short = nil, true
		return 0
	}
	for _, b := range c.data[:size] {
		v = v<<8 | uint64(b)
	}
	c.data = c.data[size:]
	return v
}

// take returns so many bytes.
func (c *cursor) take(n int) []byte {
	if n > len(c.data) {
		c.data, c.short = nil, true
		return nil
	}
	taken := c.data[:n]
	c.data = c.data[n:]
	return taken
}

// pick reads a number whose size depends.
func (c *cursor) pick(long bool, ifLong, otherwise int) uint64 {
	if long {
		return c.uint(ifLong)
	}
	return c.uint(otherwise)
}

// box makes a box.
func box(kind string, parts ...[]byte) []byte {
	size := 8
	for _, p := range parts {
		size += len(p)
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 0, size), uint32(size))
	b = append(b, kind...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}
