package payload

import "bytes"

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	soi = 0xd8
	eoi = 0xd9
	sos = 0xda
	com = 0xfe
)

// jpeg hashes a JPEG from SOI to EOI, but for APPn and COM.
func jpeg(s *stream) error {
	if err := s.fill(0, 4); err != nil {
		return err
	}
	if s.buf[0] != 0xff || s.buf[1] != soi {
		return errOdd
	}
	s.put(s.buf[:2])
	at := int64(2)
	for {
		marker, body, err := s.marker(at)
		if err != nil {
			return err
		}
		if marker == eoi {
			s.put([]byte{0xff, eoi})
			return nil
		}
		if marker == soi || marker == 0 || standalone(marker) {
			return errOdd
		}
		at, err = s.segment(marker, body)
		if err != nil {
			return err
		}
		if marker == sos {
			if at, err = s.scan(at); err != nil {
				return err
			}
		}
	}
}

// standalone are markers without a length: restarts, and TEM.
func standalone(marker byte) bool { return marker >= 0xd0 && marker <= 0xd7 || marker == 1 }

// marker reads the marker at a place, after any fill bytes.
func (s *stream) marker(at int64) (marker byte, body int64, err error) {
	for {
		if err := s.fill(at, 2); err != nil {
			return 0, 0, err
		}
		if s.buf[0] != 0xff {
			return 0, 0, errOdd
		}
		if s.buf[1] != 0xff {
			return s.buf[1], at + 2, nil
		}
		at++
	}
}

// segment hashes a segment, unless it is metadata, and returns its end.
func (s *stream) segment(marker byte, body int64) (end int64, err error) {
	if err := s.fill(body, 2); err != nil {
		return 0, err
	}
	length := int64(s.buf[0])<<8 | int64(s.buf[1])
	end = body + length
	if length < 2 || end > s.size {
		return 0, errOdd
	}
	if marker >= 0xe0 && marker <= 0xef || marker == com {
		return end, nil
	}
	s.put([]byte{0xff, marker})
	return end, s.part(body, end)
}

// scan hashes entropy-coded data and returns where the next marker is, or the
// fill bytes before it: a 0xff that neither a zero nor a restart follows.
func (s *stream) scan(at int64) (int64, error) {
	for {
		if err := s.fill(at, 2); err != nil {
			return 0, err
		}
		i := bytes.IndexByte(s.buf, 0xff)
		if i < 0 || i+1 >= len(s.buf) {
			// All of it, but for a last 0xff, whose second byte is to come.
			n := len(s.buf)
			if i >= 0 {
				n = i
			}
			if n == 0 {
				return 0, errOdd
			}
			s.put(s.buf[:n])
			at += int64(n)
			continue
		}
		s.put(s.buf[:i])
		at += int64(i)
		switch next := s.buf[i+1]; {
		case next == 0 || standalone(next):
			s.put(s.buf[i : i+2])
			at += 2
		default:
			return at, nil
		}
	}
}
