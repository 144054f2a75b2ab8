package preview

import (
	"bytes"
	"compress/lzw"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/draw"
	"runtime"
	"slices"
	"testing"
	"time"

	"homeroll/store/internal/preview/decode"
	"homeroll/store/media"
)

// chunk makes a chunk of a PNG.
func chunk(kind string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func hugePNG(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	_, _ = z.Write(make([]byte, 8<<20)) // packs to 8 KB; a bytes.Buffer takes all
	_ = z.Close()
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"),
		chunk("IHDR", append(head, 8, 6, 0, 0, 0)), chunk("IDAT", packed.Bytes()), chunk("IEND", nil))
}

// profilePNG has a colour profile that unpacks to 64 MB.
func profilePNG(t *testing.T) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	zeros := make([]byte, 1<<20)
	for range 64 {
		_, _ = z.Write(zeros)
	}
	_ = z.Close()
	whole := asPNG(t, image.NewGray(image.Rect(0, 0, 64, 64)))
	const afterHead = 8 + 25
	return slices.Concat(whole[:afterHead], chunk("iCCP", append([]byte("x\x00\x00"), packed.Bytes()...)), whole[afterHead:])
}

func hugeGIF() []byte {
	b := []byte("GIF89a\x50\xc3\x50\xc3\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x50\xc3\x50\xc3\x00\x08")
	var packed bytes.Buffer
	w := lzw.NewWriter(&packed, lzw.LSB, 8)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	for block := range slices.Chunk(packed.Bytes(), 255) {
		b = append(append(b, byte(len(block))), block...)
	}
	return append(b, 0, ';')
}

func hugeBMP() []byte {
	b := []byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28\x00\x00\x00")
	b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 50000), 50000)
	return append(append(b, 1, 0, 24, 0), make([]byte, 5000)...)
}

// hugeTIFF claims 50,000×50,000 pixels in one strip of Deflate.
func hugeTIFF() []byte {
	b := []byte("II*\x00\x08\x00\x00\x00\x0a\x00")
	entry := func(tag, kind uint16, value uint32) {
		b = binary.LittleEndian.AppendUint16(binary.LittleEndian.AppendUint16(b, tag), kind)
		b = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(b, 1), value)
	}
	entry(256, 4, 50000)
	entry(257, 4, 50000)
	entry(258, 3, 8)
	entry(259, 3, 8)
	entry(262, 3, 1)
	entry(273, 4, 200)
	entry(277, 3, 1)
	entry(278, 4, 50000)
	entry(279, 4, 5000)
	entry(284, 3, 1)
	return append(b, make([]byte, 6000)...)
}

// hugeWebP is a canvas of 16384×16384 around a lossless picture that says so, too.
func hugeWebP() []byte {
	body := []byte("WEBPVP8L\x10\x00\x00\x00\x2f\xff\xff\xff\x0f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

func box(kind string, parts ...[]byte) []byte {
	body := bytes.Join(parts, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), kind...), body...)
}

func full(kind string, version byte, parts ...[]byte) []byte {
	return box(kind, append([][]byte{{version, 0, 0, 0}}, parts...)...)
}

// heif makes a file whose primary picture is of a kind and size, made of itself.
func heif(kind string, side uint32) []byte {
	size := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, side), side)
	grid := append([]byte{0, 1, 63, 63}, size...)
	return slices.Concat(box("ftyp", []byte("heic\x00\x00\x00\x00mif1heic")),
		full("meta", 0,
			full("pitm", 0, []byte{0, 1}),
			full("iinf", 0, []byte{0, 1}, full("infe", 2, []byte{0, 1, 0, 0}, []byte(kind), []byte{0})),
			full("iloc", 1, []byte{0x44, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, byte(len(grid))}),
			full("iref", 0, box("dimg", []byte{0, 1}, []byte{0x10, 0}, bytes.Repeat([]byte{0, 1}, 4096))),
			box("iprp", box("ipco", full("ispe", 0, size)), full("ipma", 0, []byte{0, 0, 0, 1, 0, 1, 1, 1})),
			box("idat", grid)))
}

// scansJPEG is a progressive JPEG with as many scans of nothing as fit.
func scansJPEG(scans int) []byte {
	b := []byte{0xff, 0xd8}
	b = append(append(b, 0xff, 0xdb, 0, 67, 0), bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, 0xc2, 0, 11, 8, 0x1f, 0x40, 0x1f, 0x40, 1, 1, 0x11, 0) // 8000×8000
	b = append(b, 0xff, 0xc4, 0, 20, 0x00, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, 0xff, 0xc4, 0, 20, 0x10, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	for range scans {
		b = append(b, 0xff, 0xda, 0, 8, 1, 1, 0, 1, 5, 0, 0)
	}
	return append(b, 0xff, 0xd9)
}

// frameJPEG is a whole small JPEG whose frame says another size.
func frameJPEG(t *testing.T, w, h uint16) []byte {
	b := asJPEG(t, scene(64, 64, 1), 80)
	at := bytes.Index(b, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint16(b[at+5:], h)
	binary.BigEndian.PutUint16(b[at+7:], w)
	return b
}

// peak runs f and returns the most memory that was in use meanwhile.
func peak(f func()) uint64 {
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	most := uint64(0)
	done := make(chan struct{})
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			runtime.ReadMemStats(&now)
			most = max(most, now.HeapAlloc-min(before.HeapAlloc, now.HeapAlloc))
			select {
			case <-done:
				return
			case <-tick.C:
			}
		}
	}()
	f()
	close(done)
	<-watched
	return most
}

func TestBombsCostLittle(t *testing.T) {
	c := open(t, Config{})
	whole := asJPEG(t, scene(600, 400, 3), 85)
	for _, tc := range []struct {
		name string
		data []byte
		want error
	}{
		{"a PNG of 50,000×50,000", hugePNG(50000, 50000), ErrTooLarge},
		{"a PNG of 2³¹×2³¹", hugePNG(1<<31-1, 1<<31-1), nil},
		{"a PNG that claims 8,000×8,000 and ends", hugePNG(8000, 8000), ErrDamaged},
		{"a GIF of 50,000×50,000", hugeGIF(), ErrTooLarge},
		{"a BMP of 50,000×50,000", hugeBMP(), ErrTooLarge},
		{"a TIFF of 50,000×50,000", hugeTIFF(), ErrTooLarge},
		{"a WebP of 16,384×16,384", hugeWebP(), ErrTooLarge},
		{"a JPEG of 65,535×65,535", frameJPEG(t, 65535, 65535), ErrTooLarge},
		{"a JPEG with 50,000 scans", scansJPEG(50000), ErrTooLarge},
		{"a HEIC of 50,000×50,000", heif("hvc1", 50000), ErrTooLarge},
		{"a HEIC whose tiles are itself", heif("grid", 8000), nil},
		{"an AVIF of 12,000×12,000", heif("av01", 12000), ErrTooLarge},
		{"a HEIC that is derived in circles", heif("iden", 100), nil},
		{"half of a PNG", hugePNG(64, 64)[:60], ErrDamaged},
		{"the head of a JPEG", whole[:100], ErrDamaged},
	} {
		var err error
		cost := peak(func() {
			_, err = c.Make(t.Context(), sourceOf(tc.data, media.Picture{}))
		})
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
		if limit := uint64(decode.Defaults().Memory); cost > limit {
			t.Errorf("%s takes %d MB", tc.name, cost>>20)
		}
		if !c.Has(idOf(tc.data)) {
			t.Errorf("%s is not remembered: %v", tc.name, err)
		}
	}
}

// A profile that is a bomb is left out; the picture is not.
func TestBombInProfile(t *testing.T) {
	c := open(t, Config{})
	src := sourceOf(profilePNG(t), media.Picture{Type: "image/png"})
	var err error
	cost := peak(func() { _, err = c.Make(t.Context(), src) })
	if err != nil {
		t.Error(err)
	}
	if cost > 20<<20 {
		t.Errorf("it takes %d MB", cost>>20)
	}
}

// What is whole of a JPEG that is cut off is shown, and the rest is flat.
func TestCutOffJPEG(t *testing.T) {
	c := open(t, Config{})
	data := asJPEG(t, scene(600, 400, 3), 85)
	src := sourceOf(data[:len(data)/2], media.Picture{Type: "image/jpeg"})
	whole := sourceOf(data, media.Picture{Type: "image/jpeg"})
	if _, err := c.Make(t.Context(), src); !errors.Is(err, ErrCut) {
		t.Fatal(err)
	}
	if _, err := c.Make(t.Context(), whole); err != nil {
		t.Fatal(err)
	}
	got, want := preview(t, c, src.ID, Large), preview(t, c, whole.ID, Large)
	type part interface {
		SubImage(image.Rectangle) image.Image
	}
	top, bottom := image.Rect(0, 0, 600, 150), image.Rect(0, 300, 600, 380)
	if d := distance(got.(part).SubImage(top), want.(part).SubImage(top)); d > 1 {
		t.Errorf("the top differs by %.1f", d)
	}
	flat := image.NewRGBA(bottom)
	draw.Draw(flat, bottom, image.NewUniform(got.At(300, 350)), image.Point{}, draw.Src)
	if d := distance(got.(part).SubImage(bottom), flat); d > 1 {
		t.Errorf("the bottom is not flat, by %.1f", d)
	}
}

// A large photo takes its scaled size, not its own.
func TestLargePhotosFit(t *testing.T) {
	for _, tc := range []struct {
		name  string
		w, h  int
		most  uint64
		shown image.Point
	}{
		{"a photo of 100 megapixels", 11550, 8660, 60 << 20, image.Pt(1440, 1080)},
		{"a long panorama", 40000, 1500, 60 << 20, image.Pt(1440, 54)},
	} {
		c := open(t, Config{})
		src := sourceOf(asJPEG(t, stripes(tc.w, tc.h), 80), media.Picture{Type: "image/jpeg"})
		var err error
		cost := peak(func() { _, err = c.Make(t.Context(), src) })
		if err != nil {
			t.Errorf("%s: %v", tc.name, err)
			continue
		}
		if got := preview(t, c, src.ID, Large).Bounds().Size(); got != tc.shown {
			t.Errorf("%s: %v", tc.name, got)
		}
		t.Logf("%s takes %d MB", tc.name, cost>>20)
		if cost > tc.most {
			t.Errorf("%s takes %d MB", tc.name, cost>>20)
		}
	}
}

// stripes paints a large picture quickly.
func stripes(w, h int) image.Image {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for k := range img.Pix {
		img.Pix[k] = uint8(k % w >> 3)
	}
	return img
}

// A decode ends with its context, and is then tried again.
func TestMakeEndsWithItsContext(t *testing.T) {
	c := open(t, Config{})
	data := asPNG(t, scene(800, 600, 1))
	ctx, cancel := context.WithCancel(t.Context())
	src := sourceOf(data, media.Picture{Type: "image/png"})
	src.File = cancelling{bytes.NewReader(data), cancel}
	if _, err := c.Make(ctx, src); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	if c.Has(src.ID) {
		t.Error("it is taken for impossible")
	}
	if _, err := c.Make(t.Context(), sourceOf(data, media.Picture{Type: "image/png"})); err != nil {
		t.Error(err)
	}
}

// cancelling ends a context once pixels are read.
type cancelling struct {
	*bytes.Reader
	cancel func()
}

func (r cancelling) ReadAt(p []byte, at int64) (int, error) {
	if at > 1000 {
		r.cancel()
	}
	return r.Reader.ReadAt(p, at)
}

// A failure to read is not the picture's.
func TestUnreadableIsNotRemembered(t *testing.T) {
	c := open(t, Config{})
	data := asPNG(t, scene(800, 600, 1))
	src := sourceOf(data, media.Picture{Type: "image/png"})
	src.File = broken{bytes.NewReader(data)}
	if _, err := c.Make(t.Context(), src); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("%v", err)
	}
	if c.Has(src.ID) {
		t.Error("it is taken for impossible")
	}
}

type broken struct{ *bytes.Reader }

func (r broken) ReadAt(p []byte, at int64) (int, error) {
	if at > 1000 {
		return 0, errors.New("the disk is on fire")
	}
	return r.Reader.ReadAt(p, at)
}
