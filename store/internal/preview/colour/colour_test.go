package colour

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"

	"homeroll/store/internal/preview/raster"
	"homeroll/store/media/formattest"
)

// tagged is one tag of a made profile.
type tagged struct {
	name string
	data []byte
}

// profile makes an ICC profile of version 2.
func profile(space, connection string, tags ...tagged) []byte {
	head := make([]byte, iccHeader)
	head[8] = 2
	copy(head[12:], "mntr")
	copy(head[16:], space)
	copy(head[20:], connection)
	copy(head[36:], "acsp")
	directory := binary.BigEndian.AppendUint32(nil, uint32(len(tags)))
	at := iccHeader + 4 + 12*len(tags)
	var data []byte
	for _, t := range tags {
		for len(t.data)%4 != 0 {
			t.data = append(t.data, 0)
		}
		directory = append(directory, t.name...)
		directory = binary.BigEndian.AppendUint32(directory, uint32(at+len(data)))
		directory = binary.BigEndian.AppendUint32(directory, uint32(len(t.data)))
		data = append(data, t.data...)
	}
	whole := slices.Concat(head, directory, data)
	binary.BigEndian.PutUint32(whole, uint32(len(whole)))
	return whole
}

func number(v float64) []byte {
	return binary.BigEndian.AppendUint32(nil, uint32(int32(math.Round(v*65536))))
}

func xyz(x, y, z float64) []byte {
	b := []byte("XYZ \x00\x00\x00\x00")
	return append(append(append(b, number(x)...), number(y)...), number(z)...)
}

func gamma(g float64) []byte {
	return binary.BigEndian.AppendUint16([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01"), uint16(math.Round(g*256)))
}

// para is a parametric curve of kind 3, which is how sRGB is written down.
func para(v ...float64) []byte {
	b := []byte("para\x00\x00\x00\x00\x00\x03\x00\x00")
	for _, n := range v {
		b = append(b, number(n)...)
	}
	return b
}

func srgbCurve() []byte { return para(2.4, 1/1.055, 0.055/1.055, 1/12.92, 0.04045) }

// Columns under D50, as the profiles of these spaces have them.
var (
	srgbColumns  = [3][]byte{xyz(0.43607, 0.22249, 0.01392), xyz(0.38515, 0.71687, 0.09708), xyz(0.14307, 0.06061, 0.71410)}
	p3Columns    = [3][]byte{xyz(0.51512, 0.24120, -0.00105), xyz(0.29198, 0.69225, 0.04189), xyz(0.15710, 0.06657, 0.78407)}
	adobeColumns = [3][]byte{xyz(0.60974, 0.31111, 0.01947), xyz(0.20528, 0.62567, 0.06087), xyz(0.14919, 0.06322, 0.74457)}
)

func rgbProfile(columns [3][]byte, curve []byte) []byte {
	return profile("RGB ", "XYZ ",
		tagged{"rXYZ", columns[0]}, tagged{"gXYZ", columns[1]}, tagged{"bXYZ", columns[2]},
		tagged{"rTRC", curve}, tagged{"gTRC", curve}, tagged{"bTRC", curve})
}

func one(m raster.Model, samples ...byte) *raster.Image {
	i := raster.New(m, 1, 1)
	for k, s := range samples {
		i.Planes[k].Pix[0] = s
	}
	return i
}

func TestProfiles(t *testing.T) {
	for _, tc := range []struct {
		name    string
		profile []byte
		in      *raster.Image
		want    []byte // by littleCMS, relative colorimetric
	}{
		{"a P3 orange", rgbProfile(p3Columns, srgbCurve()), one(raster.RGB, 200, 120, 60), []byte{213, 115, 42}},
		{"P3 grey is grey", rgbProfile(p3Columns, srgbCurve()), one(raster.RGB, 99, 99, 99), []byte{99, 99, 99}},
		{"P3 red is cut at the edge", rgbProfile(p3Columns, srgbCurve()), one(raster.RGB, 255, 0, 0), []byte{255, 0, 0}},
		{"an Adobe RGB green", rgbProfile(adobeColumns, gamma(2.2)), one(raster.RGB, 100, 150, 100), []byte{66, 151, 97}},
		{"grey of gamma 1", profile("GRAY", "XYZ ", tagged{"kTRC", gamma(1)}), one(raster.Grey, 55), []byte{128}},
	} {
		p := Parse(tc.profile)
		if p == nil {
			t.Errorf("%s: the profile is not used", tc.name)
			continue
		}
		got := p.ToSRGB(tc.in)
		for k, want := range tc.want {
			if d := int(got.Planes[k].Pix[0]) - int(want); d < -1 || d > 1 {
				t.Errorf("%s: sample %d is %d, want %d", tc.name, k, got.Planes[k].Pix[0], want)
			}
		}
	}
}

func TestSRGBNeedsNoProfile(t *testing.T) {
	if Parse(rgbProfile(srgbColumns, srgbCurve())) != nil {
		t.Error("sRGB is converted to itself")
	}
	if (Coding{Primaries: 1, Transfer: 13}).Profile() != nil {
		t.Error("sRGB code points are converted")
	}
	if (Coding{Primaries: 12, Transfer: 13}).Profile() == nil {
		t.Error("P3 code points are not converted")
	}
}

// A table that inverts its ink is plain CMYK without black.
func TestTables(t *testing.T) {
	b := []byte("mft1\x00\x00\x00\x00\x04\x03\x02\x00")
	b = append(b, make([]byte, 36)...)
	ramp := func() {
		for k := range 256 {
			b = append(b, byte(k))
		}
	}
	for range 4 {
		ramp()
	}
	for corner := range 16 { // lightness falls with the black ink, which is fastest
		if corner%2 == 0 {
			b = append(b, 255, 128, 128)
		} else {
			b = append(b, 0, 128, 128)
		}
	}
	for range 3 {
		ramp()
	}
	p := Parse(profile("CMYK", "Lab ", tagged{"A2B0", b}))
	if p == nil {
		t.Fatal("the table is not used")
	}
	for black, want := range map[byte]byte{0: 255, 255: 0, 128: 119} { // L* 50 is sRGB 119
		got := p.ToSRGB(one(raster.CMYK, 10, 20, 30, black))
		if d := int(got.Planes[1].Pix[0]) - int(want); d < -2 || d > 2 {
			t.Errorf("black %d becomes %d, want %d", black, got.Planes[1].Pix[0], want)
		}
	}
}

func TestCodings(t *testing.T) {
	for _, tc := range []struct {
		name   string
		coding Coding
		in     [3]byte
		want   [3]byte
	}{
		{"white of television", Coding{Matrix: 6}, [3]byte{235, 128, 128}, [3]byte{255, 255, 255}},
		{"black of television", Coding{Matrix: 1}, [3]byte{16, 128, 128}, [3]byte{0, 0, 0}},
		{"red of JFIF", JFIF, [3]byte{76, 85, 255}, [3]byte{254, 0, 0}},
		{"red of BT.709", Coding{Matrix: 1, Full: true}, [3]byte{54, 99, 255}, [3]byte{254, 0, 0}},
		{"planes of RGB", Coding{Matrix: 0, Full: true}, [3]byte{20, 30, 10}, [3]byte{10, 20, 30}},
	} {
		got := tc.coding.RGB(one(raster.YCbCr, tc.in[:]...))
		for k, want := range tc.want {
			if d := int(got.Planes[k].Pix[0]) - int(want); d < -1 || d > 1 {
				t.Errorf("%s: sample %d is %d, want %d", tc.name, k, got.Planes[k].Pix[0], want)
			}
		}
	}
}

// Whatever a profile holds, reading it does not panic, and neither does using it.
// What a colour profile may allocate, in bytes, and 16 for each byte of it.
const profileMemory = 8 << 20

func FuzzParse(f *testing.F) {
	f.Add(rgbProfile(p3Columns, srgbCurve()))
	f.Add(rgbProfile(adobeColumns, gamma(2.2)))
	f.Add(profile("GRAY", "XYZ ", tagged{"kTRC", gamma(1.8)}))
	f.Add(profile("CMYK", "Lab ", tagged{"A2B0", make([]byte, 2000)}))
	f.Fuzz(func(t *testing.T, data []byte) {
		formattest.Bounded(t, profileMemory+16*uint64(len(data)), func() {
			p := Parse(data)
			for _, m := range []raster.Model{raster.Grey, raster.RGB, raster.CMYK} {
				p.ToSRGB(raster.New(m, 2, 2))
			}
		})
	})
}
