package pagetest

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"time"
)

// exif is what a camera writes into a picture. A zero field is left out.
type exif struct {
	make, model, lens, caption string
	taken                      time.Time
	latitude, longitude        float64
}

// field is one of TIFF 6.0, section 2.
type field struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

const (
	kindText  = 2
	kindLong  = 4
	kindRatio = 5
)

// into puts the fields into a JPEG, as APP1 (Exif 2.32, section 4.7.2).
func (e exif) into(jpeg []byte) []byte {
	tiff := e.tiff()
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xd8, 0xff, 0xe1}, uint16(2+6+len(tiff)))
	return slices.Concat(head, []byte("Exif\x00\x00"), tiff, jpeg[2:])
}

// tiff lays out the main directory, that of Exif and that of GPS, one after the other.
func (e exif) tiff() []byte {
	main := texts(0x10e, e.caption, 0x10f, e.make, 0x110, e.model)
	sub := texts(0xa434, e.lens)
	if !e.taken.IsZero() {
		sub = slices.Insert(sub, 0, texts(0x9003, e.taken.Format("2006:01:02 15:04:05"))...)
	}
	gps := e.gps()
	pointers := []field{{0x8769, kindLong, 1, make([]byte, 4)}}
	if len(gps) > 0 {
		pointers = append(pointers, field{0x8825, kindLong, 1, make([]byte, 4)})
	}
	main = append(main, pointers...)
	start := uint32(8)
	second := start + size(main)
	binary.BigEndian.PutUint32(pointers[0].value, second)
	if len(gps) > 0 {
		binary.BigEndian.PutUint32(pointers[1].value, second+size(sub))
	}
	out := []byte("MM\x00\x2a\x00\x00\x00\x08")
	for _, directory := range [][]field{main, sub, gps} {
		out = append(out, layOut(directory, uint32(len(out)))...)
	}
	return out
}

func texts(pairs ...any) (fields []field) {
	for i := 0; i < len(pairs); i += 2 {
		if text := pairs[i+1].(string); text != "" {
			fields = append(fields, field{uint16(pairs[i].(int)), kindText, uint32(len(text) + 1), append([]byte(text), 0)})
		}
	}
	return fields
}

func (e exif) gps() []field {
	if e.latitude == 0 && e.longitude == 0 {
		return nil
	}
	half := func(v float64, plus, minus string) string {
		if v < 0 {
			return minus
		}
		return plus
	}
	return []field{
		{1, kindText, 2, []byte(half(e.latitude, "N", "S") + "\x00")}, {2, kindRatio, 3, degrees(e.latitude)},
		{3, kindText, 2, []byte(half(e.longitude, "E", "W") + "\x00")}, {4, kindRatio, 3, degrees(e.longitude)},
	}
}

// degrees writes an angle as degrees, minutes and seconds.
func degrees(v float64) []byte {
	v = math.Abs(v)
	minutes := (v - math.Floor(v)) * 60
	seconds := (minutes - math.Floor(minutes)) * 60
	var b bytes.Buffer
	for _, n := range []uint32{uint32(v), 1, uint32(minutes), 1, uint32(seconds * 1000), 1000} {
		_ = binary.Write(&b, binary.BigEndian, n) // a buffer takes all
	}
	return b.Bytes()
}

// size is what a directory takes with its values.
func size(fields []field) uint32 {
	if len(fields) == 0 {
		return 0
	}
	n := uint32(2 + 12*len(fields) + 4)
	for _, f := range fields {
		if len(f.value) > 4 {
			n += uint32(len(f.value)+1) &^ 1
		}
	}
	return n
}

func layOut(fields []field, at uint32) []byte {
	if len(fields) == 0 {
		return nil
	}
	out := binary.BigEndian.AppendUint16(nil, uint16(len(fields)))
	var values []byte
	beyond := at + uint32(2+12*len(fields)+4)
	for _, f := range fields {
		out = binary.BigEndian.AppendUint16(out, f.tag)
		out = binary.BigEndian.AppendUint16(out, f.kind)
		out = binary.BigEndian.AppendUint32(out, f.count)
		if len(f.value) <= 4 {
			out = append(out, append(slices.Clone(f.value), make([]byte, 4-len(f.value))...)...)
			continue
		}
		out = binary.BigEndian.AppendUint32(out, beyond+uint32(len(values)))
		values = append(values, f.value...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	return append(append(out, 0, 0, 0, 0), values...)
}
