package movie

import (
	"bytes"
	"fmt"
	"time"
)

// isDV knows bare DV (IEC 61834-2, SMPTE 314M): the header block of a first
// sequence.
func isDV(head []byte) bool {
	return len(head) >= 80 && bytes.HasPrefix(head, []byte{0x1f, 0x07, 0x00}) && head[3]&0x7f == 0x3f
}

// Blocks of DV, in bytes, and how many there are in a sequence.
const (
	dvBlock    = 80
	dvSequence = 150
)

// readDV reads bare DV: all frames are of one size, by the system; date and
// time are written into each.
func readDV(s *source, m *movie) {
	m.Type = "video/x-dv"
	head := s.Bytes(0, 12*dvSequence*dvBlock)
	frame, rate, height := int64(120_000), 30_000.0/1001, 480
	if head[3]&0x80 != 0 {
		frame, rate, height = 144_000, 25, 576
	}
	m.dimensions(720, height)
	m.Duration = seconds(float64(s.size/frame) / rate)
	var date, clock []byte
	// In each sequence the auxiliary data of the video are in blocks 3 to 5.
	for at := 0; at+6*dvBlock <= len(head); at += dvSequence * dvBlock {
		for i := 3; i < 6; i++ {
			b := head[at+i*dvBlock : at+(i+1)*dvBlock]
			for p := 3; p+5 <= len(b); p += 5 {
				switch b[p] {
				case 0x62:
					date = b[p+1 : p+5]
				case 0x63:
					clock = b[p+1 : p+5]
				}
			}
		}
	}
	if date != nil && clock != nil {
		m.text(byOriginal, dvTime(date, clock), "DV DateTimeOriginal")
	}
}

// dvTime writes out the packs of date and time, whose digits are BCD with flags
// above them.
func dvTime(date, clock []byte) string {
	year := 1900 + 10*int(date[3]>>4) + int(date[3]&0xf)
	if year < 1950 {
		year += 100
	}
	text := fmt.Sprintf("%04d:%02x:%02x %02x:%02x:%02x", year, date[2]&0x1f, date[1]&0x3f, clock[3]&0x3f, clock[2]&0x7f, clock[1]&0x7f)
	if _, err := time.Parse("2006:01:02 15:04:05", text); err != nil {
		return ""
	}
	return text
}
