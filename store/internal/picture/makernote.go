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
	case f.picture.Make == "Canon":
		d := tiff.Within(source, e.Tree().Base(), order).Directory(e.At() - e.Tree().Base())
		f.lens(lensText(d.Text(0x0095)))
	}
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
