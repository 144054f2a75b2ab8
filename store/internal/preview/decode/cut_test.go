package decode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
)

func TestCutRIFF(t *testing.T) {
	riff := func(chunks string) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(chunks)+4)), "WEBP"+chunks...)
	}
	whole := riff("VP8 \x06\x00\x00\x00sampleEXIF\x03\x00\x00\x00abc\x00")
	for missing, want := range map[int]bool{0: false, 1: false, 2: true, 12: true, 20: true} {
		if got := cutRIFF(whole[:len(whole)-missing]); got != want {
			t.Errorf("without %d bytes: %v", missing, got)
		}
	}
	if cutRIFF(append(bytes.Clone(whole), "what follows it is not of it"...)) {
		t.Error("what follows a WebP is taken for its chunks")
	}
	if !cutRIFF(riff("VP8 \x07\x00\x00\x00sample")) {
		t.Error("a chunk that is longer than the file is not told")
	}
}

func TestCutMovie(t *testing.T) {
	atom := func(kind, body string) string {
		return string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+8))) + kind + body
	}
	whole := atom("ftyp", "isom\x00\x00\x00\x00") + atom("moov", "the index") + atom("mdat", "what is seen and heard")
	long := atom("ftyp", "isom\x00\x00\x00\x00") + "\x00\x00\x00\x01mdat\x00\x00\x00\x00\x00\x00\x00\x20 what is seen..."
	for name, tc := range map[string]struct {
		data string
		want bool
	}{
		"a movie":                           {whole, false},
		"one that something follows":        {whole + "SEFT and more, which is no box", false},
		"one whose samples end early":       {whole[:len(whole)-1], true},
		"one whose index ends early":        {whole[:30], true},
		"one with a long box":               {long, false},
		"one whose long box ends early":     {long[:len(long)-1], true},
		"one whose last box is open":        {whole + "\x00\x00\x00\x00mdat and more", false},
		"what only looks like one after it": {"nothing" + whole, false},
	} {
		if got := CutMovie(bytes.NewReader([]byte(tc.data)), int64(len(tc.data))); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestCutHEIF(t *testing.T) {
	f := &heif{items: map[uint64]*heifItem{
		1: {extents: []extent{{10, 90}}},
		2: {extents: []extent{{10, 91}}},
		3: {inData: true, extents: []extent{{0, 500}}, parts: []uint64{1}},
		4: {parts: []uint64{1, 2}},
		5: {extents: []extent{{1 << 63, 1 << 63}}},
		6: {parts: []uint64{7}},
	}}
	got := ""
	for id := range uint64(6) {
		got += fmt.Sprint(f.cut(&input{source: Source{Size: 100}}, f.items[id+1]), " ")
	}
	if got != "false true false true true false " {
		t.Error(got)
	}
}
