package movie

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"homeroll/store/media"
)

// le32s are numbers of 32 bits, little-endian.
func le32s(v ...uint32) (b []byte) {
	for _, w := range v {
		b = binary.LittleEndian.AppendUint32(b, w)
	}
	return b
}

// chunk is a chunk of RIFF.
func chunk(kind string, content ...[]byte) []byte {
	c := bytes.Join(content, nil)
	b := append([]byte(kind), le32s(uint32(len(c)))...)
	b = append(b, c...)
	return append(b, make([]byte, len(c)%2)...)
}

// element is an element of EBML with an identifier in hexadecimal notation.
func elementOf(id uint32, content ...[]byte) []byte {
	c := bytes.Join(content, nil)
	b := bytes.TrimLeft(words(id), "\x00")
	return append(append(b, 0x40|byte(len(c)>>8), byte(len(c))), c...)
}

// sps is a sequence parameter set of H.264: high profile, 1920 by 1080.
var sps = []byte{
	0, 0, 0, 1, 0x67, 0x64, 0x00, 0x28, 0xac, 0xb4, 0x03, 0xc0, 0x11, 0x3f, 0x2a,
}

// sei are the notes of a Sony of 2019-04-24 22:24:00 +02:00.
var sei = func() []byte {
	notes := append([]byte(mdpmID), 5,
		0x18, 0x44, 0x20, 0x19, 0x04, 0x19, 0x24, 0x22, 0x24, 0x00, 0xe0, 0x01, 0x08, 0, 0,
		0xe4, 'I', 'L', 'C', 'E', 0xe5, '-', '7', 'M', '3')
	return append(append([]byte{0, 0, 1, 6, 5, byte(len(notes))}, notes...), 0x80)
}()

// transportOf is a transport stream with one stream of video, whose clock runs
// for two seconds.
func transportOf(kind byte, video []byte) []byte {
	section := func(table byte, body ...byte) []byte {
		b := append([]byte{0, table, 0xb0, byte(5 + len(body) + 4), 0, 1, 0xc1, 0, 0}, body...)
		return append(b, 0, 0, 0, 0)
	}
	pes := append([]byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0}, video...)
	var b []byte
	add := func(pid uint16, start bool, ticks int64, body []byte) {
		p := []byte{sync, byte(pid >> 8), byte(pid), 0x30, 0}
		if start {
			p[1] |= 0x40
		}
		if ticks >= 0 {
			p = append(p, 0x10)
			p = binary.BigEndian.AppendUint32(p, uint32(ticks>>1))
			p = append(p, byte(ticks&1)<<7, 0)
		} else if room := packet - 5 - len(body); room > 0 {
			p = append(append(p, 0), bytes.Repeat([]byte{0xff}, room-1)...)
		}
		p[4] = byte(len(p) - 5)
		p = append(p, body...)
		b = append(b, append(p, bytes.Repeat([]byte{0xff}, packet-len(p))...)...)
	}
	add(0, true, -1, section(0, 0, 1, 0xe1, 0))
	add(0x100, true, -1, section(2, 0xe1, 0x01, 0xf0, 0, kind, 0xe1, 0x01, 0xf0, 0))
	for at := 0; at < len(pes); at += 100 {
		add(0x101, at == 0, -1, pes[at:min(at+100, len(pes))])
	}
	add(0x101, false, 900, nil)
	add(0x101, false, 180_900, nil)
	return b
}

func TestContainers(t *testing.T) {
	avi := append([]byte("RIFF\x00\x00\x00\x00AVI "), chunk("LIST", []byte("hdrl"),
		chunk("avih", le32s(40_000, 0, 0, 0, 75, 0, 1, 0, 640, 480, 0, 0, 0, 0)),
		chunk("LIST", []byte("strl"), chunk("strh", []byte("vidsmjpg"), le32s(0, 0, 0, 1, 25, 0, 75, 0)), chunk("strf", le32s(40, 640, 480))),
		chunk("IDIT", []byte("Mon Mar 10 15:04:43 2003\n\x00")))...)
	mkv := append(elementOf(idEBML, elementOf(idDocType, []byte("webm"))), elementOf(idSegment,
		elementOf(idInfo, elementOf(idScale, []byte{0x0f, 0x42, 0x40}), elementOf(idDuration, binary.BigEndian.AppendUint64(nil, math.Float64bits(3000))),
			elementOf(idDate, binary.BigEndian.AppendUint64(nil, uint64(time.Hour)))),
		elementOf(idTracks, elementOf(idTrack, elementOf(idTrackType, []byte{1}), elementOf(idVideo, elementOf(idWidth, []byte{2, 128}), elementOf(idHeight, []byte{1, 224})))),
		elementOf(idCluster, []byte("pictures")))...)
	asfFileObject := append([]byte(asfFile), binary.LittleEndian.AppendUint64(nil, 104)...)
	asfFileObject = append(asfFileObject, make([]byte, 24)...)
	asfFileObject = binary.LittleEndian.AppendUint64(asfFileObject, (11_644_473_600+1_083_851_083)*1e7)
	asfFileObject = append(asfFileObject, make([]byte, 8)...)
	asfFileObject = append(binary.LittleEndian.AppendUint64(asfFileObject, 3e7), make([]byte, 32)...)
	asfVideo := append(append([]byte(asfStream), binary.LittleEndian.AppendUint64(nil, 24+54+51)...), asfVideoMedia...)
	asfVideo = append(append(append(asfVideo, make([]byte, 38)...), le32s(640, 480)...), 2, 40, 0)
	asfVideo = append(append(asfVideo, le32s(40, 640, 480, 0)...), append([]byte("WMV3"), make([]byte, 20)...)...)
	wmv := append(append([]byte(asfHeader), binary.LittleEndian.AppendUint64(nil, uint64(30+len(asfFileObject)+len(asfVideo)))...), 2, 0, 0, 0, 1, 2)
	wmv = append(append(wmv, asfFileObject...), asfVideo...)
	number := func(name string, v float64) []byte {
		return binary.BigEndian.AppendUint64(append([]byte{0, byte(len(name))}, name+"\x00"...), math.Float64bits(v))
	}
	script := bytes.Join([][]byte{
		[]byte("\x02\x00\x0aonMetaData\x08\x00\x00\x00\x03"), number("duration", 3), number("width", 640),
		[]byte("\x00\x04list\x0a\x00\x00\x00\x01\x02\x00\x01x"), number("height", 480), {0, 0, 9},
	}, nil)
	flv := append([]byte("FLV\x01\x05\x00\x00\x00\x09\x00\x00\x00\x00\x12\x00\x00"), byte(len(script)), 0, 0, 0, 0, 0, 0, 0)
	flv = append(flv, script...)
	page := func(flags byte, granule uint64, content []byte) []byte {
		b := binary.LittleEndian.AppendUint64([]byte{'O', 'g', 'g', 'S', 0, flags}, granule)
		return append(append(b, le32s(7, 0, 0)...), append([]byte{1, byte(len(content))}, content...)...)
	}
	theora := append([]byte("\x80theora\x03\x02\x01\x00\x28\x00\x1e\x00\x02\x80\x00\x01\xe0\x00\x00"), words(25, 1)...)
	theora = append(theora, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0xc0)
	ogv := append(page(2, 0, theora), page(4, 64<<6|11, []byte("frames"))...)
	local := func(tag uint16, v []byte) []byte {
		return append(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, tag), uint16(len(v))), v...)
	}
	set := bytes.Join([][]byte{local(0x3203, words(640)), local(0x3202, words(480)), local(0x4b01, words(25, 1)), local(0x0202, append(words(0), words(75)...)),
		local(0x4405, []byte{0x07, 0xd4, 5, 6, 13, 44, 43, 0})}, nil)
	mxf := append([]byte(mxfPartition+"\x02\x04"), 0)
	mxf = append(append(mxf, "\x06\x0e\x2b\x34\x02\x53\x01\x01\x0d\x01\x01\x01\x01\x01\x28\x00"...), append([]byte{0x81, byte(len(set))}, set...)...)
	pack := func(ticks uint64) []byte {
		return []byte{0, 0, 1, 0xe0, 0, 0, 0x80, 0x80, 5, 0x21 | byte(ticks>>29)&0xe, byte(ticks >> 22), byte(ticks>>14) | 1, byte(ticks >> 7), byte(ticks<<1) | 1}
	}
	mpg := bytes.Join([][]byte{{0, 0, 1, 0xba, 0x44, 0, 4, 0, 4, 1, 0, 0, 3, 0xf8}, pack(9000), {0, 0, 1, 0xb3, 0x28, 0x01, 0xe0, 0x33}, make([]byte, 30), pack(279_000), make([]byte, 30)}, nil)
	dv := make([]byte, 2*144_000)
	copy(dv, []byte{0x1f, 7, 0, 0xbf})
	copy(dv[3*dvBlock+3:], []byte{0x62, 0xff, 0x16, 0x02, 0x10, 0x63, 0xff, 0x28, 0x36, 0x21})

	for _, test := range []struct {
		what string
		file []byte
		want media.Picture
		time string
	}{
		{"AVI", avi, media.Picture{Type: "video/x-msvideo", Width: 640, Height: 480, Duration: 3 * time.Second}, "2003-03-10 15:04:43"},
		{"Matroska", mkv, media.Picture{Type: "video/webm", Width: 640, Height: 480, Duration: 3 * time.Second}, "2001-01-01 01:00:00"},
		{"ASF", wmv, media.Picture{Type: "video/x-ms-wmv", Width: 640, Height: 480, Duration: 3 * time.Second}, "2004-05-06 13:44:43"},
		{"Flash", flv, media.Picture{Type: "video/x-flv", Width: 640, Height: 480, Duration: 3 * time.Second}, ""},
		{"Ogg", ogv, media.Picture{Type: "video/ogg", Width: 640, Height: 480, Duration: 3 * time.Second}, ""},
		{"MXF", mxf, media.Picture{Type: "application/mxf", Width: 640, Height: 480, Duration: 3 * time.Second}, "2004-05-06 13:44:43"},
		{"a program stream", mpg, media.Picture{Type: "video/mpeg", Width: 640, Height: 480, Duration: 3 * time.Second}, ""},
		{"DV", dv, media.Picture{Type: "video/x-dv", Width: 720, Height: 576, Duration: 80 * time.Millisecond}, "2010-02-16 21:36:28"},
		{"a transport stream", transportOf(0x1b, append(bytes.Clone(sps), sei...)),
			media.Picture{Type: "video/mpeg", Width: 1920, Height: 1080, Duration: 2 * time.Second, Make: "Sony", Model: "ILCE-7M3"}, "2019-04-24 22:24:00"},
		{"a transport stream of MPEG-2", transportOf(2, []byte{0, 0, 1, 0xb3, 0x28, 0x01, 0xe0, 0x33}),
			media.Picture{Type: "video/mpeg", Width: 640, Height: 480, Duration: 2 * time.Second}, ""},
	} {
		got := read(t, test.file)
		if digits(got.Taken) != test.time {
			t.Errorf("%s: time %q, want %q", test.what, digits(got.Taken), test.time)
		}
		got.Taken = media.Taken{}
		if got != test.want {
			t.Errorf("%s:\n got %+v\nwant %+v", test.what, got, test.want)
		}
		if !Is(test.file[:min(len(test.file), 400)]) {
			t.Errorf("%s is no video", test.what)
		}
	}
}
