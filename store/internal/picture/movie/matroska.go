package movie

import (
	"math"
	"time"

	"homeroll/store/internal/picture/stamp"
)

func isMatroska(head []byte) bool {
	return len(head) >= 4 && be32(head, 0) == 0x1a45dfa3
}

// The elements that are read (RFC 9559), with their markers.
const (
	idEBML      = 0x1a45dfa3
	idDocType   = 0x4282
	idSegment   = 0x18538067
	idInfo      = 0x1549a966
	idScale     = 0x2ad7b1
	idDuration  = 0x4489
	idDate      = 0x4461
	idTracks    = 0x1654ae6b
	idTrack     = 0xae
	idTrackType = 0x83
	idVideo     = 0xe0
	idWidth     = 0xb0
	idHeight    = 0xba
	idTags      = 0x1254c367
	idTag       = 0x7373
	idSimpleTag = 0x67c8
	idTagName   = 0x45a3
	idTagString = 0x4487
	idCluster   = 0x1f43b675
	idSeekHead  = 0x114d9b74
	idSeek      = 0x4dbb
	idSeekID    = 0x53ab
	idSeekAt    = 0x53ac
)

// matroska is what is gathered of a Matroska or WebM file.
type matroska struct {
	*source
	m *movie

	docType       string
	scale         uint64 // nanoseconds in a unit of time
	length        float64
	video, audio  bool
	width, height int
	segment       int64 // where the segment's content begins
	tagsAt        int64 // where the tags are said to stand; 0 = nowhere
	tagsSeen      bool
	tagName       string
	depth         int // of tags in tags
}

func readMatroska(s *source, m *movie) {
	f := matroska{source: s, m: m, scale: 1_000_000}
	f.elements(0, s.size, f.top)
	if f.tagsAt > 0 && !f.tagsSeen {
		f.elements(f.tagsAt, s.size, func(e element) bool {
			if e.id == idTags {
				f.elements(e.from, e.to, f.tags)
			}
			return false
		})
	}
	m.Duration = seconds(f.length * float64(f.scale) / 1e9)
	m.dimensions(f.width, f.height)
	switch {
	case f.docType == "webm":
		m.Type = "video/webm"
	case f.audio && !f.video:
		m.Type = "audio/x-matroska"
	default:
		m.Type = "video/x-matroska"
	}
}

// element is one element of EBML (RFC 8794).
type element struct {
	id       uint32
	from, to int64 // its content
}

// elements goes through the elements of a stretch.
func (f *matroska) elements(from, to int64, visit func(e element) bool) {
	for at := from; at < to && f.step(); {
		e, ok := f.element(at, to)
		if !ok || !visit(e) {
			return
		}
		at = e.to
	}
}

func (f *matroska) element(at, to int64) (element, bool) {
	head := f.Bytes(at, 12)
	id, n := vint(head, 4, true)
	if n == 0 {
		return element{}, false
	}
	size, k := vint(head[n:], 8, false)
	if k == 0 {
		return element{}, false
	}
	e := element{id: uint32(id), from: at + int64(n+k), to: to}
	unknown := size == 1<<(7*uint(k))-1
	if !unknown && size < uint64(to-e.from) {
		e.to = e.from + int64(size)
	}
	return e, e.from <= to
}

// vint reads a number of variable length, with its marker or without it; of
// length 0 if there is none.
func vint(b []byte, most int, marked bool) (uint64, int) {
	if len(b) == 0 || b[0] == 0 {
		return 0, 0
	}
	n := 1
	for b[0]&(0x80>>(n-1)) == 0 {
		n++
	}
	if n > most || n > len(b) {
		return 0, 0
	}
	v := uint64(b[0])
	if !marked {
		v &= 0xff >> n
	}
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	return v, n
}

func (f *matroska) top(e element) bool {
	switch e.id {
	case idEBML:
		f.elements(e.from, e.to, func(e element) bool {
			if e.id == idDocType {
				f.docType = cleanText(f.whole(e.from, e.to, 64))
			}
			return true
		})
	case idSegment:
		f.segment = e.from
		f.elements(e.from, e.to, f.part)
	}
	return true
}

// part reads a child of the segment, up to the first cluster of pictures.
func (f *matroska) part(e element) bool {
	switch e.id {
	case idInfo:
		f.elements(e.from, e.to, f.info)
	case idTracks:
		f.elements(e.from, e.to, f.track)
	case idTags:
		f.tagsSeen = true
		f.elements(e.from, e.to, f.tags)
	case idSeekHead:
		f.elements(e.from, e.to, f.seek)
	}
	return e.id != idCluster
}

// seek notes where the tags stand, if they are behind the pictures.
func (f *matroska) seek(e element) bool {
	if e.id != idSeek {
		return true
	}
	var id uint64
	f.elements(e.from, e.to, func(e element) bool {
		switch e.id {
		case idSeekID:
			id = f.number(e)
		case idSeekAt:
			if at := f.number(e); id == idTags && at < uint64(f.size) {
				f.tagsAt = f.segment + int64(at)
			}
		}
		return true
	})
	return true
}

func (f *matroska) info(e element) bool {
	switch e.id {
	case idScale:
		if v := f.number(e); v > 0 {
			f.scale = v
		}
	case idDuration:
		f.length = f.real(e)
	case idDate:
		// Nanoseconds from the start of 2001.
		c := f.whole(e.from, e.to, 8)
		if len(c) == 8 {
			start := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)
			at := start.Add(time.Duration(be64(c, 0)))
			t, ok := stamp.Instant(at, "Matroska DateTimeOriginal")
			f.m.when(byOriginal, t, ok)
		}
	}
	return true
}

func (f *matroska) track(e element) bool {
	if e.id != idTrack {
		return true
	}
	var width, height int
	video := false
	f.elements(e.from, e.to, func(e element) bool {
		switch e.id {
		case idTrackType:
			kind := f.number(e)
			video = kind == 1
			f.video, f.audio = f.video || video, f.audio || kind == 2
		case idVideo:
			f.elements(e.from, e.to, func(e element) bool {
				switch e.id {
				case idWidth:
					width = int(f.number(e) & math.MaxInt32)
				case idHeight:
					height = int(f.number(e) & math.MaxInt32)
				}
				return true
			})
		}
		return true
	})
	if f.width == 0 {
		f.width, f.height = width, height
	}
	return true
}

// tags takes over what the tags say of the whole file.
func (f *matroska) tags(e element) bool {
	switch e.id {
	case idTag, idSimpleTag:
		f.tagName = ""
		if f.depth++; f.depth <= maxLists {
			f.elements(e.from, e.to, f.tags)
		}
		f.depth--
	case idTagName:
		f.tagName = cleanText(f.whole(e.from, e.to, 256))
	case idTagString:
		f.tag(f.tagName, cleanText(f.whole(e.from, e.to, 4096)))
	}
	return true
}

func (f *matroska) tag(name, value string) {
	m := f.m
	switch name {
	case "DATE_RECORDED":
		m.text(byOriginal, value, "Matroska DateTimeOriginal")
	case "DATE_DIGITIZED":
		m.text(byUser, value, "Matroska CreateDate")
	case "com.apple.quicktime.creationdate", "COM.APPLE.QUICKTIME.CREATIONDATE":
		m.text(byKeys, value, "Matroska CreationDate")
	case "com.apple.quicktime.make", "COM.APPLE.QUICKTIME.MAKE", "MAKE":
		m.madeBy(byUser, value)
	case "com.apple.quicktime.model", "COM.APPLE.QUICKTIME.MODEL", "MODEL":
		m.modelled(byUser, value)
	case "com.apple.quicktime.location.ISO6709", "COM.APPLE.QUICKTIME.LOCATION.ISO6709", "LOCATION", "location":
		p, ok := iso6709(value)
		m.where(byUser, p, ok)
	}
}

func (f *matroska) number(e element) (v uint64) {
	for _, c := range f.whole(e.from, e.to, 8) {
		v = v<<8 | uint64(c)
	}
	return v
}

func (f *matroska) real(e element) float64 {
	switch c := f.whole(e.from, e.to, 8); len(c) {
	case 4:
		return float64(math.Float32frombits(be32(c, 0)))
	case 8:
		return math.Float64frombits(be64(c, 0))
	}
	return 0
}
