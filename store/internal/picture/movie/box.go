package movie

// box is one box of an ISO file, an atom of QuickTime.
type box struct {
	kind     string // four characters
	at       int64
	from, to int64 // its content
}

// boxes goes through the boxes of a stretch, until one makes no sense or visit
// says that it is enough. One of size 0 reaches to the end of a file, and ends
// a container.
func (s *source) boxes(from, to int64, visit func(b box) bool) {
	for at := from; at+8 <= to && s.step(); {
		b, ok := s.box(at, to)
		if !ok || !visit(b) {
			return
		}
		at = b.to
	}
}

// box reads the head of the box at a place.
func (s *source) box(at, to int64) (box, bool) {
	head := s.Bytes(at, 16)
	if len(head) < 8 {
		return box{}, false
	}
	b := box{kind: string(head[4:8]), at: at, from: at + 8}
	size := uint64(be32(head, 0))
	switch {
	case size == 0 && to == s.size:
		b.to = to
		return b, true
	case size == 1:
		size = be64(head, 8)
		b.from = at + 16
	}
	if size < uint64(b.from-at) || size > uint64(s.size) {
		return box{}, false
	}
	b.to = at + int64(size)
	return b, b.to <= to
}

// find returns the first box of a kind in a stretch.
func (s *source) find(from, to int64, kind string) (found box, ok bool) {
	s.boxes(from, to, func(b box) bool {
		if b.kind == kind {
			found, ok = b, true
		}
		return !ok
	})
	return found, ok
}

// maxText bounds, in bytes, the small things that are read whole.
const maxText = 64 << 10

// content returns the bytes of a small box; none of one that is large.
func (s *source) content(b box) []byte { return s.whole(b.from, b.to, maxText) }
