package pagetest

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"slices"
	"testing"
	"time"

	"homeroll/node/nodetest"
)

// day is the noon of a day that pictures were taken on.
func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 12, 0, 0, 0, time.UTC)
}

// plain is a small JPEG of one colour, that a number tells from others.
func plain(number, width, height int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	c := color.RGBA{uint8(40 + number*67%200), uint8(60 + number*31%180), uint8(80 + number*17%160), 255}
	for i := 0; i < len(img.Pix); i += 4 {
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = c.R, c.G, c.B, 255
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		panic("pagetest: encode picture: " + err.Error())
	}
	return numbered(b.Bytes(), number)
}

// numbered gives a JPEG content of its own through a comment.
func numbered(picture []byte, number int) []byte {
	comment := binary.BigEndian.AppendUint32([]byte{0xff, 0xfe, 0, 6}, uint32(number))
	return slices.Concat(picture[:2], comment, picture[2:])
}

// video returns the sample video of the demo.
func video(t testing.TB) []byte {
	t.Helper()
	content, err := os.ReadFile("../demo/sample.mp4")
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// put writes a picture into a device's folder, taken when its Exif says.
func put(d *nodetest.Device, name string, picture []byte, e exif) {
	d.Write(name, e.into(picture), e.taken)
}
