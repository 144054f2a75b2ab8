package decode

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"image/jpeg"
	"math"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"homeroll/store/internal/preview/raster"
)

// swirl is a progressive JPEG of 45 × 29 pixels, 4:2:0, in ten scans.
const swirl = "" +
	"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4" +
	"x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wgARCAAd" +
	"AC0DASIAAhEBAxEB/8QAGAABAQEBAQAAAAAAAAAAAAAAAgABAwT/xAAYAQADAQEAAAAAAAAAAAAAAAAAAQUCBP/aAAwDAQACEAMQAAAB8kZUFC" +
	"0nc0AhtDhWZgLRNf/EABUQAQEAAAAAAAAAAAAAAAAAADAR/9oACAEBAAEFAkqf/8QAGhEAAgIDAAAAAAAAAAAAAAAAAAEDEgIRE//aAAgBAwEB" +
	"PwG45BSHQeey5//EABkRAQADAQEAAAAAAAAAAAAAAAABAxMREv/aAAgBAgEBPwHNFXWTJFbw/8QAFBABAAAAAAAAAAAAAAAAAAAAQP/aAAgBAQ" +
	"AGPwJH/8QAGxAAAwEAAwEAAAAAAAAAAAAAAAERECAhMVH/2gAIAQEAAT8h2lRfu0pRYT6KN5S8KeH/2gAMAwEAAgADAAAAEP6OXVv/AP/EABYR" +
	"AQEBAAAAAAAAAAAAAAAAAAEAEf/aAAgBAwEBPxA1Y2sIZYIv/8QAFxEBAQEBAAAAAAAAAAAAAAAAAQAREP/aAAgBAgEBPxBxyOZDCSW//8QAHx" +
	"ABAQEBAAICAwEAAAAAAAAAAREAITFxQVFhgZHR/9oACAEBAAE/ELS/WH7fOUApzAtxKXnvR5Wt8F3A856k1cbi6We3Onwe7mO2b9LIk+dSvO6o" +
	"zKHgvt1H8yocywPya895/wAZaiWb/9k="

func swirlBytes(t testing.TB) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(swirl)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// apart is the mean difference of all samples.
func apart(t *testing.T, a, b *raster.Image) float64 {
	t.Helper()
	if a.Width != b.Width || a.Height != b.Height || a.StepX != b.StepX || a.StepY != b.StepY {
		t.Fatalf("%d×%d and %d×%d", a.Width, a.Height, b.Width, b.Height)
	}
	sum, n := 0.0, 0.0
	for k, p := range a.Planes {
		for y := range p.Height {
			for x, v := range p.Row(y) {
				sum, n = sum+math.Abs(float64(v)-float64(b.Planes[k].Row(y)[x])), n+1
			}
		}
	}
	return sum / n
}

func TestProgressiveIsWhatTheStandardLibraryMakes(t *testing.T) {
	data := swirlBytes(t)
	h, err := readJPEG(data)
	if err != nil || !h.progressive() || !h.plain() {
		t.Fatal(h, err)
	}
	whole, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	for by, most := range map[int]float64{1: 0.1, 2: 2.5, 4: 2.5, 8: 2.5} {
		got, err := decodeProgressive(t.Context(), h, data, by)
		if err != nil {
			t.Fatal(err)
		}
		if d := apart(t, got, raster.From(whole, by)); d > most {
			t.Errorf("1/%d of the size: %.2f apart", by, d)
		}
	}
}

func TestProgressiveOfAnyBytes(t *testing.T) {
	data := swirlBytes(t)
	rapid.Check(t, func(t *rapid.T) {
		b := bytes.Clone(data[:rapid.IntRange(2, len(data)).Draw(t, "length")])
		for _, at := range rapid.SliceOfN(rapid.IntRange(0, len(b)-1), 0, 8).Draw(t, "places") {
			b[at] = rapid.Byte().Draw(t, "byte")
		}
		h, err := readJPEG(b)
		if err != nil || !h.plain() || h.blocks() > 10_000 {
			return
		}
		_, _ = decodeProgressive(t.Context(), h, b, 1<<rapid.IntRange(0, 3).Draw(t, "by"))
	})
}

// grey50 is a progressive JPEG of 50 million pixels, 4:4:4, with one scan of nothing.
func grey50() []byte {
	b := append([]byte{0xff, 0xd8, 0xff, markDQT, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xff, markSOF2, 0, 17, 8)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, 6120), 8160)
	b = append(b, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
	b = append(b, 0xff, markDHT, 0, 20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = append(b, 0xff, markSOS, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0)
	return append(append(b, make([]byte, 1020*765*3/8+1)...), 0xff, markEOI)
}

// What other decoders keep of it until its last scan is 600 MB.
func TestALargeProgressiveNeedsLittleMemory(t *testing.T) {
	data := grey50()
	d := Decoder{Limits: Defaults()}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := d.Still(t.Context(), Source{File: bytes.NewReader(data), Size: int64(len(data)), Want: 1440})
	runtime.ReadMemStats(&after)
	if err != nil || r.Image.Width != 2040 || r.Image.Height != 1530 || r.Image.Planes[0].Row(1529)[2039] != 128 {
		t.Fatal(err)
	}
	if used := (after.TotalAlloc - before.TotalAlloc) >> 20; used > 96 {
		t.Errorf("%d MB were allocated", used)
	}
}
