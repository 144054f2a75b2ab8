package movie

import (
	"bytes"
	"encoding/binary"

	"homeroll/store/internal/picture/tiff"
)

// block is bytes as a source of TIFF.
type block []byte

// Bytes returns n bytes from off, fewer at the end.
func (b block) Bytes(off int64, n int) []byte {
	if off < 0 || off >= int64(len(b)) || n <= 0 {
		return nil
	}
	return b[off:][:min(int64(n), int64(len(b))-off)]
}

// canonThumbnail reads the EXIF of the still that Canon keeps in a video: the
// wall clock, and the camera.
func (f *iso) canonThumbnail(b box) {
	c, ok := f.find(b.from, b.to, "CNDA")
	if !ok {
		return
	}
	f.m.jpegExif(f.Bytes(c.from, int(min(c.to-c.from, maxText))))
}

// jpegExif reads the EXIF at the front of a JPEG.
func (m *movie) jpegExif(b []byte) {
	if i := bytes.Index(b, []byte("Exif\x00\x00")); i >= 0 && bytes.HasPrefix(b, []byte{0xff, 0xd8}) {
		m.exif(block(b), int64(i+6))
	}
}

// canonDirectory reads one directory of TIFF that Canon keeps in a box of its
// own: the first of a file, or the EXIF directory.
func (m *movie) canonDirectory(b []byte) {
	if tree, ok := tiff.Open(block(b), 0); ok {
		m.directory(tree.Directory(tree.First))
	}
}

// directory takes over what a directory of EXIF says.
func (m *movie) directory(d *tiff.Directory) {
	m.madeBy(byMaker, d.Text(0x010f))
	m.modelled(byMaker, d.Text(0x0110))
	m.text(byOriginal, exifTime(d.Text(0x9003), d.Text(0x9291), d.Text(0x9011)), "EXIF DateTimeOriginal")
	m.text(byMaker, exifTime(d.Text(0x9004), d.Text(0x9292), d.Text(0x9012)), "EXIF CreateDate")
	if m.Lens == "" {
		m.Lens = d.Text(0xa434)
	}
}

// exif takes over what an EXIF structure within a maker's note says.
func (m *movie) exif(src tiff.Source, base int64) {
	tree, ok := tiff.Open(src, base)
	if !ok {
		return
	}
	first := tree.Directory(tree.First)
	m.directory(first)
	for _, d := range first.Below(0x8769, 1) {
		m.directory(d)
	}
}

// exifTime joins the three tags of a time.
func exifTime(date, fraction, offset string) string {
	if date != "" && fraction != "" {
		date += "." + fraction
	}
	return date + offset
}

// nikonTags reads Nikon's list: tag, type as in TIFF, count, value.
func (m *movie) nikonTags(c []byte) {
	for range 1000 {
		if len(c) < 8 {
			return
		}
		tag, size := be32(c, 0), int(be16(c, 6))*typeSize(be16(c, 4))
		c = c[8:]
		if size == 0 || size > len(c) {
			return
		}
		value := cleanText(c[:size])
		switch tag {
		case 0x01:
			m.madeBy(byMaker, value)
		case 0x02:
			m.modelled(byMaker, value)
		case 0x11:
			m.text(byMaker, value, "MakerNotes CreateDate")
		case 0x12:
			m.text(byOriginal, value, "MakerNotes DateTimeOriginal")
		}
		c = c[size:]
	}
}

// typeSize is the bytes of one value of a type of TIFF.
func typeSize(t uint16) int {
	switch t {
	case 1, 2, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 11:
		return 4
	case 5, 10, 12:
		return 8
	}
	return 0
}

// digitalCameras are the notes named TAGS: what they begin with, where the
// model stands and how long it is.
var digitalCameras = []struct {
	prefix    string
	model, of int
}{
	{"FUJIFILM DIGITAL CAMERA", 0x18, 16},
	{"EASTMAN KODAK COMPANY", 0x16, 42},
	{"KONICA MINOLTA DIGITAL CAMERA", 0, 0},
	{"MINOLTA DIGITAL CAMERA", 0, 0},
	{"NIKON DIGITAL CAMERA", 0x18, 8},
	{"OLYMPUS DIGITAL CAMERA", 0x18, 24},
	{"PENTAX DIGITAL CAMERA", 0, 0},
	{"SAMSUNG DIGITAL CAMERA", 0x18, 16},
	{"SANYO DIGITAL CAMERA", 0x18, 8},
}

// digitalCamera reads the note of a camera of the 2000s.
func (m *movie) digitalCamera(c []byte) {
	for _, d := range digitalCameras {
		if !bytes.HasPrefix(c, []byte(d.prefix)) {
			continue
		}
		m.madeBy(byMaker, cleanText(c[:min(len(c), 32)]))
		if d.of > 0 && len(c) >= d.model+d.of {
			m.modelled(byMaker, cleanText(c[d.model:d.model+d.of]))
		}
	}
}

// goProList reads the camera's settings: a list of key, type, size of a value,
// their number, and the values, padded to four bytes (GoPro Metadata Format).
func (m *movie) goProList(c []byte, depth int) {
	for len(c) >= 8 {
		key, kind, size := string(c[:4]), c[4], int(c[5])*int(be16(c, 6))
		c = c[8:]
		if size > len(c) {
			return
		}
		switch {
		case kind == 0 && depth < 4:
			m.goProList(c[:size], depth+1)
		case key == "MINF":
			m.modelled(byMaker, cleanText(c[:size]))
		}
		c = c[min((size+3)&^3, len(c)):]
	}
}

// exifNote reads the EXIF directory that Casio (QVMI, big-endian) and Fujifilm
// (MVTG, little-endian) keep after some bytes of their own.
func (f *iso) exifNote(b box) {
	start, order := 10, binary.ByteOrder(binary.BigEndian)
	if b.kind == "MVTG" {
		start, order = 16, binary.LittleEndian
	}
	c := f.content(b)
	if len(c) <= start {
		return
	}
	at := int64(0)
	if b.kind == "MVTG" {
		c = c[start:]
	} else {
		at = int64(start)
	}
	tree := tiff.Within(block(c), 0, order)
	f.m.directory(tree.Directory(at))
}

// panasonic reads the JPEG-like note, with EXIF, that Panasonic keeps in a
// video, as does Leica; its place differs from model to model.
func (f *iso) panasonic(b box) {
	c := f.Bytes(b.from, int(min(b.to-b.from, 256<<10)))
	if i := bytes.Index(c, []byte("Exif\x00\x00")); i >= 0 {
		f.m.exif(block(c), int64(i+6))
	}
	if bytes.HasPrefix(c, []byte("LEICA")) || bytes.HasPrefix(c, []byte("Panasonic")) {
		f.m.madeBy(byMaker, cleanText(c[:min(len(c), 22)]))
	}
}
