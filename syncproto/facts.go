package syncproto

import (
	"context"
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// Facts are what the bytes of an item say, as its holder has read them. Whoever
// hears them cannot check them: they are for showing, and for nothing else.
type Facts struct {
	Picture media.Picture // Taken is what the bytes say; Payload and Look are not told
	Sidecar bool          // nothing to be looked at
	Title   string        // a sidecar's, of the picture that it is about
}

// Teller knows what items that this device holds say. It may be called
// concurrently.
type Teller interface {
	// Facts returns nil if the item is not held here or was not read yet.
	Facts(ctx context.Context, id media.ID) (*Facts, error)
}

// Limits of facts.
const (
	maxFacts       = 4 << 10 // bytes of the message
	maxFactText    = 256     // bytes
	maxSide        = 1 << 20 // pixels
	maxDuration    = 1 << 40 // milliseconds
	degree         = 1e7     // of a whole one
	maxZone        = 18 * 3600
	maxOrientation = 8
)

// packFacts leaves out what may not be sent.
func packFacts(f *Facts) *wire.Facts {
	p := &f.Picture
	m := &wire.Facts{
		Type: factText(p.Type), Make: factText(p.Make), Model: factText(p.Model), Lens: factText(p.Lens), Content: factText(p.ContentID),
		Burst: factText(p.Burst), Motion: p.Motion, Sidecar: f.Sidecar, Title: factText(f.Title),
	}
	if p.Width > 0 && p.Height > 0 && max(p.Width, p.Height) <= maxSide {
		m.Width, m.Height = uint32(p.Width), uint32(p.Height)
	}
	if p.Orientation > 0 && p.Orientation <= maxOrientation {
		m.Orientation = uint32(p.Orientation)
	}
	if g := p.GPS; g != nil && math.Abs(g.Latitude) <= 90 && math.Abs(g.Longitude) <= 180 {
		m.Latitude, m.Longitude, m.Positioned = int32(math.Round(g.Latitude*degree)), int32(math.Round(g.Longitude*degree)), true
	}
	if ms := p.Duration.Milliseconds(); ms > 0 && ms <= maxDuration {
		m.Milliseconds = uint64(ms)
	}
	m.Taken = packMoment(p.Taken)
	return m
}

func packMoment(t media.Taken) *wire.Moment {
	m := &wire.Moment{Local: nanosOf(t.Local), Utc: nanosOf(t.UTC), Source: factText(t.Source)}
	if t.Offset != nil && *t.Offset >= -maxZone && *t.Offset <= maxZone {
		m.Offset, m.Zoned = int32(*t.Offset), true
	}
	if m.Local == 0 && m.Utc == 0 {
		return nil
	}
	return m
}

// nanosOf returns 0 for what nanoseconds do not reach.
func nanosOf(t time.Time) int64 {
	if t.IsZero() || t.Year() < 1678 || t.Year() > 2261 {
		return 0
	}
	return t.UnixNano()
}

func factText(text string) string {
	if !validFact(text) {
		return ""
	}
	return text
}

func validFact(text string) bool {
	return len(text) <= maxFactText && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// unpackFacts refuses what packFacts does not write.
func unpackFacts(m *wire.Facts) (*Facts, error) {
	taken := m.GetTaken()
	for _, text := range []string{m.Type, m.Make, m.Model, m.Lens, m.Content, m.Burst, m.Title, taken.GetSource()} {
		if !validFact(text) {
			return nil, malformed("a text of %d bytes in facts", len(text))
		}
	}
	switch {
	case max(m.Width, m.Height) > maxSide, m.Orientation > maxOrientation:
		return nil, malformed("a picture of %d × %d pixels, orientation %d", m.Width, m.Height, m.Orientation)
	case m.Latitude < -90*degree, m.Latitude > 90*degree, m.Longitude < -180*degree, m.Longitude > 180*degree:
		return nil, malformed("a place that is nowhere")
	case m.Milliseconds > maxDuration:
		return nil, malformed("a video of %d ms", m.Milliseconds)
	case taken.GetOffset() < -maxZone, taken.GetOffset() > maxZone:
		return nil, malformed("a time zone of %d s", taken.GetOffset())
	}
	f := &Facts{Sidecar: m.Sidecar, Title: m.Title, Picture: media.Picture{
		Type: m.Type, Width: int(m.Width), Height: int(m.Height), Orientation: int(m.Orientation), Make: m.Make, Model: m.Model, Lens: m.Lens,
		Duration: time.Duration(m.Milliseconds) * time.Millisecond, ContentID: m.Content, Burst: m.Burst, Motion: m.Motion,
	}}
	if m.Positioned {
		f.Picture.GPS = &media.Position{Latitude: float64(m.Latitude) / degree, Longitude: float64(m.Longitude) / degree}
	}
	f.Picture.Taken = unpackMoment(taken)
	return f, nil
}

func unpackMoment(m *wire.Moment) (t media.Taken) {
	if m == nil {
		return t
	}
	t.Source = m.Source
	if m.Local != 0 {
		t.Local = time.Unix(0, m.Local).UTC()
	}
	if m.Utc != 0 {
		t.UTC = time.Unix(0, m.Utc).UTC()
	}
	if m.Zoned {
		offset := int(m.Offset)
		t.Offset = &offset
	}
	return t
}
