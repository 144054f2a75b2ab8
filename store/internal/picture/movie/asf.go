package movie

import (
	"bytes"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/media"
)

// Objects of ASF by their identifiers ("Advanced Systems Format Specification",
// 10.1 to 10.4).
const (
	asfHeader     = "\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9\x00\xaa\x00\x62\xce\x6c"
	asfFile       = "\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"
	asfStream     = "\x91\x07\xdc\xb7\xb7\xa9\xcf\x11\x8e\xe6\x00\xc0\x0c\x20\x53\x65"
	asfVideoMedia = "\xc0\xef\x19\xbc\x4d\x5b\xcf\x11\xa8\xfd\x00\x80\x5f\x5c\x44\x2b"
)

func isASF(head []byte) bool { return bytes.HasPrefix(head, []byte(asfHeader)) }

// asf is what is gathered of an ASF file.
type asf struct {
	*source
	m     *movie
	video bool
	codec string
}

func readASF(s *source, m *movie) {
	f := asf{source: s, m: m}
	head := s.Bytes(0, 30)
	end := min(int64(min(le64(head, 16), 1<<40)), s.size)
	for at := int64(30); at+24 <= end && s.step(); {
		o := s.Bytes(at, 24)
		size := le64(o, 16)
		if len(o) < 24 || size < 24 || size > uint64(end-at) {
			break
		}
		f.object(string(o[:16]), at+24, at+int64(size))
		at += int64(size)
	}
	switch {
	case !f.video:
		m.Type = "audio/x-ms-wma"
	case f.codec != "" && bytes.Contains([]byte("WMV1 WMV2 WMV3 WMVA WVC1 WMVP WVP2 MSS1 MSS2"), []byte(f.codec)):
		m.Type = "video/x-ms-wmv"
	default:
		m.Type = "video/x-ms-asf"
	}
}

func (f *asf) object(id string, from, to int64) {
	c := f.Bytes(from, int(min(to-from, 1024)))
	switch id {
	case asfFile:
		f.m.Duration = seconds(float64(le64(c, 40)) / 1e7)
		t, ok := fileTime(le64(c, 24), "ASF CreationDate")
		f.m.when(byHeader, t, ok)
	case asfStream:
		if len(c) < 70 || string(c[:16]) != asfVideoMedia {
			return
		}
		f.video = true
		f.m.dimensions(int(le32(c, 54)), int(le32(c, 58)))
		if len(c) >= 85 {
			f.codec = cleanText(c[81:85])
		}
	}
}

// fileTime reads the clock of Windows: tenths of a microsecond from the start
// of 1601.
func fileTime(v uint64, source string) (media.Taken, bool) {
	const untilUnix = 11_644_473_600
	if v == 0 || v > 1<<62 {
		return media.Taken{}, false
	}
	return stamp.Instant(time.Unix(int64(v/1e7)-untilUnix, int64(v%1e7)*100), source)
}
