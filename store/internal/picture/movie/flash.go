package movie

import (
	"bytes"
	"math"
)

func isFlash(head []byte) bool { return len(head) >= 9 && bytes.HasPrefix(head, []byte("FLV\x01")) }

// readFlash reads the notes at the start of a Flash video ("Adobe Flash Video
// File Format Specification", annex E): tags, of which one holds a script's data.
func readFlash(s *source, m *movie) {
	m.Type = "video/x-flv"
	at := int64(be32(s.Bytes(0, 9), 5)) + 4
	for n := 0; n < 16 && s.step(); n++ {
		head := s.Bytes(at, 11)
		if len(head) < 11 {
			return
		}
		size := int64(be32(head, 0) & 0xffffff)
		if head[0]&0x1f == 18 {
			a := amf{b: s.whole(at+11, min(at+11+size, s.size), maxText)}
			if a.text(true) == "onMetaData" {
				a.object(m.flash)
			}
			return
		}
		at += 11 + size + 4
	}
}

// flash takes over a value of the notes.
func (m *movie) flash(name string, number float64, text string) {
	switch name {
	case "duration":
		m.Duration = seconds(number)
	case "width":
		m.Width = pixels(number)
	case "height":
		m.Height = pixels(number)
	case "creationdate":
		m.riffTime(byUser, text, "Flash CreateDate")
	}
}

// pixels is a number of pixels that a picture can have.
func pixels(v float64) int {
	if !(v > 0 && v < 1<<20) {
		return 0
	}
	return int(v)
}

// amf reads Action Message Format 0.
type amf struct {
	b     []byte
	depth int
}

func (a *amf) take(n int) []byte {
	if n < 0 || n > len(a.b) {
		a.b = nil
		return nil
	}
	c := a.b[:n]
	a.b = a.b[n:]
	return c
}

// text reads a string, with its marker or without.
func (a *amf) text(marked bool) string {
	if marked {
		if kind := a.take(1); len(kind) == 0 || kind[0] != 2 {
			return ""
		}
	}
	return string(a.take(int(be16(a.take(2), 0))))
}

// object reads the members of an object or of an array with names.
func (a *amf) object(visit func(name string, number float64, text string)) {
	kind := a.take(1)
	if len(kind) == 0 || (kind[0] != 3 && kind[0] != 8) {
		return
	}
	if kind[0] == 8 {
		a.take(4)
	}
	for len(a.b) >= 3 {
		name := a.text(false)
		if len(a.b) == 0 || name == "" {
			a.take(1)
			return
		}
		number, text, ok := a.value()
		if !ok {
			return
		}
		visit(name, number, text)
	}
}

// value reads a value; those that are not simple are skipped.
func (a *amf) value() (number float64, text string, ok bool) {
	if len(a.b) == 0 {
		return 0, "", false
	}
	switch a.b[0] {
	case 0:
		a.take(1)
		c := a.take(8)
		return math.Float64frombits(be64(c, 0)), "", c != nil
	case 1:
		a.take(2)
	case 2:
		return 0, a.text(true), true
	case 3, 8:
		if a.depth++; a.depth > 16 {
			return 0, "", false
		}
		a.object(func(string, float64, string) {})
		a.depth--
	case 5, 6:
		a.take(1)
	case 10:
		return a.list()
	case 11:
		a.take(11)
	default:
		return 0, "", false
	}
	return 0, "", true
}

// list skips an array without names.
func (a *amf) list() (number float64, text string, ok bool) {
	a.take(1)
	if a.depth++; a.depth > 16 {
		return 0, "", false
	}
	defer func() { a.depth-- }()
	for n := be32(a.take(4), 0); n > 0; n-- {
		if _, _, ok := a.value(); !ok {
			return 0, "", false
		}
	}
	return 0, "", true
}
