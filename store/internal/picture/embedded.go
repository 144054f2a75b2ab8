package picture

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"io"
	"slices"

	"homeroll/store/internal/picture/tiff"
	"homeroll/store/media"
)

// Embedded is a JPEG within a file: the preview of a RAW, or a thumbnail.
type Embedded struct {
	Offset int64 // in the file
	Length int64 // bytes
	// Width and Height in pixels as stored, that the JPEG itself states.
	Width, Height int
	// Orientation is the EXIF value to apply on display; 1 if none. The JPEG may
	// have an EXIF of its own, which is not to be applied on top.
	Orientation int
}

// Previews returns the JPEGs that are embedded in a RAW, a TIFF, a Photoshop
// file or a JPEG (its thumbnail), the largest first. Each begins like a JPEG
// that any decoder knows, states a size and lies within the file, though it may
// be cut short; whether it decodes is for the decoder to say.
func Previews(r io.ReaderAt, size int64) []Embedded {
	f := newFile(context.Background(), r, size)
	c := collector{r: f, seen: map[int64]bool{}}
	k := sniff(f.Bytes(0, headSize))
	facts := facts{picture: media.Picture{Type: k.mime}}
	if k.read == nil {
		return nil
	}
	k.read(&facts, f)
	c.orientation = max(facts.picture.Orientation, 1)
	// What describes the file and what lies in it are budgeted apart.
	c.r = newFile(context.Background(), r, size)
	c.collect(facts.picture.Type)
	slices.SortStableFunc(c.found, func(a, b Embedded) int {
		return cmp.Or(cmp.Compare(b.area(), a.area()), cmp.Compare(b.Length, a.Length))
	})
	return c.found
}

func (e Embedded) area() int64 { return int64(e.Width) * int64(e.Height) }

// maxEmbedded bounds the candidates that are looked at; cameras embed up to four.
const maxEmbedded = 40

type collector struct {
	r           *file
	orientation int
	found       []Embedded
	seen        map[int64]bool
}

// collect looks where a format keeps its previews.
func (c *collector) collect(mime string) {
	switch mime {
	case kindJPEG:
		c.inJPEG(0)
	case "image/x-fujifilm-raf":
		at, length := fujiJPEG(c.r)
		c.add(at, length)
		c.inJPEG(at)
	case "image/x-sigma-x3f":
		for _, s := range x3fSections(c.r) {
			if at, size, ok := x3fJPEG(c.r, s); ok {
				c.add(at, size)
			}
		}
	case "image/x-canon-crw":
		ciff(c.r, c.r.size, func(e ciffEntry) {
			if e.kind == ciffJPEG || e.kind == ciffThumb {
				c.add(e.at, e.size)
			}
		})
	case "image/x-canon-cr3":
		c.inCR3()
	case "image/x-minolta-mrw":
		minoltaBlocks(c.r, 0, func(name string, at, size int64, _ binary.ByteOrder) {
			if name == "TTW" {
				c.inTIFF(part{c.r, at, size}, at)
			}
		})
	case "application/vnd.adobe.photoshop":
		c.inPhotoshop()
	case "image/png", "image/apng", "image/gif", "image/webp", "image/heic", "image/heif", "image/avif", "image/jxl":
	default:
		c.inTIFF(c.r, 0)
	}
}

// add takes a candidate that begins like a JPEG of a kind that is decoded everywhere:
// the pixels of a RAW may be JPEG too, but a lossless one.
func (c *collector) add(at, length int64) {
	if at <= 0 || at >= c.r.size || length <= 0 || c.seen[at] || len(c.seen) >= maxEmbedded {
		return
	}
	c.seen[at] = true
	if !bytes.Equal(c.r.peek(at, 3), []byte{0xff, 0xd8, 0xff}) {
		return
	}
	e := Embedded{Offset: at, Length: min(length, c.r.size-at), Orientation: c.orientation}
	segments(c.r, at, func(s segment) {
		b := c.r.Bytes(s.at, 6)
		if s.marker >= 0xc0 && s.marker <= 0xc2 && len(b) == 6 && b[0] == 8 && (b[5] == 1 || b[5] == 3) {
			width, height := frameSize(b)
			e.Width, e.Height = int(width), int(height)
		}
	})
	if e.Width > 0 && e.Height > 0 {
		c.found = append(c.found, e)
	}
}

// inJPEG looks for the thumbnail in the EXIF of a JPEG.
func (c *collector) inJPEG(at int64) {
	segments(c.r, at, func(s segment) {
		if s.marker == markerAPP1 && bytes.HasPrefix(c.r.Bytes(s.at, 6), exifHead) {
			c.inTIFF(part{c.r, s.at + 6, s.size - 6}, s.at+6)
		}
	})
}

// inTIFF looks into all directories of a TIFF, and the notes of makers who keep
// a preview there. The source begins at an offset of the file.
func (c *collector) inTIFF(source tiff.Source, begin int64) {
	t, ok := tiff.Open(source, 0)
	if !ok {
		return
	}
	for _, d := range pages(t) {
		c.inDirectory(d, begin)
		if e, ok := d.Find(panasonicJPEG); ok && e.Size > 1024 {
			c.add(begin+e.At(), limit(e.Size))
			c.inJPEG(begin + e.At())
		}
		for _, below := range d.Below(tagExif, 1) {
			if e, ok := below.Find(tagMakerNote); ok {
				c.inMakerNote(e, begin)
			}
		}
	}
}

// inDirectory looks at both ways to point to a JPEG: tags of their own, and a strip.
func (c *collector) inDirectory(d *tiff.Directory, begin int64) {
	base := begin + d.Tree().Base()
	if at, length := d.Or(tagJPEG, 0), d.Or(tagJPEGLength, 0); at > 0 {
		c.add(base+at, length)
	}
	if at, length := d.All(tagStrips, 2), d.All(tagStripSizes, 2); len(at) == 1 && len(length) == 1 {
		c.add(base+at[0], length[0])
	}
}

// inMakerNote looks where Nikon, Pentax, Minolta, Olympus and Sony keep the larger previews.
func (c *collector) inMakerNote(e tiff.Entry, begin int64) {
	head, source := e.Raw(16), e.Source()
	base := e.Tree().Base()
	switch {
	case bytes.HasPrefix(head, []byte("Nikon\x00\x02")):
		if t, ok := tiff.Open(source, e.At()+10); ok {
			for _, d := range t.Directory(t.First).Below(0x0011, 1) {
				c.inDirectory(d, begin)
			}
		}
	case bytes.HasPrefix(head, []byte("AOC\x00")):
		c.inNotes(tiff.Within(source, base, noteOrder(head[4:], e.Order())).Directory(e.At()-base+6), begin+base)
	case bytes.HasPrefix(head, []byte("PENTAX \x00")):
		c.inNotes(tiff.Within(source, e.At(), noteOrder(head[8:], e.Order())).Directory(10), begin+e.At())
	case bytes.HasPrefix(head, []byte("OLYMPUS\x00")):
		c.inOlympus(tiff.Within(source, e.At(), noteOrder(head[8:], e.Order())).Directory(12), begin+e.At())
	case bytes.HasPrefix(head, []byte("OM SYSTEM\x00")):
		c.inOlympus(tiff.Within(source, e.At(), noteOrder(head[12:], e.Order())).Directory(16), begin+e.At())
	case bytes.HasPrefix(head, []byte("SONY ")):
		c.inNotes(tiff.Within(source, base, e.Order()).Directory(e.At()-base+12), begin+base)
	case len(head) > 0:
		c.inNotes(tiff.Within(source, base, e.Order()).Directory(e.At()-base), begin+base)
	}
}

// inNotes looks at pairs of offset and length (Pentax 4 and 3, Minolta 0x88 and
// 0x89), and at whole previews (Minolta 0x81, Epson 0x280, Sony 0x2001).
func (c *collector) inNotes(d *tiff.Directory, base int64) {
	for _, pair := range [][2]uint16{{0x0004, 0x0003}, {0x0088, 0x0089}} {
		if at := d.Or(pair[0], 0); at > 0 {
			c.add(base+at, d.Or(pair[1], 0))
		}
	}
	for _, tag := range []uint16{0x0081, 0x0280, 0x2001} {
		if e, ok := d.Find(tag); ok && e.Size > 1024 {
			c.add(base-d.Tree().Base()+e.At(), limit(e.Size))
		}
	}
}

// inOlympus looks into the camera settings, 0x2020.
func (c *collector) inOlympus(d *tiff.Directory, base int64) {
	e, ok := d.Find(0x2020)
	if !ok {
		return
	}
	at := d.Or(0x2020, 0)
	if e.Size > 4 && e.Type == tiff.Undefined {
		at = e.At() - d.Tree().Base()
	}
	settings := d.Tree().Directory(at)
	if start := settings.Or(0x0101, 0); start > 0 {
		c.add(base+start, settings.Or(0x0102, 0))
	}
}

// inPhotoshop looks for the thumbnail among the resources.
func (c *collector) inPhotoshop() {
	resources(c.r, psdResources(c.r), c.r.size, func(id uint16, at, size int64) {
		const thumbnail, head = 0x040c, 28
		if id == thumbnail {
			c.add(at+head, size-head)
		}
	})
}

// inCR3 looks at the thumbnail, the preview, and the first track, whose only
// sample is a JPEG of full size.
func (c *collector) inCR3() {
	for b := range boxes(c.r, 0, c.r.size) {
		switch {
		case b.kind == "moov":
			for inner := range boxes(c.r, b.body, b.end) {
				switch {
				case inner.id == uuidCanon:
					c.inCanonBox(inner, "THMB", 16)
				case inner.kind == "trak":
					c.inTrack(inner)
				}
			}
		case b.id == uuidPreview:
			b.body += 8
			c.inCanonBox(b, "PRVW", 16)
		}
	}
}

// inCanonBox takes the JPEG behind the head of a box.
func (c *collector) inCanonBox(outer box, kind string, head int64) {
	if b, ok := find(c.r, outer.body, outer.end, kind); ok {
		c.add(b.body+head, b.end-b.body-head)
	}
}

// inTrack takes the first sample of a track.
func (c *collector) inTrack(b box) {
	for _, kind := range []string{"mdia", "minf", "stbl"} {
		inner, ok := find(c.r, b.body, b.end, kind)
		if !ok {
			return
		}
		b = inner
	}
	var at, size int64
	for inner := range boxes(c.r, b.body, b.end) {
		x := fields{b: content(c.r, inner, 20)}
		x.take(4)
		switch inner.kind {
		case "stsz":
			if size = limit(x.take(4)); size == 0 {
				x.take(4)
				size = limit(x.take(4))
			}
		case "co64":
			x.take(4)
			at = limit(x.take(8))
		case "stco":
			x.take(4)
			at = limit(x.take(4))
		}
	}
	c.add(at, size)
}
