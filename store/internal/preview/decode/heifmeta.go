package decode

import (
	"encoding/binary"
	"fmt"
	"io"

	"homeroll/store/internal/preview/colour"
)

// maxMeta is how long the meta box of a HEIF may be: that of a photo with 200
// tiles takes 10 KB.
const maxMeta = 4 << 20

// maxTopBoxes bounds how many boxes are stepped over to find it.
const maxTopBoxes = 64

// heif is the directory of a HEIF file (ISO/IEC 23008-12).
type heif struct {
	primary    uint64
	items      map[uint64]*heifItem
	properties [][]byte // content
	kinds      []string // of the properties
	data       []byte   // idat
}

// heifItem is one item: a coded picture, or how to make one of others.
type heifItem struct {
	kind       string
	properties []int // indexes, in the order in which they apply
	extents    []extent
	inData     bool     // extents are in idat
	parts      []uint64 // what it is derived from
}

type extent struct{ offset, length uint64 }

// readHEIF finds and reads the directory.
func readHEIF(in *input) (*heif, error) {
	at := int64(0)
	for range maxTopBoxes {
		var head [16]byte
		if n, err := in.ReadAt(head[:], at); n < 8 {
			return nil, fmt.Errorf("%w: it has no directory: %w", ErrDamaged, err)
		}
		size, body := int64(binary.BigEndian.Uint32(head[:])), int64(8)
		switch size {
		case 0:
			size = in.source.Size - at
		case 1:
			size, body = int64(binary.BigEndian.Uint64(head[8:])), 16
		}
		if size < body || size > in.source.Size-at {
			return nil, fmt.Errorf("%w: box of %d bytes at %d", ErrDamaged, size, at)
		}
		if string(head[4:8]) == "moov" { // an image sequence is a video
			return nil, fmt.Errorf("%w: it is a sequence", ErrUnknown)
		}
		if string(head[4:8]) == "meta" {
			if size > maxMeta {
				return nil, fmt.Errorf("%w: its directory is %d MB", ErrTooLarge, size>>20)
			}
			data := make([]byte, size-body)
			if _, err := io.ReadFull(io.NewSectionReader(in, at+body, int64(len(data))), data); err != nil {
				return nil, err
			}
			return parseMeta(data)
		}
		at += size
	}
	return nil, fmt.Errorf("%w: it has no directory", ErrDamaged)
}

func parseMeta(data []byte) (*heif, error) {
	if len(data) < 4 {
		return nil, fmt.Errorf("%w: its directory is cut off", ErrDamaged)
	}
	f := &heif{items: map[uint64]*heifItem{}}
	boxes(data[4:], func(kind string, body []byte) bool {
		switch kind {
		case "pitm":
			c := &cursor{data: body}
			f.primary = c.pick(c.uint(4)>>24 > 0, 4, 2)
		case "iinf":
			f.readInfo(body)
		case "iloc":
			f.readLocations(body)
		case "iref":
			f.readReferences(body)
		case "iprp":
			f.readProperties(body)
		case "idat":
			f.data = body
		}
		return true
	})
	if f.items[f.primary] == nil || f.items[f.primary].kind == "" {
		return nil, fmt.Errorf("%w: it has no primary picture", ErrDamaged)
	}
	return f, nil
}

func (f *heif) item(id uint64) *heifItem {
	if f.items[id] == nil {
		f.items[id] = &heifItem{}
	}
	return f.items[id]
}

func (f *heif) readInfo(body []byte) {
	c := &cursor{data: body}
	c.pick(c.uint(4)>>24 > 0, 4, 2)
	boxes(c.data, func(kind string, entry []byte) bool {
		e := &cursor{data: entry}
		version := e.uint(4) >> 24
		if kind != "infe" || version < 2 {
			return true
		}
		id := e.pick(version > 2, 4, 2)
		e.uint(2) // protection
		if len(e.data) >= 4 {
			f.item(id).kind = string(e.data[:4])
		}
		return true
	})
}

func (f *heif) readLocations(body []byte) {
	c := &cursor{data: body}
	version := c.uint(4) >> 24
	sizes := c.uint(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if max(offsetSize, lengthSize, baseSize, indexSize) > 8 {
		return
	}
	n := c.pick(version == 2, 4, 2)
	for range n {
		item := f.item(c.pick(version == 2, 4, 2))
		if version > 0 {
			item.inData = c.uint(2)&15 == 1
		}
		c.uint(2) // data reference
		base := c.uint(baseSize)
		for range c.uint(2) {
			if version > 0 {
				c.uint(indexSize)
			}
			e := extent{offset: base + c.uint(offsetSize), length: c.uint(lengthSize)}
			if c.short {
				return
			}
			item.extents = append(item.extents, e)
		}
		if c.short {
			return
		}
	}
}

func (f *heif) readReferences(body []byte) {
	c := &cursor{data: body}
	long := c.uint(4)>>24 > 0
	boxes(c.data, func(kind string, entry []byte) bool {
		e := &cursor{data: entry}
		item := f.item(e.pick(long, 4, 2))
		n := e.uint(2)
		for range n {
			part := e.pick(long, 4, 2)
			if e.short {
				return false
			}
			if kind == "dimg" {
				item.parts = append(item.parts, part)
			}
		}
		return true
	})
}

func (f *heif) readProperties(body []byte) {
	boxes(body, func(kind string, entry []byte) bool {
		switch kind {
		case "ipco":
			boxes(entry, func(kind string, property []byte) bool {
				f.kinds, f.properties = append(f.kinds, kind), append(f.properties, property)
				return true
			})
		case "ipma":
			f.readAssociations(entry)
		}
		return true
	})
}

func (f *heif) readAssociations(body []byte) {
	c := &cursor{data: body}
	head := c.uint(4)
	long := head&1 == 1
	n := c.uint(4)
	for range n {
		item := f.item(c.pick(head>>24 > 0, 4, 2))
		for range c.uint(1) {
			index := c.uint(1) & 0x7f
			if long {
				index = index<<8 | c.uint(1)
			}
			if c.short {
				return
			}
			if index > 0 {
				item.properties = append(item.properties, int(index)-1)
			}
		}
		if c.short {
			return
		}
	}
}

// each calls with the properties of an item, in order.
func (f *heif) each(item *heifItem, do func(kind string, body []byte)) {
	for _, k := range item.properties {
		if k < len(f.kinds) {
			do(f.kinds[k], f.properties[k])
		}
	}
}

// property returns the first property of a kind; nil = none.
func (f *heif) property(item *heifItem, want string) (found []byte) {
	f.each(item, func(kind string, body []byte) {
		if found == nil && kind == want {
			found = body
		}
	})
	return found
}

// size returns the extent of a picture before its transformations.
func (f *heif) size(item *heifItem) (w, h int) {
	if p := f.property(item, "ispe"); len(p) >= 12 {
		return int(binary.BigEndian.Uint32(p[4:])), int(binary.BigEndian.Uint32(p[8:]))
	}
	return 0, 0
}

// colours reads what the colr properties say: code points, a profile, or both.
// Without code points, those of the coded picture hold.
func (f *heif) colours(item *heifItem, coding colour.Coding) (colour.Coding, *colour.Profile) {
	var profile *colour.Profile
	byProfile := false
	f.each(item, func(kind string, body []byte) {
		if kind != "colr" || len(body) < 4 {
			return
		}
		switch c := (&cursor{data: body[4:]}); string(body[:4]) {
		case "nclx":
			coding = colour.Coding{Primaries: int(c.uint(2)), Transfer: int(c.uint(2)), Matrix: int(c.uint(2)), Full: c.uint(1)>>7 == 1}
		case "prof", "rICC":
			profile, byProfile = colour.Parse(body[4:]), true
		}
	})
	if !byProfile {
		profile = coding.Profile()
	}
	return coding, profile
}

// orientation returns what the irot and imir properties do together, as an EXIF value.
func (f *heif) orientation(item *heifItem) int {
	o := 1
	f.each(item, func(kind string, body []byte) {
		if len(body) == 0 {
			return
		}
		switch kind {
		case "irot":
			for range body[0] & 3 {
				o = turnedLeft[o]
			}
		case "imir":
			if body[0]&1 == 1 {
				o = mirrored[o]
			} else {
				o = flipped[o]
			}
		}
	})
	return o
}

// What an orientation becomes when the upright picture is turned by 90° to the
// left, mirrored left to right, or flipped upside down.
var (
	turnedLeft = [9]int{1: 8, 2: 5, 3: 6, 4: 7, 5: 4, 6: 1, 7: 2, 8: 3}
	mirrored   = [9]int{1: 2, 2: 1, 3: 4, 4: 3, 5: 6, 6: 5, 7: 8, 8: 7}
	flipped    = [9]int{1: 4, 2: 3, 3: 2, 4: 1, 5: 8, 6: 7, 7: 6, 8: 5}
)

// read returns the bytes of an item, at most so many.
func (f *heif) read(in *input, item *heifItem, most uint64) ([]byte, error) {
	var total uint64
	for _, e := range item.extents {
		if e.length > most || total+e.length > most {
			return nil, fmt.Errorf("%w: coded picture of %d MB", ErrTooLarge, e.length>>20)
		}
		total += e.length
	}
	data := make([]byte, 0, total)
	for _, e := range item.extents {
		if item.inData {
			if e.offset > uint64(len(f.data)) || e.length > uint64(len(f.data))-e.offset {
				return nil, fmt.Errorf("%w: item lies beyond its data", ErrDamaged)
			}
			data = append(data, f.data[e.offset:e.offset+e.length]...)
			continue
		}
		if e.offset > uint64(in.source.Size) || e.length > uint64(in.source.Size)-e.offset {
			return nil, fmt.Errorf("%w: item lies beyond the file", ErrDamaged)
		}
		part := data[len(data) : len(data)+int(e.length)]
		if _, err := io.ReadFull(io.NewSectionReader(in, int64(e.offset), int64(e.length)), part); err != nil {
			return nil, err
		}
		data = data[:len(data)+len(part)]
	}
	return data, nil
}
