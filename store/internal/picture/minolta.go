package picture

import "encoding/binary"

// minolta reads an MRW: blocks behind a head, before the pixels.
func (f *facts) minolta(r *file) {
	minoltaBlocks(r, 0, func(name string, at, size int64, order binary.ByteOrder) {
		switch name {
		case "PRD":
			f.minoltaSize(r, at, order)
		case "TTW":
			f.exifBlock(part{r, at, size}, 0)
		}
	})
}

// minoltaSize reads the size of the picture, behind that of the sensor.
func (f *facts) minoltaSize(r *file, at int64, order binary.ByteOrder) {
	if b := r.Bytes(at, 16); len(b) == 16 {
		f.size(int64(order.Uint16(b[14:])), int64(order.Uint16(b[12:])))
	}
}

// minoltaBlocks walks the blocks of Minolta's: a name of a zero and three
// letters, a length, a body. PRD has the sizes, TTW a TIFF with EXIF.
func minoltaBlocks(r *file, at int64, each func(name string, at, size int64, order binary.ByteOrder)) {
	head := r.Bytes(at, 8)
	if len(head) < 8 || head[0] != 0 || head[1] != 'M' || head[2] != 'R' {
		return
	}
	var order binary.ByteOrder = binary.BigEndian
	if head[3] == 'I' {
		order = binary.LittleEndian
	}
	const most = 32
	at += 8
	for range most {
		b := r.Bytes(at, 8)
		if len(b) < 8 || b[0] != 0 {
			return
		}
		size := int64(order.Uint32(b[4:]))
		each(string(b[1:4]), at+8, size, order)
		at += 8 + size
	}
}
