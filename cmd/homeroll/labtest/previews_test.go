//go:build lab && linux

package labtest

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	imgjpeg "image/jpeg"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// TestShowPreviewsFirst: over a link of 4 Mbit/s the small pictures of all photos
// are there long before the photos, and each before its own photo, as a rule.
func TestShowPreviewsFirst(t *testing.T) {
	const count = 40
	net, hosts := network(t, 2)
	a, b := hosts[0], hosts[1]
	folder := a.mkdir(a.path("Pictures"))
	var total int64
	for i := range count {
		photo := scenery(uint64(i))
		total += int64(len(photo))
		a.put(filepath.Join(folder, fmt.Sprintf("IMG_%04d.JPG", i)), photo, corpusTime(i))
	}
	a.start(folder)
	b.start()
	a.await("aware of its photos", time.Minute, func(s *status) bool { return s.Library.Items == count })
	if _, ok := eventually(3*time.Minute, time.Second, func() bool { return len(glob(t, a.path(".cache/homeroll/*/v*/??/*.256"))) == count }); !ok {
		t.Fatal("h1 has not made its own previews")
	}
	net.do(t, "netem", b.name, "rate=4")
	pair(t, a, b)

	began := time.Now()
	var previews, photos moments
	_, ok := eventually(10*time.Minute, 50*time.Millisecond, func() bool {
		previews.see(time.Since(began), glob(t, b.path(".cache/homeroll/*/v*/??/*.256")))
		photos.see(time.Since(began), glob(t, filepath.Join(b.vault(), a.name, "Pictures", "*.JPG")))
		return len(photos.first) == count
	})
	if !ok {
		t.Fatalf("%d photos and %d previews came", len(photos.first), len(previews.first))
	}
	awaitComplete(time.Minute, a, b)
	in, _ := net.wire(t, b.name)
	first, all := previews.last, photos.last
	t.Logf("4 Mbit/s, %d photos of %d MB: %d previews were here after %.1f s, the first after %.1f s, when %d photos were; all photos after %.1f s; %.1f MB came",
		count, total/1e6, len(previews.first), first.Seconds(), previews.begin.Seconds(), photos.until(first), all.Seconds(), float64(in)/1e6)
	// A photo that was here before its preview has none yet that was borrowed.
	if n := len(previews.first); n < count*7/10 || first > all/2 {
		t.Errorf("%d previews came ahead of their photos, the last after %v of %v", n, first, all)
	}
}

// moments are when files were first seen.
type moments struct {
	first       map[string]time.Duration
	begin, last time.Duration
}

func (m *moments) see(now time.Duration, files []string) {
	if m.first == nil {
		m.first = map[string]time.Duration{}
	}
	for _, f := range files {
		if _, known := m.first[f]; !known {
			if len(m.first) == 0 {
				m.begin = now
			}
			m.first[f], m.last = now, now
		}
	}
}

// until counts those seen up to a time.
func (m *moments) until(t time.Duration) (n int) {
	for _, at := range m.first {
		if at <= t {
			n++
		}
	}
	return n
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// scenery is a real JPEG of 1600 × 1200 pixels and about 700 KB.
func scenery(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	img := image.NewYCbCr(image.Rect(0, 0, 1600, 1200), image.YCbCrSubsampleRatio420)
	base := r.Float64()
	for y := range 1200 {
		for x := range 1600 {
			img.Y[img.YOffset(x, y)] = uint8(60+x/16+y/20) + uint8(r.IntN(28))
		}
	}
	c := color.YCbCr{Cb: uint8(60 + 130*base), Cr: uint8(190 - 130*base)}
	for i := range img.Cb {
		img.Cb[i], img.Cr[i] = c.Cb, c.Cr
	}
	var out bytes.Buffer
	if err := imgjpeg.Encode(&out, img, &imgjpeg.Options{Quality: 90}); err != nil {
		panic(err)
	}
	return out.Bytes()
}
