package movie

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"homeroll/store/internal/picture/stamp"
	"homeroll/store/internal/picture/tiff"
)

// isRIFF knows AVI (Microsoft, "AVI RIFF File Reference"), not the other kinds
// of RIFF.
func isRIFF(head []byte) bool {
	return len(head) >= 12 && (string(head[:4]) == "RIFF" || string(head[:4]) == "AVF0") &&
		(string(head[8:12]) == "AVI " || string(head[8:12]) == "AVIX")
}

// riff is what is gathered of an AVI.
type riff struct {
	*source
	m *movie

	frames, perFrame uint32 // of the main header: number, and microseconds
	allFrames        uint32 // of a file in several parts (OpenDML)
	rate, scale      uint32 // of the video's stream
	length           uint32
	video            bool // within the list of a stream of video
}

func readRIFF(s *source, m *movie) {
	m.Type = "video/x-msvideo"
	f := riff{source: s, m: m}
	f.chunks(12, s.size, 0)
	m.Duration = f.duration()
}

// duration is by the header of the file, which counts the frames of all its
// streams of video; hence by the stream's own where that is two or three times
// shorter.
func (f *riff) duration() time.Duration {
	file := float64(max(f.frames, f.allFrames)) * float64(f.perFrame) / 1e6
	if f.rate != 0 && f.scale != 0 && f.length != 0 {
		stream := float64(f.length) * float64(f.scale) / float64(f.rate)
		if file == 0 || (file > 1.9*stream && file < 3.1*stream) {
			file = stream
		}
	}
	return seconds(file)
}

// maxLists bounds how deep lists may lie in each other.
const maxLists = 6

// chunks goes through the chunks of a stretch: a name, a size, and the content,
// padded to an even length.
func (f *riff) chunks(from, to int64, depth int) {
	for at := from; at+8 <= to && f.step(); {
		head := f.Bytes(at, 12)
		if len(head) < 8 {
			return
		}
		size := int64(le32(head, 4))
		end := min(at+8+size, to)
		if string(head[:4]) == "LIST" && len(head) == 12 {
			f.list(string(head[8:12]), at+12, end, depth)
		} else {
			f.chunk(string(head[:4]), at+8, end)
		}
		at += 8 + size + size&1
	}
}

func (f *riff) list(kind string, from, to int64, depth int) {
	switch kind {
	case "hdrl", "strl", "INFO", "ncdt", "odml", "exif":
		if depth < maxLists {
			f.chunks(from, to, depth+1)
		}
	}
}

func (f *riff) chunk(kind string, from, to int64) {
	c := f.whole(from, to, maxText)
	switch kind {
	case "avih":
		f.perFrame, f.frames = le32(c, 0), le32(c, 16)
		f.m.dimensions(int(le32(c, 32)), int(le32(c, 36)))
	case "strh":
		f.video = len(c) >= 4 && string(c[:4]) == "vids"
		if f.video && f.rate == 0 {
			f.scale, f.rate, f.length = le32(c, 20), le32(c, 24), le32(c, 32)
		}
	case "strf":
		if f.video && len(c) >= 12 {
			f.m.dimensions(int(le32(c, 4)), absolute(le32(c, 8)))
		}
	case "dmlh":
		f.allFrames = le32(c, 0)
	case "strd":
		if bytes.HasPrefix(c, []byte("AVIF")) {
			f.m.directory(tiff.Within(block(c), 0, binary.LittleEndian).Directory(8))
		}
	case "IDIT":
		f.m.riffTime(byOriginal, cleanText(c), "RIFF DateTimeOriginal")
	case "IMAK", "ecor":
		f.m.madeBy(byUser, cleanText(c))
	case "IMOD", "emdl":
		f.m.modelled(byUser, cleanText(c))
	case "nctg":
		f.m.nikonAVI(c)
	case "_PMX":
		f.m.xmp(c)
	}
}

// absolute is a height, which is negative where lines go downwards.
func absolute(v uint32) int {
	if h := int32(v); h < 0 && h != -1<<31 {
		return int(-h)
	}
	return int(v)
}

// Dates as cameras write them into AVI: "Mon Mar 10 15:04:43 2003",
// "2005/11/28/ 09:19", "2001/ 1/27  1:42PM", "2002-12-16  15:35:01".
var (
	ansiTime  = regexp.MustCompile(`^[A-Za-z]{3}\w* +([A-Za-z]{3})\w* +(\d{1,2}) +(\d{1,2}):(\d{2}):(\d{2}) +(\d{4})`)
	slashTime = regexp.MustCompile(`^(\d{4})[-/:] *(\d{1,2})[-/:] *(\d{1,2})/? +(\d{1,2}): *(\d{2})(?:: *(\d{2}))? *([PA]?)`)
)

// riffTime notes a date as AVI has it: in no one way.
func (m *movie) riffTime(r rank, value, source string) {
	if p := ansiTime.FindStringSubmatch(value); p != nil {
		t, err := time.Parse("Jan 2 15:4:5 2006", p[1]+" "+p[2]+" "+p[3]+":"+p[4]+":"+p[5]+" "+p[6])
		if err == nil {
			taken, ok := stamp.Wall(t, source)
			m.when(r, taken, ok)
		}
		return
	}
	p := slashTime.FindStringSubmatch(value)
	if p == nil {
		m.text(r, value, source)
		return
	}
	n := [7]int{}
	for i := 1; i < 7; i++ {
		n[i], _ = strconv.Atoi(p[i])
	}
	if p[7] == "P" && n[4] < 12 {
		n[4] += 12
	}
	m.text(r, fmt.Sprintf("%04d:%02d:%02d %02d:%02d:%02d", n[1], n[2], n[3], n[4], n[5], n[6]), source)
}

// nikonAVI reads Nikon's list in AVI: tag, size, value.
func (m *movie) nikonAVI(c []byte) {
	for len(c) >= 4 && len(c) < maxText {
		tag, size := le16(c, 0), int(le16(c, 2))
		c = c[4:]
		if size > len(c) {
			return
		}
		value := cleanText(c[:size])
		switch tag {
		case 3:
			m.madeBy(byMaker, value)
		case 4:
			m.modelled(byMaker, value)
		case 0x13:
			m.text(byOriginal, value, "RIFF DateTimeOriginal")
		case 0x14:
			m.text(byMaker, value, "RIFF CreateDate")
		}
		c = c[size:]
	}
}
