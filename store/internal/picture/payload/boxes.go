package payload

import "encoding/binary"

// maxBoxes bounds how many boxes at the top level are gone through; fragmented
// files have two for each second or so.
const maxBoxes = 1 << 20

// boxes hashes the contents of the mdat boxes. Behind them there may be what is
// no box: makers append notes.
func boxes(s *stream) error {
	var hashed int64
	at, known := int64(0), 0
	for range maxBoxes {
		if at == s.size {
			break
		}
		kind, body, end, err := s.box(at)
		if err != nil {
			return err
		}
		if end < 0 {
			if known < 2 || hashed == 0 {
				return errOdd
			}
			break
		}
		if kind == "mdat" {
			hashed += end - body
			if err := s.part(body, end); err != nil {
				return err
			}
		}
		at, known = end, known+1
	}
	if hashed == 0 {
		return errOdd
	}
	return nil
}

// box reads the head of a box; its end is negative if there is none.
func (s *stream) box(at int64) (kind string, body, end int64, err error) {
	if s.size-at < 8 {
		return "", 0, -1, nil
	}
	if err := s.fill(at, int(min(16, s.size-at))); err != nil {
		return "", 0, 0, err
	}
	kind, body = string(s.buf[4:8]), at+8
	size := uint64(binary.BigEndian.Uint32(s.buf))
	switch {
	case size == 0:
		return kind, body, s.size, nil
	case size == 1 && len(s.buf) >= 16:
		size, body = binary.BigEndian.Uint64(s.buf[8:]), at+16
	}
	if !isKind(kind) || size < uint64(body-at) {
		return kind, body, -1, nil
	}
	if size > uint64(s.size-at) {
		if kind == "mdat" {
			return kind, 0, 0, errOdd
		}
		return kind, body, -1, nil
	}
	return kind, body, at + int64(size), nil
}

// isKind reports whether a box can have that name.
func isKind(kind string) bool {
	for _, c := range []byte(kind) {
		if c < ' ' || c > '~' {
			return c == 0xa9
		}
	}
	return true
}
