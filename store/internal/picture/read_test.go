package picture_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"
	"time"
	"unicode/utf16"

	"homeroll/store/internal/picture"
	"homeroll/store/media"
	"homeroll/store/media/formattest"
)

// sample is a small file and what is to be read of it.
type sample struct {
	name string
	file []byte
	mime string
	says bool // what description() says, besides the size
}

// samples are small files of every format, all of 32 × 16 pixels.
func samples() []sample {
	exif := tiffFile(be, 42, description())
	psdExif := append(append([]byte("8BIM\x04\x22\x00\x00"), u32(len(exif))...), exif...)
	sized := func(d *dir) *dir { return d.with(0x0100, uint32(32)).with(0x0101, uint16(16)) }
	jxlBare := []byte{0xff, 0x0a, 0b0000_0011, 0b0000_0110, 0, 0} // small; 2 × 8 high, no ratio, 4 × 8 wide
	plainJXL := bx("JXL ", []byte{0x0d, 0x0a, 0x87, 0x0a})
	big := append(append([]byte("II+\x00\x08\x00\x00\x00"), le.AppendUint64(nil, 16)...), le.AppendUint64(nil, 2)...)
	for tag, v := range map[uint16]uint64{0x100: 32, 0x101: 16} {
		big = le.AppendUint64(le.AppendUint64(le.AppendUint16(le.AppendUint16(big, tag), 3), 1), v)
	}
	rw2 := []byte("IIU\x00\x18\x00\x00\x00\x88\xe7\x74\xd8\xf8\x25\x1d\x4d\x94\x7a\x6e\x77\x82\x2b\x5d\x6a")
	w := tiffWriter{order: le, b: rw2}
	w.dir(description().with(4, uint16(2)).with(5, uint16(3)).with(6, uint16(18)).with(7, uint16(35)))
	rw2 = w.b
	return []sample{
		{"JPEG", jpegFile(exifSegment(description())), "image/jpeg", true},
		{"PNG", pngFile(pngChunk("eXIf", exif)), "image/png", true},
		{"APNG", pngFile(pngChunk("acTL", u32(2, 0)), pngChunk("eXIf", exif)), "image/apng", true},
		{"GIF", gifFile(), "image/gif", false},
		{"WebP", webpFile(riffChunk("EXIF", exif)), "image/webp", true},
		{"TIFF", tiffFile(le, 42, sized(description())), "image/tiff", true},
		{"BigTIFF", big, "image/x-tiff-big", false},
		{"BMP", append(append([]byte("BM"), make([]byte, 12)...), append(le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, 40), 32), 0xffff_fff0), make([]byte, 28)...)...), "image/bmp", false},
		{"Photoshop", bytes.Join([][]byte{[]byte("8BPS\x00\x01"), make([]byte, 8), u32(16, 32), u16(8, 3), u32(0, len(psdExif)), psdExif}, nil), "application/vnd.adobe.photoshop", true},
		{"JPEG 2000", bytes.Join([][]byte{bx("jP  ", []byte("\r\n\x87\n")), bx("ftyp", []byte("jp2 "), u32(0)), bx("jp2h", bx("ihdr", u32(16, 32), make([]byte, 6))), bx("uuid", []byte("JpgTiffExif->JP2"), exif)}, nil), "image/jp2", true},
		{"JPEG XL codestream", jxlBare, "image/jxl", false},
		{"JPEG XL in boxes", bytes.Join([][]byte{plainJXL, bx("ftyp", []byte("jxl "), u32(0)), bx("Exif", u32(0), exif), bx("jxlc", jxlBare)}, nil), "image/jxl", true},
		{"HEIC", heicFile("heic", description()), "image/heic", true},
		{"AVIF", heicFile("avif", description()), "image/avif", true},
		{"HEIF", heicFile("mif1", description()), "image/heif", true},
		{"HEIF of a rarer codec", heicFile("avci", description()), "image/heif", true},
		{"JPEG XR", tiffFile(le, 0x01bc, description().with(0xbc80, uint32(32)).with(0xbc81, uint32(16))), "image/jxr", true},
		{"JPEG 2000 with XMP as plain XML", bytes.Join([][]byte{bx("jP  ", []byte("\r\n\x87\n")), bx("ftyp", []byte("jp2 "), u32(0)), bx("jp2h", bx("ihdr", u32(16, 32), make([]byte, 6))), bx("xml ", []byte(saidInXMP))}, nil), "image/jp2", true},
		{"JPEG of a camera that kept a CIFF", jpegFile(ciffSegment(), exifSegment(description())), "image/jpeg", true},
		{"DNG", rawFile("Maker ", 42, func(d *dir) { d.with(0xc612, []byte{1, 4, 0, 0}) }), "image/x-adobe-dng", true},
		{"NEF", rawFile("NIKON CORPORATION", 42, nil), "image/x-nikon-nef", false},
		{"ARW", rawFile("SONY", 42, nil), "image/x-sony-arw", false},
		{"PEF", rawFile("PENTAX", 42, nil), "image/x-pentax-pef", false},
		{"SRW", rawFile("SAMSUNG", 42, nil), "image/x-samsung-srw", false},
		{"ERF", rawFile("SEIKO EPSON CORP.", 42, func(d *dir) { d.vals[len(d.vals)-1].([]*dir)[1].with(0x0103, uint16(32769)) }), "image/x-epson-erf", false},
		{"KDC", rawFile("Eastman Kodak Company", 42, func(d *dir) { d.vals[len(d.vals)-1].([]*dir)[1].with(0x0103, uint16(32867)) }), "image/x-kodak-kdc", false},
		{"3FR", rawFile("Hasselblad", 42, nil), "image/x-hasselblad-3fr", false},
		{"ORF", rawFile("Maker", 0x4f52, nil), "image/x-olympus-orf", true},
		{"RW2", rw2, "image/x-panasonic-rw2", true},
		{"CR3", cr3File(), "image/x-canon-cr3", true},
		{"CRW", crwFile(), "image/x-canon-crw", false},
		{"RAF", rafFile(), "image/x-fujifilm-raf", true},
		{"MRW", mrwFile(), "image/x-minolta-mrw", true},
		{"X3F", x3fFile(), "image/x-sigma-x3f", true},
		{"PNM", []byte("P6\n# by hand\n32 16\n255\n"), "image/x-portable-pixmap", false},
		{"sidecar", []byte(saidInXMP), "application/rdf+xml", true},
		{"sidecar in UTF-16", utf16File(saidInXMP), "application/rdf+xml", true},
	}
}

var saidInXMP = xmpPacket(`tiff:Make="Maker" tiff:Model="Model" tiff:Orientation="6" tiff:ImageWidth="32" tiff:ImageLength="16" exif:DateTimeOriginal="2023-10-06T08:30:00.139+02:00">`)

// utf16File is a text as some shells write what is piped into a file.
func utf16File(text string) []byte {
	b := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		b = le.AppendUint16(b, unit)
	}
	return b
}

// ciffSegment states the size of another picture.
func ciffSegment() []byte {
	size := make([]byte, 28)
	le.PutUint32(size, 16)
	le.PutUint32(size[4:], 8)
	heap := append([]byte("II\x0e\x00\x00\x00HEAPJPGM"), size...)
	heap = le.AppendUint16(heap, 1)
	heap = le.AppendUint32(le.AppendUint32(le.AppendUint16(heap, 0x1810), uint32(len(size))), 0)
	return jpegSegment(0xe0, string(le.AppendUint32(heap, uint32(len(size)))))
}

func read(t *testing.T, b []byte) media.Picture {
	t.Helper()
	p, err := picture.Read(t.Context(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestReadOfEveryFormat(t *testing.T) {
	for _, s := range samples() {
		t.Run(s.name, func(t *testing.T) {
			p := read(t, s.file)
			if p.Type != s.mime || p.Width != 32 || p.Height != 16 {
				t.Errorf("%s of %d × %d", p.Type, p.Width, p.Height)
			}
			if !s.says {
				return
			}
			if p.Orientation != 6 || p.Make != "Maker" || p.Model != "Model" {
				t.Errorf("orientation %d, made by %q, model %q", p.Orientation, p.Make, p.Model)
			}
			want := time.Date(2023, 10, 6, 8, 30, 0, 139e6, time.UTC)
			if !p.Taken.Local.Equal(want) || p.Taken.Offset == nil || *p.Taken.Offset != 7200 || !p.Taken.UTC.Equal(want.Add(-2*time.Hour)) {
				t.Errorf("taken %+v", p.Taken)
			}
			if bytes.Contains(s.file, []byte("24mm f/2")) && (p.Taken.Source != "EXIF SubSecDateTimeOriginal" || p.Lens != "24mm f/2") {
				t.Errorf("by %q, lens %q", p.Taken.Source, p.Lens)
			}
		})
	}
}

// A file that was cut is read as far as it goes.
func TestReadOfEveryBeginning(t *testing.T) {
	for _, s := range samples() {
		for n := range len(s.file) {
			p := read(t, s.file[:n])
			if p.Width > 32 || p.Height > 32 {
				t.Fatalf("%s, first %d bytes: %d × %d", s.name, n, p.Width, p.Height)
			}
			picture.Previews(bytes.NewReader(s.file[:n]), int64(n))
		}
	}
}

func TestReadKeepsToItsBudget(t *testing.T) {
	// Chunks without end, each of which claims to be worth reading.
	endless := []byte("RIFF\xff\xff\xff\xffWEBP")
	for len(endless) < 24<<20 {
		endless = append(endless, riffChunk("XMP ", make([]byte, 64<<10))...)
	}
	for _, b := range [][]byte{endless, append([]byte("GIF89a\x00\x00\x00\x00\x00\x00\x00"), bytes.Repeat([]byte{0x21, 0x01, 0x01, 0, 0}, 6<<20)...)} {
		r := &counter{r: bytes.NewReader(b)}
		if _, err := picture.Read(t.Context(), r, int64(len(b))); err != nil {
			t.Fatal(err)
		}
		if r.read > 8<<20 {
			t.Errorf("%d bytes were read", r.read)
		}
	}
}

type counter struct {
	r    io.ReaderAt
	read int64
}

func (c *counter) ReadAt(b []byte, off int64) (int, error) {
	n, err := c.r.ReadAt(b, off)
	c.read += int64(n)
	return n, err
}

func TestReadFailsOnlyWithItsReader(t *testing.T) {
	broken := errors.New("the card was pulled out")
	for _, s := range samples() {
		for after := range 3 {
			_, err := picture.Read(t.Context(), &failing{bytes.NewReader(s.file), after, broken}, int64(len(s.file)))
			if after == 0 && !errors.Is(err, broken) {
				t.Errorf("%s: %v", s.name, err)
			}
			if err != nil && !errors.Is(err, broken) {
				t.Errorf("%s: %v", s.name, err)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := picture.Read(ctx, bytes.NewReader(gifFile()), 1000); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type failing struct {
	r     io.ReaderAt
	after int
	err   error
}

func (f *failing) ReadAt(b []byte, off int64) (int, error) {
	if f.after--; f.after < 0 {
		return 0, f.err
	}
	return f.r.ReadAt(b, off)
}

func TestReadOfWhatIsNoPicture(t *testing.T) {
	for text, mime := range map[string]string{
		"":                             "",
		"\x00\x00\x00\x00\x00\x00\x00": "",
		`{"title": "IMG_1.jpg"}`:       "application/json",
		"imgName,favorite\na.jpg,no\n": "text/csv",
		"version https://git-lfs":      "text/plain",
		`<?xml version="1.0"?><!-- --><svg width="1">`:                                       "image/svg+xml",
		`<?xml version="1.0"?><!DOCTYPE plist><plist><dict><key>adjustmentBaseVersion</key>`: "application/vnd.apple.photos",
	} {
		if p := read(t, []byte(text)); p != (media.Picture{Type: mime}) {
			t.Errorf("%q: %+v", text, p)
		}
	}
}

func TestDurationOfAnimations(t *testing.T) {
	if d := read(t, gifFile()).Duration; d != time.Second {
		t.Errorf("GIF: %v", d)
	}
	if d := read(t, gifFile()[:50]).Duration; d != 0 {
		t.Errorf("GIF that is cut: %v", d)
	}
	frame := append(make([]byte, 12), 0xf4, 1, 0, 0)
	odd := riffChunk("ICCP", make([]byte, 3)) // chunks begin at even places
	if d := read(t, webpFile(odd, riffChunk("ANMF", frame), riffChunk("ANMF", frame))).Duration; d != time.Second {
		t.Errorf("WebP: %v", d)
	}
}

// What reading one file's metadata may allocate, in bytes.
const readMemory = 64 << 20

func FuzzRead(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.file)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := &counter{r: bytes.NewReader(b)}
		var p media.Picture
		var err error
		formattest.Bounded(t, readMemory, func() { p, err = picture.Read(t.Context(), r, int64(len(b))) })
		if err != nil {
			t.Fatal(err)
		}
		if r.read > 24<<20 {
			t.Errorf("%d bytes were read", r.read)
		}
		if p.Orientation < 0 || p.Orientation > 8 || p.Width < 0 || p.Height < 0 || p.Duration < 0 {
			t.Errorf("%+v", p)
		}
		if g := p.GPS; g != nil && !(g.Latitude >= -90 && g.Latitude <= 90 && g.Longitude >= -180 && g.Longitude <= 180) {
			t.Errorf("at %v", *g)
		}
		for _, e := range picture.Previews(bytes.NewReader(b), int64(len(b))) {
			if e.Offset < 0 || e.Length <= 0 || e.Offset+e.Length > int64(len(b)) || e.Width <= 0 || e.Height <= 0 || e.Orientation < 1 || e.Orientation > 8 {
				t.Errorf("%+v of %d bytes", e, len(b))
			}
		}
	})
}
