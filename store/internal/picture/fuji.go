package picture

import "encoding/binary"

const fujiHead = "FUJIFILMCCD-RAW "

// fujiJPEG is where a RAF has the camera's own JPEG.
func fujiJPEG(r *file) (at, size int64) {
	b := r.Bytes(84, 8)
	if len(b) < 8 {
		return 0, 0
	}
	return int64(binary.BigEndian.Uint32(b)), int64(binary.BigEndian.Uint32(b[4:]))
}

// raf reads a Fujifilm RAW, which describes itself in the JPEG within. The size
// is that of the JPEG: the sensor's is laid out in ways of each model's own.
func (f *facts) raf(r *file) {
	if at, size := fujiJPEG(r); size > 0 {
		f.jpeg(r, at)
	}
}
