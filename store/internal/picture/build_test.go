package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"strings"
)

// What follows builds small files of every format, byte by byte as their
// specifications have them, so that the tests need no files of others.

// le and be are the byte orders.
var (
	le = binary.LittleEndian
	be = binary.BigEndian
)

// dir is a TIFF directory to be built: values by tag.
type dir struct {
	tags []uint16
	vals []any
	next *dir
}

// with adds a field: a string, uint16, uint32, []uint32, [2]uint32 fractions in
// a [][2]uint32, bytes, a *dir below, or several of these as []*dir.
func (d *dir) with(tag uint16, v any) *dir {
	d.tags, d.vals = append(d.tags, tag), append(d.vals, v)
	return d
}

// tiffFile lays out a TIFF with that magic.
func tiffFile(order binary.AppendByteOrder, magic uint16, first *dir) []byte {
	b := []byte("II")
	if order == binary.AppendByteOrder(be) {
		b = []byte("MM")
	}
	b = order.AppendUint16(b, magic)
	w := tiffWriter{order: order, b: order.AppendUint32(b, 8)}
	w.dir(first)
	return w.b
}

type tiffWriter struct {
	order binary.AppendByteOrder
	b     []byte
}

func (w *tiffWriter) put32(at int, v int) {
	copy(w.b[at:], w.order.AppendUint32(nil, uint32(v)))
}

// dir appends a directory, its values and what is below, and returns where it begins.
func (w *tiffWriter) dir(d *dir) int {
	start := len(w.b)
	w.b = w.order.AppendUint16(w.b, uint16(len(d.tags)))
	w.b = append(w.b, make([]byte, 12*len(d.tags)+4)...)
	for i, tag := range d.tags {
		at := start + 2 + 12*i
		kind, count, value := w.value(d.vals[i])
		copy(w.b[at:], w.order.AppendUint32(w.order.AppendUint16(w.order.AppendUint16(nil, tag), kind), uint32(count)))
		if len(value) <= 4 {
			copy(w.b[at+8:], value)
			continue
		}
		w.put32(at+8, len(w.b))
		w.b = append(w.b, value...)
	}
	if d.next != nil {
		w.put32(start+2+12*len(d.tags), w.dir(d.next))
	}
	return start
}

func (w *tiffWriter) value(v any) (kind uint16, count int, b []byte) {
	switch v := v.(type) {
	case string:
		return 2, len(v) + 1, append([]byte(v), 0)
	case uint16:
		return 3, 1, w.order.AppendUint16(nil, v)
	case uint32:
		return 4, 1, w.order.AppendUint32(nil, v)
	case []uint32:
		for _, x := range v {
			b = w.order.AppendUint32(b, x)
		}
		return 4, len(v), b
	case [][2]uint32:
		for _, x := range v {
			b = w.order.AppendUint32(w.order.AppendUint32(b, x[0]), x[1])
		}
		return 5, len(v), b
	case []byte:
		return 7, len(v), v
	case *dir:
		return 4, 1, w.order.AppendUint32(nil, uint32(w.dir(v)))
	case []*dir:
		for _, below := range v {
			b = w.order.AppendUint32(b, uint32(w.dir(below)))
		}
		return 4, len(v), b
	}
	panic("picture_test: a value of a kind that is not written")
}

// pixels is a JPEG of a size, without metadata.
func pixels(width, height int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func jpegSegment(marker byte, body ...string) []byte {
	joined := strings.Join(body, "")
	return append(be.AppendUint16([]byte{0xff, marker}, uint16(len(joined)+2)), joined...)
}

// jpegFile is a JPEG of 32 × 16 with segments before its pixels.
func jpegFile(segments ...[]byte) []byte {
	p := pixels(32, 16)
	return bytes.Join([][]byte{p[:2], bytes.Join(segments, nil), p[2:]}, nil)
}

func exifSegment(first *dir) []byte {
	return jpegSegment(0xe1, "Exif\x00\x00", string(tiffFile(be, 42, first)))
}

// description is what most formats are given to say.
func description() *dir {
	return (&dir{}).with(0x010f, "Maker ").with(0x0110, "Model\x00rest").with(0x0112, uint16(6)).
		with(0x8769, (&dir{}).with(0x9003, "2023:10:06 08:30:00").with(0x9011, "+02:00").with(0x9291, "139").with(0xa434, "24mm f/2"))
}

func xmpPacket(properties string) string {
	return `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" ` +
		`xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" ` +
		`xmlns:Container="http://ns.google.com/photos/1.0/container/" xmlns:Item="http://ns.google.com/photos/1.0/container/item/" ` + properties + `</rdf:Description></rdf:RDF></x:xmpmeta>`
}

func xmpSegment(properties string) []byte {
	return jpegSegment(0xe1, "http://ns.adobe.com/xap/1.0/\x00", xmpPacket(properties))
}

func pngChunk(kind string, body []byte) []byte {
	b := be.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return be.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func pngFile(chunks ...[]byte) []byte {
	header := append(be.AppendUint32(be.AppendUint32(nil, 32), 16), 8, 0, 0, 0, 0)
	all := append([][]byte{[]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", header)}, chunks...)
	return bytes.Join(append(all, pngChunk("IEND", nil)), nil)
}

func riffChunk(kind string, body []byte) []byte {
	b := append(le.AppendUint32([]byte(kind), uint32(len(body))), body...)
	return append(b, make([]byte, len(body)&1)...)
}

func webpFile(chunks ...[]byte) []byte {
	vp8x := riffChunk("VP8X", []byte{0, 0, 0, 0, 31, 0, 0, 15, 0, 0})
	body := append([]byte("WEBP"), bytes.Join(append([][]byte{vp8x}, chunks...), nil)...)
	return riffChunk("RIFF", body)
}

// bx is a box; full is one with version and flags.
func bx(kind string, body ...[]byte) []byte {
	joined := bytes.Join(body, nil)
	return append(append(be.AppendUint32(nil, uint32(len(joined)+8)), kind...), joined...)
}

func full(kind string, version byte, body ...[]byte) []byte {
	return bx(kind, append([][]byte{{version, 0, 0, 0}}, body...)...)
}

func u16(v ...int) (b []byte) {
	for _, x := range v {
		b = be.AppendUint16(b, uint16(x))
	}
	return b
}

func u32(v ...int) (b []byte) {
	for _, x := range v {
		b = be.AppendUint32(b, uint32(x))
	}
	return b
}

// heicFile has a tile of 16 × 16, a primary grid of 32 × 16, and Exif in idat.
func heicFile(brand string, first *dir, more ...[]byte) []byte {
	exif := append(u32(6), append([]byte("Exif\x00\x00"), tiffFile(be, 42, first)...)...)
	item := func(id int, kind string) []byte { return full("infe", 2, u16(id, 0), []byte(kind), []byte{0}) }
	meta := full("meta", 0,
		full("hdlr", 0, u32(0), []byte("pict"), make([]byte, 13)),
		full("pitm", 0, u16(2)),
		full("iinf", 0, u16(3), item(1, "hvc1"), item(2, "grid"), item(3, "Exif")),
		full("iloc", 1, []byte{0x44, 0}, u16(1), u16(3, 1, 0, 1), u32(0, len(exif))),
		bx("iprp",
			bx("ipco", full("ispe", 0, u32(16, 16)), full("ispe", 0, u32(32, 16))),
			full("ipma", 0, u32(2), u16(1), []byte{1, 1}, u16(2), []byte{1, 2})),
		bx("idat", exif))
	return bytes.Join(append([][]byte{bx("ftyp", []byte(brand), u32(0), []byte("mif1")), meta}, more...), nil)
}

// cr3File has its directories in Canon's box, a preview and a thumbnail.
func cr3File() []byte {
	canon := "\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48"
	preview := "\xea\xf4\x2b\x5e\x1c\x98\x4b\x88\xb9\xfb\xb7\xdc\x40\x6e\x4d\x16"
	cmt1 := (&dir{}).with(0x0100, uint16(32)).with(0x0101, uint16(16)).with(0x010f, "Maker").with(0x0110, "Model").with(0x0112, uint16(6))
	cmt2 := (&dir{}).with(0x9003, "2023:10:06 08:30:00").with(0x9011, "+02:00").with(0x9291, "139").with(0xa434, "24mm f/2")
	moov := bx("moov", bx("uuid", []byte(canon),
		bx("CNCV", []byte("CanonCR3_001/00.11.00/00.00.00")),
		bx("CMT1", tiffFile(le, 42, cmt1)), bx("CMT2", tiffFile(le, 42, cmt2)),
		bx("THMB", make([]byte, 16), pixels(16, 8))),
		full("mvhd", 0, u32(0, 0, 1, 1)))
	prvw := bx("uuid", []byte(preview), make([]byte, 8), bx("PRVW", make([]byte, 16), pixels(24, 12)))
	return bytes.Join([][]byte{bx("ftyp", []byte("crx "), u32(1), []byte("crx isom")), moov, prvw}, nil)
}

// crwFile is a heap with the camera, a size, a time and a JPEG.
func crwFile() []byte {
	b := append([]byte("II"), le.AppendUint32(nil, 26)...)
	b = append(b, "HEAPCCDR"...)
	b = append(b, make([]byte, 26-len(b))...)
	type entry struct {
		tag  uint16
		body []byte
	}
	size := le.AppendUint32(le.AppendUint32(nil, 32), 16)
	size = append(size, make([]byte, 4)...)
	size = le.AppendUint32(size, 90)
	var table []byte
	entries := []entry{
		{0x080a, []byte("Maker\x00Model\x00")}, {0x1810, append(size, make([]byte, 12)...)},
		{0x180e, append(le.AppendUint32(nil, 1696581000), make([]byte, 8)...)}, {0x2007, pixels(24, 12)},
	}
	for _, e := range entries {
		table = le.AppendUint16(table, e.tag)
		table = le.AppendUint32(le.AppendUint32(table, uint32(len(e.body))), uint32(len(b)-26))
		b = append(b, e.body...)
	}
	start := len(b) - 26
	b = append(le.AppendUint16(b, uint16(len(entries))), table...)
	return le.AppendUint32(b, uint32(start))
}

// rafFile has a JPEG that says it all.
func rafFile() []byte {
	b := append([]byte("FUJIFILMCCD-RAW 0201"), make([]byte, 148-20)...)
	j := jpegFile(exifSegment(description()))
	copy(b[84:], u32(148, len(j)))
	return append(b, j...)
}

// mrwFile has a size and a TIFF in blocks.
func mrwFile() []byte {
	prd := append([]byte("27820001"), u16(16, 32, 16, 32)...)
	ttw := tiffFile(be, 42, description())
	body := append(append([]byte("\x00PRD"), u32(len(prd))...), prd...)
	body = append(append(append(body, "\x00TTW"...), u32(len(ttw))...), ttw...)
	return append(append([]byte("\x00MRM"), u32(len(body))...), body...)
}

// x3fFile has a JPEG in a section.
func x3fFile() []byte {
	b := append([]byte("FOVb"), le.AppendUint32(nil, 2<<16)...)
	b = append(b, make([]byte, 40-len(b))...)
	at := len(b)
	j := jpegFile(exifSegment(description()))
	b = append(b, "SECi"...)
	for _, v := range []uint32{2 << 16, 2, 18, 32, 16, 0} {
		b = le.AppendUint32(b, v)
	}
	b = append(b, j...)
	table := len(b)
	b = append(b, "SECd"...)
	for _, v := range []uint32{2 << 16, 1, uint32(at), uint32(28 + len(j))} {
		b = le.AppendUint32(b, v)
	}
	b = append(b, "IMA2"...)
	return le.AppendUint32(b, uint32(table))
}

// rawFile is a RAW like a TIFF: a thumbnail first, the sensor's pixels below.
func rawFile(maker string, magic uint16, mark func(*dir)) []byte {
	d := description()
	d.vals[0] = maker
	thumb := pixels(24, 12)
	d.with(0x00fe, uint32(1)).with(0x0100, uint32(8)).with(0x0101, uint32(4)).with(0x927c, thumb)
	d.with(0x014a, []*dir{
		(&dir{}).with(0x00fe, uint32(1)).with(0x0103, uint16(6)).with(0x0201, uint32(0)).with(0x0202, uint32(len(thumb))),
		(&dir{}).with(0x00fe, uint32(0)).with(0x0100, uint32(32)).with(0x0101, uint32(16)).with(0x0106, uint16(32803)),
	})
	if mark != nil {
		mark(d)
	}
	b := tiffFile(le, magic, d)
	// The thumbnail lies in a field that nobody reads; its place is put where it belongs.
	at := bytes.Index(b, thumb)
	field := bytes.Index(b, []byte{0x01, 0x02, 4, 0, 1, 0, 0, 0, 0, 0, 0, 0})
	le.PutUint32(b[field+8:], uint32(at))
	return b
}

// gifFile has two frames of half a second.
func gifFile() []byte {
	b := append([]byte("GIF89a"), 32, 0, 16, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6)
	for range 2 {
		b = append(b, 0x21, 0xf9, 4, 0, 50, 0, 0, 0)
		b = append(b, 0x2c, 0, 0, 0, 0, 32, 0, 16, 0, 0, 2, 3, 1, 2, 3, 0)
	}
	return append(b, 0x3b)
}
