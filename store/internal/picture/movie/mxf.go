package movie

import (
	"bytes"
	"time"

	"homeroll/store/internal/picture/stamp"
)

// mxfKey begins the keys of MXF (SMPTE ST 377-1), which are universal labels;
// a partition follows it at the start of a file.
const (
	mxfKey       = "\x06\x0e\x2b\x34"
	mxfPartition = "\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02"
)

func isMXF(head []byte) bool { return bytes.HasPrefix(head, []byte(mxfPartition)) }

// mxf is what is gathered of the structural metadata.
type mxf struct {
	m       *movie
	stored  [2]int
	display [2]int
	rate    float64 // units in a second, by the first track
	length  uint64  // of the longest sequence, in those
}

// readMXF reads the sets of the header's metadata, which come before all
// pictures: a key, a length, and properties by local tags.
func readMXF(s *source, m *movie) {
	m.Type = "application/mxf"
	f := mxf{m: m}
	for at := int64(0); at+17 <= s.size && s.step(); {
		head := s.Bytes(at, 25)
		size, n := berLength(head[min(16, len(head)):])
		if len(head) < 17 || !bytes.HasPrefix(head, []byte(mxfKey)) || n == 0 || size > uint64(s.size) {
			break
		}
		from := at + 16 + int64(n)
		if from < s.size && bytes.HasPrefix(head, []byte("\x06\x0e\x2b\x34\x02\x53\x01\x01\x0d\x01\x01\x01\x01\x01")) {
			f.set(s.whole(from, min(from+int64(size), s.size), maxText))
		}
		if bytes.HasPrefix(head, []byte("\x06\x0e\x2b\x34\x01\x02\x01\x01\x0d\x01\x03\x01")) {
			break // the pictures
		}
		at = from + int64(size)
	}
	size := f.display
	if size[0] == 0 || size[1] == 0 {
		size = f.stored
	}
	m.dimensions(size[0], size[1])
	if f.rate > 0 {
		m.Duration = seconds(float64(f.length) / f.rate)
	}
}

// berLength reads a length (ISO 8825-1, 8.1.3).
func berLength(b []byte) (length uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	k := int(b[0] & 0x7f)
	if k == 0 || k > 8 || k+1 > len(b) {
		return 0, 0
	}
	for _, c := range b[1 : k+1] {
		length = length<<8 | uint64(c)
	}
	return length, k + 1
}

// set reads the properties of one set.
func (f *mxf) set(c []byte) {
	for len(c) >= 4 {
		tag, size := be16(c, 0), int(be16(c, 2))
		c = c[4:]
		if size > len(c) {
			return
		}
		v := c[:size]
		c = c[size:]
		switch tag {
		case 0x3203:
			f.stored[0] = int(be32(v, 0))
		case 0x3202:
			f.stored[1] = int(be32(v, 0))
		case 0x3209:
			f.display[0] = int(be32(v, 0))
		case 0x3208:
			f.display[1] = int(be32(v, 0))
		case 0x4b01, 0x3001:
			if per := be32(v, 4); per != 0 && f.rate == 0 {
				f.rate = float64(be32(v, 0)) / float64(per)
			}
		case 0x0202, 0x3002:
			if n := be64(v, 0); n < 1<<40 {
				f.length = max(f.length, n)
			}
		case 0x4405:
			f.created(v)
		}
	}
}

// created reads a date and time: year, month, day, hour, minute, second and
// quarters of a hundredth.
func (f *mxf) created(v []byte) {
	if len(v) < 8 || v[2] == 0 {
		return
	}
	at := time.Date(int(be16(v, 0)), time.Month(v[2]), int(v[3]), int(v[4]), int(v[5]), int(v[6]), int(v[7])*4e6, time.UTC)
	t, ok := stamp.Instant(at, "MXF CreateDate")
	f.m.when(byHeader, t, ok)
}
