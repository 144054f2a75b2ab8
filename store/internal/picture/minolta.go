package picture

import "encoding/binary"

// minolta reads an MRW: blocks behind a head, before the pixels.
func (f *facts) minolta(r *file) { f.minoltaBlocks(r, 0, true) }

// minoltaBlocks reads blocks of Minolta's: a name of a zero and three letters,
// a length, a body. PRD has the sizes, TTW a TIFF with EXIF.
func (f *facts) minoltaBlocks(r *file, at int64, exif bool) {
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
		switch string(b[1:4]) {
		case "PRD":
			if s := r.Bytes(at+8, 16); len(s) == 16 {
				f.size(int64(order.Uint16(s[14:])), int64(order.Uint16(s[12:])))
			}
		case "TTW":
			if exif {
				f.exifBlock(part{r, at + 8, size}, 0)
			}
		}
		at += 8 + size
	}
}
