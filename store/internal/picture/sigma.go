package picture

import (
	"encoding/binary"
	"unicode/utf16"

	"homeroll/store/internal/picture/tiff"
)

// x3fSection is one entry of the directory at the end of an X3F.
type x3fSection struct {
	at, size int64
	kind     string
}

// x3fSections reads the directory, which the last four bytes of the file point to.
func x3fSections(r *file) []x3fSection {
	const most = 64
	tail := r.Bytes(r.size-4, 4)
	if len(tail) < 4 {
		return nil
	}
	at := int64(binary.LittleEndian.Uint32(tail))
	head := r.Bytes(at, 12)
	if len(head) < 12 || string(head[:4]) != "SECd" {
		return nil
	}
	var all []x3fSection
	for i := range int64(min(binary.LittleEndian.Uint32(head[8:]), most)) {
		b := r.Bytes(at+12+12*i, 12)
		if len(b) < 12 {
			break
		}
		all = append(all, x3fSection{int64(binary.LittleEndian.Uint32(b)), int64(binary.LittleEndian.Uint32(b[4:])), string(b[8:])})
	}
	return all
}

// x3fJPEG is where the JPEG of an image section is.
func x3fJPEG(r *file, s x3fSection) (at, size int64, ok bool) {
	const head, jpeg = 28, 18
	if s.kind != "IMAG" && s.kind != "IMA2" {
		return 0, 0, false
	}
	b := r.Bytes(s.at, head)
	if len(b) < head || binary.LittleEndian.Uint32(b[12:]) != jpeg || s.size <= head {
		return 0, 0, false
	}
	return s.at + head, s.size - head, true
}

// x3f reads a Sigma RAW: the JPEG within and its EXIF, then its own properties and header.
func (f *facts) x3f(r *file) {
	sections := x3fSections(r)
	for _, s := range sections {
		if at, _, ok := x3fJPEG(r, s); ok && f.picture.Width == 0 {
			f.jpeg(r, at)
		}
	}
	for _, s := range sections {
		if s.kind == "PROP" {
			f.x3fProperties(r.Bytes(s.at, int(min(s.size, maxResources))))
		}
	}
	b := r.Bytes(0, 40)
	if len(b) == 40 && binary.LittleEndian.Uint32(b[4:]) < 4<<16 {
		f.size(int64(binary.LittleEndian.Uint32(b[28:])), int64(binary.LittleEndian.Uint32(b[32:])))
		f.rotation(int64(binary.LittleEndian.Uint32(b[36:])))
	}
}

// x3fProperties reads names and values in UTF-16 behind a table of where they begin.
func (f *facts) x3fProperties(b []byte) {
	if len(b) < 24 {
		return
	}
	const most = 256
	n := int(min(binary.LittleEndian.Uint32(b[8:]), most))
	if len(b) < 24+8*n {
		return
	}
	texts := b[24+8*n:]
	if count := binary.LittleEndian.Uint32(b[8:]); int64(count) > int64(n) {
		return
	}
	for i := range n {
		entry := b[24+8*i:]
		name := wide(texts, binary.LittleEndian.Uint32(entry))
		value := wide(texts, binary.LittleEndian.Uint32(entry[4:]))
		switch name {
		case "CAMMANUF":
			f.camera(value, "")
		case "CAMMODEL":
			f.camera("", value)
		case "TIME":
			f.clock("SigmaRaw", number(value))
		}
	}
}

// wide reads the UTF-16 text that begins at a character.
func wide(b []byte, at uint32) string {
	var units []uint16
	for i := int64(at) * 2; i+2 <= int64(len(b)) && len(units) < 256; i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return tiff.Clean([]byte(string(utf16.Decode(units))))
}
