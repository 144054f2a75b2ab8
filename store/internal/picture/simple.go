package picture

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// bmp reads the size of a Windows or OS/2 bitmap. One that is written from the top has a negative height.
func (f *facts) bmp(r *file) {
	b := r.Bytes(14, 12)
	if len(b) < 12 {
		return
	}
	if binary.LittleEndian.Uint32(b) == 12 {
		f.size(int64(binary.LittleEndian.Uint16(b[4:])), int64(binary.LittleEndian.Uint16(b[6:])))
		return
	}
	height := int64(int32(binary.LittleEndian.Uint32(b[8:])))
	f.size(int64(binary.LittleEndian.Uint32(b[4:])), max(height, -height))
}

// psd reads a Photoshop file, or its large kind (Adobe Photoshop File Formats).
func (f *facts) psd(r *file) {
	b := r.Bytes(0, 30)
	if len(b) < 30 {
		return
	}
	f.size(int64(binary.BigEndian.Uint32(b[18:])), int64(binary.BigEndian.Uint32(b[14:])))
	f.resources(r, psdResources(r), r.size)
}

// psdResources is where the image resources begin, behind the colour mode data.
func psdResources(r *file) int64 {
	b := r.Bytes(26, 4)
	if len(b) < 4 {
		return r.size
	}
	return 26 + 4 + int64(binary.BigEndian.Uint32(b)) + 4
}

// pnm reads the header of a portable anymap: two numbers after the magic, among comments.
func (f *facts) pnm(r *file) {
	var fields []string
	for line := range strings.Lines(string(r.Bytes(2, 1024))) {
		line, _, _ = strings.Cut(line, "#")
		fields = append(fields, strings.Fields(line)...)
	}
	if len(fields) < 2 {
		return
	}
	width, err1 := strconv.ParseInt(fields[0], 10, 32)
	height, err2 := strconv.ParseInt(fields[1], 10, 32)
	if err1 == nil && err2 == nil {
		f.size(width, height)
	}
}

// xcf reads the size of a GIMP picture, behind its version.
func (f *facts) xcf(r *file) {
	if b := r.Bytes(14, 8); len(b) == 8 {
		f.size(int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:])))
	}
}

// isPCX looks at version, encoding, bits of a pixel and the reserved byte.
func isPCX(head []byte) bool {
	return len(head) >= 128 && head[0] == 10 && head[1] <= 5 && head[2] == 1 && (head[3] == 1 || head[3] == 2 || head[3] == 4 || head[3] == 8) && head[64] == 0
}

// pcx reads the size of a Paintbrush picture from its window.
func (f *facts) pcx(r *file) {
	if b := r.Bytes(4, 8); len(b) == 8 {
		side := func(from, to int) int64 {
			return int64(binary.LittleEndian.Uint16(b[to:])) - int64(binary.LittleEndian.Uint16(b[from:])) + 1
		}
		f.size(side(0, 4), side(2, 6))
	}
}

// ico reads the size of the first picture of an icon, of which 0 stands for 256.
func (f *facts) ico(r *file) {
	if b := r.Bytes(6, 2); len(b) == 2 {
		f.size(int64(b[0]-1)+1, int64(b[1]-1)+1)
	}
}
