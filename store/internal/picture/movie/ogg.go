package movie

import "bytes"

func isOgg(head []byte) bool { return bytes.HasPrefix(head, []byte("OggS\x00")) }

// readOgg reads Ogg (RFC 3533) with Theora: its dimensions, and its length by
// the number of the last frame. Without a video it is audio.
func readOgg(s *source, m *movie) {
	m.Type = "audio/ogg"
	var serial uint32
	var theora []byte
	at := int64(0)
	for n := 0; n < 16 && s.step(); n++ {
		p, ok := s.page(at)
		if !ok || !p.first {
			break
		}
		if bytes.HasPrefix(p.content, []byte("\x80theora")) && len(p.content) >= 42 && theora == nil {
			serial, theora = p.serial, p.content
		}
		at = p.end
	}
	if theora == nil {
		return
	}
	m.Type = "video/ogg"
	m.dimensions(int(be32(theora, 13)&0xffffff), int(be32(theora, 16)&0xffffff))
	rate, per := be32(theora, 22), be32(theora, 26)
	shift := (uint(theora[40])&3)<<3 | uint(theora[41])>>5
	if last, ok := s.lastGranule(serial); ok && rate != 0 {
		frames := last>>shift + last&(1<<shift-1)
		m.Duration = seconds(float64(frames) * float64(per) / float64(rate))
	}
}

// page is one page of an Ogg file.
type page struct {
	first   bool
	granule uint64
	serial  uint32
	content []byte // its start
	end     int64
}

func (s *source) page(at int64) (page, bool) {
	head := s.Bytes(at, 27+255)
	if len(head) < 28 || !bytes.HasPrefix(head, []byte("OggS\x00")) || len(head) < 27+int(head[26]) {
		return page{}, false
	}
	segments := int(head[26])
	size := 0
	for _, n := range head[27 : 27+segments] {
		size += int(n)
	}
	p := page{first: head[5]&2 != 0, granule: le64(head, 6), serial: le32(head, 14)}
	from := at + 27 + int64(segments)
	p.content, p.end = s.Bytes(from, min(size, 256)), from+int64(size)
	return p, true
}

// lastGranule finds the position that the last page of a stream has.
func (s *source) lastGranule(serial uint32) (granule uint64, ok bool) {
	from := max(0, s.size-256<<10)
	tail := s.Bytes(from, 256<<10)
	for i := 0; i+27 <= len(tail); {
		next := bytes.Index(tail[i:], []byte("OggS\x00"))
		if next < 0 {
			break
		}
		i += next
		if i+27 <= len(tail) && le32(tail, i+14) == serial && le64(tail, i+6) != 1<<64-1 {
			granule, ok = le64(tail, i+6), true
		}
		i += 5
	}
	return granule, ok
}
