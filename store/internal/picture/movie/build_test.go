package movie

import (
	"bytes"
	"encoding/binary"
	"io"
	"testing"

	"homeroll/store/media"
)

// boxOf is a box with its content.
func boxOf(kind string, content ...[]byte) []byte {
	c := bytes.Join(content, nil)
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(c))), kind...), c...)
}

// words are numbers of 32 bits, one after the other.
func words(v ...uint32) (b []byte) {
	for _, w := range v {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

// qt is the time 2020-05-06 07:08:09 UTC on QuickTime's clock.
const qt = 1588748889 + untilUnix

// mvhd is the header of a movie of some seconds.
func mvhd(created, length uint32) []byte {
	return boxOf("mvhd", words(0, created, created, 1000, length*1000), make([]byte, 80))
}

// trak is a track of video.
func trak(width, height uint32) []byte {
	tkhd := boxOf("tkhd", make([]byte, 76), words(width<<16, height<<16))
	return boxOf("trak", tkhd, boxOf("mdia", boxOf("mdhd", words(0, qt, qt, 600, 1200, 0))))
}

var ftyp = boxOf("ftyp", []byte("mp42\x00\x00\x00\x00isommp42"))

// text is a text of QuickTime's user data.
func text(kind, value string) []byte {
	return boxOf(kind, []byte{0, byte(len(value)), 0x15, 0xc7}, []byte(value))
}

// keys is a list of Apple's keys and their values.
func keys(pairs ...string) []byte {
	var names, items []byte
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, boxOf("mdta", []byte(pairs[i]))...)
		kind := string(words(uint32(i/2 + 1)))
		items = append(items, boxOf(kind, boxOf("data", words(1, 0), []byte(pairs[i+1])))...)
	}
	return boxOf("meta", boxOf("hdlr", make([]byte, 24)),
		boxOf("keys", words(0, uint32(len(pairs)/2)), names), boxOf("ilst", items))
}

// read reads a file that is all in memory.
func read(t testing.TB, parts ...[]byte) media.Picture {
	t.Helper()
	b := bytes.Join(parts, nil)
	p, err := Read(t.Context(), bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// counted counts what is read of a file, most of which is not there.
type counted struct {
	parts map[int64][]byte
	size  int64
	bytes int64
	calls int
}

func (c *counted) ReadAt(p []byte, off int64) (n int, err error) {
	c.calls++
	c.bytes += int64(len(p))
	clear(p)
	for at, b := range c.parts {
		from, to := max(at, off), min(at+int64(len(b)), off+int64(len(p)))
		if from < to {
			copy(p[from-off:to-off], b[from-at:to-at])
		}
	}
	if off+int64(len(p)) > c.size {
		return int(c.size - off), io.EOF
	}
	return len(p), nil
}
