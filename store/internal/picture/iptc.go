package picture

import (
	"encoding/binary"

	"homeroll/store/internal/picture/tiff"
)

// maxIPTC bounds, in bytes, an IPTC block; maxResources a block of Photoshop's resources.
const (
	maxIPTC      = 256 << 10
	maxResources = 1 << 20
)

// iptc is what an IPTC-IIM record says (IIM 4.2, record 2).
type iptc struct{ date, time string }

// read reads datasets: 1C, record, number, two bytes of length. Long ones have another form and end it.
func (i *iptc) read(b []byte) {
	for len(b) >= 5 {
		if b[0] != 0x1c {
			b = b[1:] // padding
			continue
		}
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n >= 0x8000 || len(b) < 5+n {
			return
		}
		value := string(b[5 : 5+n])
		switch [2]byte{b[1], b[2]} {
		case [2]byte{2, 55}:
			i.date = value
		case [2]byte{2, 60}:
			i.time = value
		}
		b = b[5+n:]
	}
}

// claim is the time that the record states. Its form has no way to leave the
// offset out, and software that knows none writes that of Greenwich.
func (i *iptc) claim() claim {
	name := "IPTC DateTimeCreated"
	if i.time == "" {
		name = "IPTC DateCreated"
	}
	c := text(i.created(), name)
	if c.offset != nil && *c.offset == 0 {
		c.offset = nil
	}
	return c
}

// created is the time in a form that parseTime reads: CCYYMMDD and HHMMSS±HHMM
// become one. A date alone says the day.
func (i *iptc) created() string {
	d, t := i.date, i.time
	if len(leading(d)) == 8 {
		d = d[:4] + ":" + d[4:6] + ":" + d[6:8]
	}
	if d == "" {
		return ""
	}
	if len(leading(t)) >= 6 {
		t = t[:2] + ":" + t[2:4] + ":" + t[4:]
	}
	if t == "" {
		return d
	}
	return d + " " + t
}

// resources reads Photoshop's image resource blocks (Adobe Photoshop File
// Formats): IPTC, EXIF and XMP are among them.
func (f *facts) resources(source tiff.Source, at, size int64) {
	resources(source, at, at+size, func(id uint16, at, n int64) {
		switch id {
		case 0x0404:
			f.iptc.read(source.Bytes(at, int(min(n, maxIPTC))))
		case 0x0422:
			f.nested = true
			f.exifBlock(block(source.Bytes(at, int(min(n, maxResources)))), 0)
			f.nested = false
		case 0x0424:
			f.packet(source.Bytes(at, int(min(n, maxPacket))))
		}
	})
}

// resources walks the blocks: a sign, a number, a name, a length, a body.
func resources(source tiff.Source, at, end int64, each func(id uint16, at, size int64)) {
	const most = 1000
	for range most {
		head := source.Bytes(at, 12+256)
		if len(head) < 12 || at >= end {
			return
		}
		if sign := string(head[:4]); sign != "8BIM" && sign != "MeSa" && sign != "PHUT" && sign != "AgHg" && sign != "DCSR" {
			return
		}
		name := 1 + int(head[6])
		name += name & 1
		if len(head) < 6+name+4 {
			return
		}
		n := int64(binary.BigEndian.Uint32(head[6+name:]))
		body := at + 6 + int64(name) + 4
		each(binary.BigEndian.Uint16(head[4:]), body, n)
		at = body + n + n&1
	}
}
