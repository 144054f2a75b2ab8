package preview

import (
	"encoding/binary"
	"testing"

	"homeroll/store/media"
)

// BenchmarkMake12MP makes both previews and the look of a photo of 12 megapixels.
func BenchmarkMake12MP(b *testing.B) {
	img := scene(4000, 3000, 1)
	grain(img)
	data := asJPEG(b, img, 92)
	c, err := Open(Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	b.SetBytes(int64(len(data)))
	var n uint64
	for b.Loop() {
		src := sourceOf(data, media.Picture{Type: "image/jpeg"})
		n++
		binary.BigEndian.PutUint64(src.ID[:], n)
		if _, err := c.Make(b.Context(), src); err != nil {
			b.Fatal(err)
		}
	}
}
