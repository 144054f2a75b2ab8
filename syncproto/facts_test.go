package syncproto

import (
	"bytes"
	"context"
	"io"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// allFacts says something in each field.
func allFacts() *Facts {
	offset := 7200
	local := time.Date(2024, 10, 16, 11, 34, 5, 678, time.UTC)
	return &Facts{Sidecar: true, Title: "IMG_0001.HEIC", Picture: media.Picture{
		Type: "image/heic", Width: 4032, Height: 3024, Orientation: 6, Make: "Apple", Model: "iPhone 15", Lens: "back camera",
		GPS: &media.Position{Latitude: -45.7578137, Longitude: 4.8320114}, Duration: 1500 * time.Millisecond, ContentID: "ABC", Burst: "DEF", Motion: true,
		Taken: media.Taken{Local: local, UTC: local.Add(-2 * time.Hour), Offset: &offset, Source: "EXIF DateTimeOriginal"},
	}}
}

func TestFactsArriveAsTheyWereTold(t *testing.T) {
	for _, f := range []*Facts{allFacts(), {}, {Picture: media.Picture{GPS: &media.Position{}}}} {
		got, err := unpackFacts(packFacts(f))
		if err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%+v arrives as %+v, %v", f, got, err)
		}
	}
}

// What a holder may not say is left out by a correct one, and ends the stream of
// any other.
func TestFactsOutOfBounds(t *testing.T) {
	odd := allFacts()
	odd.Picture.Model, odd.Picture.Lens, odd.Picture.Width = strings.Repeat("x", maxFactText+1), "a\x00b", maxSide+1
	odd.Picture.GPS.Latitude, odd.Picture.Orientation = 91, 9
	if m := packFacts(odd); m.Model+m.Lens != "" || m.Width+m.Height+m.Orientation != 0 || m.Positioned {
		t.Errorf("told %v", m)
	}
	for name, change := range map[string]func(*wire.Facts){
		"a long text":    func(m *wire.Facts) { m.Burst = strings.Repeat("x", maxFactText+1) },
		"a control char": func(m *wire.Facts) { m.Taken.Source = "\n" },
		"a wide picture": func(m *wire.Facts) { m.Width = maxSide + 1 },
		"a place":        func(m *wire.Facts) { m.Longitude = 180*degree + 1 },
		"a long video":   func(m *wire.Facts) { m.Milliseconds = 1 << 63 },
		"a zone":         func(m *wire.Facts) { m.Taken.Offset = -1 << 31 },
		"an orientation": func(m *wire.Facts) { m.Orientation = 9 },
	} {
		m := packFacts(allFacts())
		change(m)
		said := delimited(&wire.PreviewAnswer{Status: wire.PreviewStatus_PREVIEW_STATUS_LATER, Facts: m})
		a, _, eb, lan := patchPair(t)
		lan.wrap = func(x, _ net.Conn) (net.Conn, net.Conn) {
			near, far := net.Pipe()
			lan.served.Go(func() { _, _ = io.Copy(io.Discard, far) })
			lan.served.Go(func() { _, _ = far.Write(said) })
			return near, x
		}
		err := eb.Previews(context.Background(), a.self, Wish{Pixels: PreviewSmall, Items: ids(1)}, func(int, []byte, error) {})
		if !Misbehaved(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Whatever bytes come, facts are refused or can be told again with the same meaning.
func FuzzFacts(f *testing.F) {
	b, err := proto.Marshal(packFacts(allFacts()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		m := new(wire.Facts)
		if len(bytes.TrimSpace(b)) > maxFacts || proto.Unmarshal(b, m) != nil {
			return
		}
		facts, err := unpackFacts(m)
		if err != nil {
			return
		}
		again := packFacts(facts)
		if once, err := unpackFacts(again); err != nil || !proto.Equal(packFacts(once), again) {
			t.Fatalf("%v becomes %v, %v", again, once, err)
		}
	})
}
