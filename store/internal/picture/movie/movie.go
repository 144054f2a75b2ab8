// Package movie reads what a video says of itself: MP4, QuickTime and their
// relatives (ISO 14496-12, QTFF), AVI (RIFF), Matroska and WebM (RFC 9559),
// MPEG transport and program streams (ISO 13818-1) with the camera's notes of
// AVCHD, ASF, Flash, Ogg, MXF and DV.
//
// Start with [Read]. It seeks to what it needs and reads at most 16 MiB of a
// file of any size, never the pictures and the sound; it allocates by what is
// read, not by what a file claims. Names and numbers are those that exiftool
// reports, so that they can be compared. A still in an ISO container, such as
// HEIC or CR3, is not for this package.
package movie

import (
	"context"
	"io"
	"math"
	"time"

	"homeroll/store/media"
)

// container is one kind of file.
type container struct {
	is   func(head []byte) bool
	read func(s *source, m *movie)
}

// containers in the order in which they are tried.
var containers = []container{
	{isISO, readISO},
	{isRIFF, readRIFF},
	{isMatroska, readMatroska},
	{isASF, readASF},
	{isFlash, readFlash},
	{isOgg, readOgg},
	{isMXF, readMXF},
	{isProgram, readProgram},
	{isTransport, readTransport},
	{isDV, readDV},
}

// Is reports whether the first bytes (at most 400) are those of a video, or of
// a container that Read knows.
func Is(head []byte) bool {
	for _, c := range containers {
		if c.is(head) {
			return true
		}
	}
	return false
}

// Read reads a video; see picture.Read for what errors mean.
func Read(ctx context.Context, r io.ReaderAt, size int64) (media.Picture, error) {
	s := newSource(ctx, r, size)
	head := s.Bytes(0, 400)
	for _, c := range containers {
		if c.is(head) {
			m := movie{}
			c.read(s, &m)
			return m.picture(), s.failed
		}
	}
	return media.Picture{}, s.failed
}

// movie is what was found, in the order of belief where several places speak.
type movie struct {
	media.Picture
	taken  [ranks]media.Taken
	place  [ranks]*media.Position
	makers [ranks]string
	models [ranks]string
}

// rank says which of several statements counts: the lowest.
type rank int

// The ranks, from what people or the camera said of the moment itself to what
// an encoder noted in passing.
const (
	byXMP      rank = iota // what an application wrote last
	byOriginal             // DateTimeOriginal, wherever it stands
	byKeys                 // Apple's Keys, with local time and offset
	byMaker                // a maker's own notes
	byUser                 // user data and other tags
	byHeader               // the header of the movie
	byTrack                // the header of a track
	ranks
)

// when notes a time, unless that rank has one.
func (m *movie) when(r rank, t media.Taken, ok bool) {
	if ok && m.taken[r].Source == "" {
		m.taken[r] = t
	}
}

// where notes a place, unless that rank has one.
func (m *movie) where(r rank, p media.Position, ok bool) {
	if ok && m.place[r] == nil {
		m.place[r] = &p
	}
}

func (m *movie) madeBy(r rank, name string) {
	if m.makers[r] == "" {
		m.makers[r] = name
	}
}

func (m *movie) modelled(r rank, name string) {
	if m.models[r] == "" {
		m.models[r] = name
	}
}

// dimensions notes the first width and height that are told, in pixels.
func (m *movie) dimensions(width, height int) {
	const most = 1 << 24
	if m.Width == 0 && m.Height == 0 && width >= 0 && width < most && height >= 0 && height < most {
		m.Width, m.Height = width, height
	}
}

// picture sums up.
func (m *movie) picture() media.Picture {
	p := m.Picture
	for r := range ranks {
		if p.Make == "" {
			p.Make = m.makers[r]
		}
		if p.Model == "" {
			p.Model = m.models[r]
		}
		if p.GPS == nil {
			p.GPS = m.place[r]
		}
	}
	p.Taken = m.time(p.Make)
	return p
}

// seconds makes a length of a number of seconds; 0 of what none has.
func seconds(v float64) time.Duration {
	if !(v > 0) || v > 1e7 {
		return 0
	}
	return time.Duration(math.Round(v * float64(time.Second)))
}

// ratio is a length of n units, of which there are some in a second.
func ratio(n, perSecond uint64) time.Duration {
	if perSecond == 0 {
		return 0
	}
	return seconds(float64(n) / float64(perSecond))
}
