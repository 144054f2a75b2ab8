package picture

import (
	"bytes"
	"encoding/binary"

	"homeroll/store/internal/picture/tiff"
)

// Tags of Apple's maker note.
const (
	appleBurst     = 0x000b // BurstUUID
	appleContentID = 0x0011 // ContentIdentifier
)

// makerNote reads of the notes of a few makers what EXIF has no field for.
func (f *facts) makerNote(e tiff.Entry) {
	head := e.Raw(16)
	source, order := e.Source(), e.Order()
	switch {
	case bytes.HasPrefix(head, []byte("Apple iOS\x00")) && len(head) >= 14:
		// Offsets count from the note; its byte order is stated after its version.
		order = binary.BigEndian
		if string(head[12:14]) == "II" {
			order = binary.LittleEndian
		}
		f.apple(tiff.Within(source, e.At(), order).Directory(14))
	case bytes.HasPrefix(head, []byte("Nikon\x00\x02")):
		if t, ok := tiff.Open(source, e.At()+10); ok {
			f.nikon(t.Directory(t.First))
		}
	case bytes.HasPrefix(head, []byte("Panasonic\x00")):
		d := tiff.Within(source, e.Tree().Base(), order).Directory(e.At() - e.Tree().Base() + 12)
		f.lens(lensText(d.Text(0x0051)))
	case bytes.HasPrefix(head, []byte("IIII")), bytes.HasPrefix(head, []byte("MMMM")):
		f.phaseOne(e)
	case bytes.HasPrefix(head, []byte("OLYMPUS\x00")):
		f.olympus(tiff.Within(source, e.At(), noteOrder(head[8:], order)).Directory(12))
	case bytes.HasPrefix(head, []byte("OM SYSTEM\x00")):
		f.olympus(tiff.Within(source, e.At(), noteOrder(head[12:], order)).Directory(16))
	case f.picture.Make == "Canon":
		f.canonNote(e)
	}
}

// noteOrder is the byte order that a note states, or else that of what is around it.
func noteOrder(b []byte, otherwise binary.ByteOrder) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(b, []byte("II")):
		return binary.LittleEndian
	case bytes.HasPrefix(b, []byte("MM")):
		return binary.BigEndian
	}
	return otherwise
}

// olympus reads the name of the lens, 0x0203, in the directory of equipment, 0x2010.
func (f *facts) olympus(d *tiff.Directory) {
	for _, equipment := range d.Below(0x2010, 1) {
		f.lens(lensText(equipment.Text(0x0203)))
	}
}

// canonNote reads the name of the lens, 0x0095. Offsets count from the TIFF
// header, as it was when the camera wrote the note: the note ends with where it
// then stood, so that one that an editor moved can be read.
func (f *facts) canonNote(e tiff.Entry) {
	if e.Size < 8 || e.Size > maxMakerNoteSize {
		return
	}
	foot := e.Source().Bytes(e.At()+limit(e.Size)-8, 8)
	if len(foot) < 8 || e.Order().Uint16(foot[2:]) != 42 {
		return
	}
	base := e.At() - int64(e.Order().Uint32(foot[4:]))
	f.lens(lensText(tiff.Within(e.Source(), base, e.Order()).Directory(e.At() - base).Text(0x0095)))
}

func (f *facts) apple(d *tiff.Directory) {
	if f.picture.ContentID == "" {
		f.picture.ContentID = d.Text(appleContentID)
	}
	if f.picture.Burst == "" {
		f.picture.Burst = d.Text(appleBurst)
	}
}

// nikon reads the lens's range, 0x0084, which is written like EXIF's.
func (f *facts) nikon(d *tiff.Directory) {
	if f.lensRange == "" {
		f.lensRange = lensRange(d.Numbers(0x0084, 4))
	}
}
