package picture_test

import (
	"bytes"
	"compress/zlib"
	"runtime"
	"strings"
	"testing"

	"homeroll/store/internal/picture"
)

// deflated is n zeros, small.
func deflated(n int) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(make([]byte, n))
	_ = z.Close()
	return b.Bytes()
}

// hostile are files that ask for much more than they are worth.
func hostile() map[string][]byte {
	bomb := append([]byte("XML:com.adobe.xmp\x00\x01\x00\x00\x00"), deflated(8<<20)...)
	deep := []byte(xmpPacket(">" + strings.Repeat("<tiff:Make>", 80_000)))
	many := make([]byte, 0, 8<<20)
	shallow := []byte(xmpPacket(strings.Repeat(` tiff:Make="x"`, 4600)))
	for range 110 {
		many = append(many, riffChunk("XMP ", shallow)...)
	}
	table := full("iloc", 1, []byte{0, 0}, u16(65535))
	names := bx("meta", make([]byte, 4), full("iinf", 1, []byte{0xff, 0xff, 0xff, 0xff}), table, bx("iprp", full("ipma", 1, []byte{0xff, 0xff, 0xff, 0xff})))
	nested := []byte{}
	for range 4000 {
		nested = bx("meta", make([]byte, 4), nested)
	}
	loop := tiffFile(le, 42, d().with(0x014a, []uint32{8, 8, 8, 8, 8, 8, 8, 8}).with(0x8769, uint32(8)).with(0x8825, uint32(8)))
	wide := []byte{'I', 'I', 42, 0, 8, 0, 0, 0, 0, 8}
	for i := range 2048 {
		wide = append(wide, byte(i), byte(i>>8), 7, 0, 0xff, 0xff, 0xff, 0x7f, 0, 0, 0, 0)
	}
	return map[string][]byte{
		"PNG of bombs":           pngFile(bytes.Repeat(pngChunk("iTXt", bomb), 500)),
		"WebP of packets":        webpFile(many),
		"HEIC of large counts":   append(bx("ftyp", []byte("heic"), u32(0)), names...),
		"HEIC of boxes in boxes": append(bx("ftyp", []byte("heic"), u32(0)), nested...),
		"TIFF that loops":        loop,
		"TIFF of large values":   wide,
		"JPEG of EXIF":           jpegFile(bytes.Repeat(jpegSegment(0xe1, "Exif\x00\x00", string(wide[:24000])), 300)),
		"JPEG without order":     append([]byte("\xff\xd8\xff\xe0\x00\x02"), bytes.Repeat([]byte{0xff, 0xe0, 0, 3, 0, 1}, 1<<20)...),
		"XMP of elements":        deep,
	}
}

// What a file may cost is known before it is opened: the budget, some packets
// that are parsed, and no more.
func TestReadOfHostileFilesIsBounded(t *testing.T) {
	const most = 160 << 20
	for name, b := range hostile() {
		r := &counter{r: bytes.NewReader(b)}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := picture.Read(t.Context(), r, int64(len(b))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		picture.Previews(r, int64(len(b)))
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d bytes, of which %d were read, %d allocated in all", name, len(b), r.read, after.TotalAlloc-before.TotalAlloc)
		if used := after.TotalAlloc - before.TotalAlloc; used > most {
			t.Errorf("%s: %d bytes were allocated", name, used)
		}
		if r.read > 24<<20 {
			t.Errorf("%s: %d bytes were read", name, r.read)
		}
	}
}
