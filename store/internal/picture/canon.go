package picture

import (
	"bytes"
	"encoding/binary"
	"strings"
	"time"

	"homeroll/store/internal/picture/tiff"
)

var (
	uuidCanon   = [16]byte{0x85, 0xc0, 0xb6, 0x87, 0x82, 0x0f, 0x11, 0xe0, 0x81, 0x11, 0xf4, 0xce, 0x46, 0x2b, 0x6a, 0x48}
	uuidPreview = [16]byte{0xea, 0xf4, 0x2b, 0x5e, 0x1c, 0x98, 0x4b, 0x88, 0xb9, 0xfb, 0xb7, 0xdc, 0x40, 0x6e, 0x4d, 0x16}
)

// cr3 reads a Canon RAW of version 3: boxes like a video's, with a TIFF for each
// directory of EXIF. Its tracks are no video, and the second that they claim to
// last means nothing.
func (f *facts) cr3(r *file) {
	for b := range boxes(r, 0, r.size) {
		switch b.kind {
		case "moov":
			for c := range boxes(r, b.body, b.end) {
				if c.id == uuidCanon {
					f.canonBox(r, c)
				}
			}
		case "uuid":
			f.uuid(r, b)
		}
	}
}

func (f *facts) canonBox(r *file, b box) {
	for c := range boxes(r, b.body, b.end) {
		switch c.kind {
		case "CNCV":
			if bytes.HasPrefix(content(r, c, 32), []byte("CanonCRM")) {
				f.picture.Type = "video/x-canon-crm"
			}
		case "CMT1", "CMT2", "CMT3", "CMT4":
			f.canonDirectory(r, c)
		}
	}
}

func (f *facts) canonDirectory(r *file, c box) {
	t, ok := tiff.Open(part{r, c.body, c.end - c.body}, 0)
	if !ok {
		return
	}
	d := t.Directory(t.First)
	switch c.kind {
	case "CMT1":
		f.exif(d)
		f.size(d.Or(tagWidth, 0), d.Or(tagHeight, 0))
	case "CMT2":
		f.exifDirectory(d)
	case "CMT3":
		f.lens(lensText(d.Text(0x0095)))
	case "CMT4":
		f.gps(d)
	}
}

// Tags of CIFF, with the bits that say how their values are written.
const (
	ciffInline   = 0x4000
	ciffKind     = 0x3fff
	ciffCamera   = 0x080a
	ciffTaken    = 0x180e
	ciffSize     = 0x1810
	ciffJPEG     = 0x2007
	ciffThumb    = 0x2008
	ciffSubdirA  = 0x2800
	ciffSubdirB  = 0x3000
	ciffTypeMask = 0x3800
)

// ciffEntry is a value in a heap of CIFF (Camera Image File Format 1.0).
type ciffEntry struct {
	kind     uint16
	at, size int64
}

// ciff walks the heaps of a Canon RAW of version 1, or of the CIFF block that
// Canon's first cameras have in a JPEG.
func ciff(r tiff.Source, size int64, each func(ciffEntry)) {
	head := r.Bytes(0, 14)
	if len(head) < 14 {
		return
	}
	w := ciffWalk{r: r, order: binary.LittleEndian, each: each, left: 64}
	if head[0] == 'M' {
		w.order = binary.BigEndian
	}
	w.heap(int64(w.order.Uint32(head[2:])), size, 0)
}

type ciffWalk struct {
	r     tiff.Source
	order binary.ByteOrder
	each  func(ciffEntry)
	left  int // heaps
}

// heap reads one: values, then a table of them, then where the table begins.
func (w *ciffWalk) heap(from, end int64, depth int) {
	if w.left--; w.left < 0 || depth > 8 || end-from < 6 {
		return
	}
	tail := w.r.Bytes(end-4, 4)
	if len(tail) < 4 {
		return
	}
	table := from + int64(w.order.Uint32(tail))
	b := w.r.Bytes(table, 2)
	if len(b) < 2 {
		return
	}
	n := int64(w.order.Uint16(b))
	for i := range n {
		at := table + 2 + 10*i
		e := w.r.Bytes(at, 10)
		if len(e) < 10 || at+10 > end {
			return
		}
		tag := w.order.Uint16(e)
		found := ciffEntry{kind: tag & ciffKind, at: at + 2, size: 8}
		if tag&ciffInline == 0 {
			found.at, found.size = from+int64(w.order.Uint32(e[6:])), int64(w.order.Uint32(e[2:]))
		}
		if found.at < 0 || found.at+found.size > end {
			continue
		}
		if kind := tag & ciffTypeMask; kind == ciffSubdirA || kind == ciffSubdirB {
			w.heap(found.at, found.at+found.size, depth+1)
			continue
		}
		w.each(found)
	}
}

func (f *facts) crw(r *file) { f.ciff(r, r.size) }

func (f *facts) ciff(r tiff.Source, size int64) {
	var order binary.ByteOrder = binary.LittleEndian
	if b := r.Bytes(0, 1); len(b) == 1 && b[0] == 'M' {
		order = binary.BigEndian
	}
	ciff(r, size, func(e ciffEntry) {
		b := r.Bytes(e.at, int(min(e.size, 256)))
		switch e.kind {
		case ciffCamera:
			maker, model, _ := strings.Cut(string(b), "\x00")
			f.camera(tiff.Clean([]byte(maker)), tiff.Clean([]byte(model)))
		case ciffTaken: // seconds of the camera's clock since 1970
			if len(b) >= 4 {
				f.clock("CanonRaw", int64(order.Uint32(b)))
			}
		case ciffSize:
			if len(b) >= 16 {
				f.size(int64(order.Uint32(b)), int64(order.Uint32(b[4:])))
				f.rotation(int64(int32(order.Uint32(b[12:]))))
			}
		}
	})
}

// clock is a time in seconds of the camera's own clock since 1970.
func (f *facts) clock(group string, seconds int64) {
	if seconds > 0 && seconds < 1<<40 {
		f.makerName = group
		f.maker.fill(time.Unix(seconds, 0).UTC().Format("2006:01:02 15:04:05"), "", "")
	}
}

// rotation is an orientation in degrees clockwise, of which 0 says nothing.
func (f *facts) rotation(degrees int64) {
	switch (degrees%360 + 360) % 360 {
	case 90:
		f.orientation(6)
	case 180:
		f.orientation(3)
	case 270:
		f.orientation(8)
	}
}
