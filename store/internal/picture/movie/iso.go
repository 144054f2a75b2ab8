package movie

import (
	"time"

	"homeroll/store/internal/picture/stamp"
)

// iso is what is gathered from an ISO file while it is gone through.
type iso struct {
	*source
	m *movie

	header    time.Duration // by the movie's header
	fragments time.Duration // by that of its fragments
	longest   time.Duration // of the tracks
	timescale uint32
	moofs     int // fragments seen
}

// enough is how many fragments are gone past, in search of what may stand
// behind them, once the header is known.
const enough = 8

// readISO reads MP4 and QuickTime. Their boxes stand in any order; the large
// ones, of the pictures and the sound, are jumped over.
func readISO(s *source, m *movie) {
	m.Type = "video/quicktime"
	f := iso{source: s, m: m}
	s.boxes(0, s.size, f.top)
	for _, d := range []time.Duration{f.header, f.fragments, f.longest} {
		if m.Duration == 0 {
			m.Duration = d
		}
	}
}

func (f *iso) top(b box) bool {
	switch b.kind {
	case "ftyp":
		f.m.Type = isoType(f.Bytes(b.from, int(min(b.to-b.from, maxText))))
	case "moov":
		f.boxes(b.from, b.to, f.movie)
	case "moof":
		f.moofs++
		return f.moofs < enough || f.timescale == 0
	case "uuid":
		f.uuid(b)
	case "meta":
		f.meta(b)
	case "udta":
		f.userData(b)
	case "skip", "free":
		f.boxes(b.from, min(b.to, b.from+maxText), f.userItem)
	}
	return true
}

// movie reads a child of moov.
func (f *iso) movie(b box) bool {
	switch b.kind {
	case "mvhd":
		f.movieHeader(f.content(b))
	case "trak":
		f.track(b)
	case "udta":
		f.userData(b)
	case "meta":
		f.meta(b)
	case "uuid":
		f.uuid(b)
	case "mvex":
		if h, ok := f.find(b.from, b.to, "mehd"); ok {
			c := f.content(h)
			f.fragments = ratio(versioned(c, 4), uint64(f.timescale))
		}
	}
	return true
}

// versioned reads a number that has 64 bits in version 1 of a box and 32
// before.
func versioned(c []byte, at int) uint64 {
	if len(c) > 0 && c[0] == 1 {
		return be64(c, at)
	}
	return uint64(be32(c, at))
}

// movieHeader reads mvhd (ISO 14496-12, 8.2.2).
func (f *iso) movieHeader(c []byte) {
	if len(c) < 20 {
		return
	}
	scale := 12
	if c[0] == 1 {
		scale = 20
	}
	t, ok := quickTime(versioned(c, 4), "QuickTime CreateDate")
	f.m.when(byHeader, t, ok)
	f.timescale = be32(c, scale)
	if length := versioned(c, scale+4); length != 1<<32-1 && length != 1<<64-1 {
		f.header = ratio(length, uint64(f.timescale))
	}
}

// xmpID marks the box with an XMP packet (XMP specification, part 3), profID
// that of Sony's Memory Stick and PSP.
const xmpID = "\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac"

func (f *iso) uuid(b box) {
	id := f.Bytes(b.from, 16)
	if len(id) == 16 && string(id) == xmpID {
		f.m.xmp(f.whole(b.from+16, b.to, maxPacket))
		return
	}
	f.makerUUID(b, id)
}

// track reads the head of a track; its tables of samples are not looked at.
func (f *iso) track(b box) {
	f.boxes(b.from, b.to, func(c box) bool {
		switch c.kind {
		case "tkhd":
			f.trackHeader(f.content(c))
		case "mdia":
			if h, ok := f.find(c.from, c.to, "mdhd"); ok {
				f.mediaHeader(f.content(h))
			}
		case "udta":
			f.userData(c)
		case "meta":
			f.meta(c)
		}
		return true
	})
}

// trackHeader reads tkhd (8.3.2). Some cameras write the dimensions as whole
// numbers where fixed-point ones belong.
func (f *iso) trackHeader(c []byte) {
	shift := 0
	if len(c) > 0 && c[0] == 1 {
		shift = 12
	}
	size := func(at int) int {
		v := be32(c, at+shift)
		if v&0xfff00000 != 0 {
			v >>= 16
		}
		return int(v)
	}
	f.m.dimensions(size(76), size(80))
}

// mediaHeader reads mdhd (8.4.2).
func (f *iso) mediaHeader(c []byte) {
	scale := 12
	if len(c) > 0 && c[0] == 1 {
		scale = 20
	}
	t, ok := quickTime(versioned(c, 4), "QuickTime MediaCreateDate")
	f.m.when(byTrack, t, ok)
	if length := versioned(c, scale+4); length != 1<<32-1 && length != 1<<64-1 {
		f.longest = max(f.longest, ratio(length, uint64(be32(c, scale))))
	}
}

// text notes a time that is written as text.
func (m *movie) text(r rank, value, source string) {
	t, ok := stamp.Parse(value, source)
	m.when(r, t, ok)
}
