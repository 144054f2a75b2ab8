package main

import (
	"bytes"
	_ "embed"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path"
	"path/filepath"
	"time"
)

// sampleVideo is two seconds of a test picture in H.264 and MP4, made for this project with ffmpeg's testsrc2.
//
//go:embed demo/sample.mp4
var sampleVideo []byte

// sample is a file of the demo.
type sample struct {
	path          string // within Pictures, with slashes
	width, height int    // of pictures
	hue           float64
	taken         string
}

// What the demo's devices have at first: one much, the other little; names of several scripts, and
// one picture large enough to be verified in parts.
var (
	annasMedia = []sample{
		{"2024/Lake/IMG_0001.JPG", 640, 480, 0.55, "2024-07-14T10:11:12Z"},
		{"2024/Lake/IMG_0002.JPG", 640, 480, 0.60, "2024-07-14T10:15:42Z"},
		{"2024/Lake/IMG_0003.JPG", 480, 640, 0.50, "2024-07-14T17:03:07Z"},
		{"2024/Lake/VID_0004.mp4", 0, 0, 0.1, "2024-07-14T17:30:00Z"},
		{"2024/Zürich Straßenfest/Umzug.jpg", 800, 600, 0.05, "2024-09-01T12:00:00Z"},
		{"2025/誕生日/ケーキ.jpg", 640, 480, 0.92, "2025-02-03T08:30:59Z"},
		{"2025/panorama.jpg", 2400, 600, 0.30, "2025-05-20T19:45:01Z"},
		{"2025/drawing.png", 320, 240, 0.15, "2025-06-02T16:20:00Z"},
		{"Screenshots/map.png", 400, 300, 0.40, "2025-11-11T11:11:11Z"},
	}
	nasMedia = []sample{
		{"Scans/grandmother 1962.jpg", 600, 800, 0.10, "2019-12-24T18:00:00Z"},
		{"Scans/grandmother 1962 back.png", 300, 400, 0.12, "2019-12-24T18:01:30Z"},
		{"Videos/first steps.mp4", 0, 0, 0.2, "2020-04-04T14:04:04Z"},
	}
)

// write makes the file below dir, with its time.
func (s sample) write(dir string) error {
	data, err := s.content()
	if err != nil {
		return err
	}
	name := filepath.Join(dir, filepath.FromSlash(s.path))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		return err
	}
	taken, err := time.Parse(time.RFC3339, s.taken)
	if err != nil {
		return err
	}
	return os.Chtimes(name, taken, taken)
}

func (s sample) content() ([]byte, error) {
	var b bytes.Buffer
	var err error
	switch path.Ext(s.path) {
	case ".mp4":
		return s.video(), nil
	case ".png":
		err = png.Encode(&b, s.picture())
	default:
		err = jpeg.Encode(&b, s.picture(), &jpeg.Options{Quality: 92})
	}
	return b.Bytes(), err
}

// video is the sample video with a box of free space after it (ISO/IEC 14496-12, 8.1.2), which players pass over:
// each file has content of its own.
func (s sample) video() []byte {
	box := binary.BigEndian.AppendUint32(nil, uint32(8+len(s.path)))
	box = append(append(box, "free"...), s.path...)
	return append(bytes.Clone(sampleVideo), box...)
}

// picture paints hills of the sample's hue under a sky, with grain, which does not compress.
func (s sample) picture() image.Image {
	img := image.NewRGBA(image.Rect(0, 0, s.width, s.height))
	seed := uint32(s.hue*1000) + 1
	for y := range s.height {
		for x := range s.width {
			seed = seed*1664525 + 1013904223 // a linear congruential generator: the same picture each time
			grain := float64(seed>>24)/255*0.08 - 0.04
			img.SetRGBA(x, y, s.shade(float64(x)/float64(s.width), float64(y)/float64(s.height), grain))
		}
	}
	return img
}

// shade returns the colour at a place, both from 0 to 1.
func (s sample) shade(x, y, grain float64) color.RGBA {
	light, hue := 0.9-0.3*y, s.hue
	for hill := 1.0; hill <= 3; hill++ {
		ridge := 0.35 + 0.17*hill + 0.08*math.Sin(2*math.Pi*(x*hill+s.hue*7+hill/3))
		if y > ridge {
			light, hue = 0.75-0.18*hill, s.hue+0.07*hill
		}
	}
	channel := func(shift float64) uint8 {
		v := light*(0.72+0.28*math.Cos(2*math.Pi*(hue+shift))) + grain
		return uint8(255 * min(max(v, 0), 1))
	}
	return color.RGBA{channel(0), channel(1. / 3), channel(2. / 3), 255}
}
