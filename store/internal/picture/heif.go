package picture

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// maxExifItems bounds the Exif items that are read: the first of each picture of a file.
const maxExifItems = 4

// maxTable bounds, in bytes, the tables of a HEIF's meta box. One with a few
// thousand tiles has some 100 KiB of them.
const maxTable = 1 << 20

// heif reads a HEIF (ISO 23008-12): HEIC, AVIF and what else is built like it.
func (f *facts) heif(r *file) {
	for b := range boxes(r, 0, r.size) {
		switch b.kind {
		case "meta":
			h := heif{r: r, items: map[uint64]*item{}}
			h.read(b)
			f.fromHEIF(&h)
		case "moov":
			f.sequence(r, b)
		case "mpvd":
			if f.video.Length == 0 && isVideo(r.Bytes(b.body, 12)) {
				f.video = Video{b.body, b.end - b.body}
			}
		}
	}
}

// item is one thing within the file.
type item struct {
	kind, mime string
	method     uint64
	offset     int64
	size       int64
	extents    int
	properties []int // indexes into the properties, from 1
}

// heif is the content of a meta box.
type heif struct {
	r          *file
	primary    uint64
	items      map[uint64]*item
	properties []box
	data       box // idat
}

func (h *heif) read(meta box) {
	from := meta.body + 4
	// Some writers leave out the version, as QuickTime does.
	if b, ok := boxAt(h.r, meta.body, meta.end); ok && b.kind == "hdlr" {
		from = meta.body
	}
	for b := range boxes(h.r, from, meta.end) {
		switch b.kind {
		case "pitm":
			h.pitm(b)
		case "iinf":
			h.iinf(b)
		case "iloc":
			h.iloc(b)
		case "iprp":
			h.iprp(b)
		case "idat":
			h.data = b
		}
	}
}

func (h *heif) item(id uint64) *item {
	const most = 65536
	i := h.items[id]
	if i == nil {
		i = &item{}
		if len(h.items) < most {
			h.items[id] = i
		}
	}
	return i
}

// pitm names the primary item.
func (h *heif) pitm(b box) {
	x := fields{b: content(h.r, b, 8)}
	version := x.take(1)
	x.take(3)
	h.primary = x.take(idSize(version, 1))
}

// idSize is the size of an item's ID: two bytes before a version of a table, four from it.
func idSize(version, from uint64) int {
	if version < from {
		return 2
	}
	return 4
}

func (h *heif) iinf(b box) {
	x := fields{b: content(h.r, b, 8)}
	version := x.take(1)
	at := b.body + 4 + int64(idSize(version, 1))
	const most = 65536
	for n := 0; n < most; n++ {
		entry, ok := boxAt(h.r, at, b.end)
		if !ok {
			return
		}
		at = entry.end
		if entry.kind != "infe" {
			continue
		}
		x := fields{b: content(h.r, entry, 512)}
		version := x.take(1)
		x.take(3)
		if version < 2 {
			continue
		}
		i := h.item(x.take(idSize(version, 3)))
		x.take(2)
		i.kind = string(binary.BigEndian.AppendUint32(nil, uint32(x.take(4))))
		x.text()
		if i.kind == "mime" {
			i.mime = x.text()
		}
	}
}

// iloc says where items are. Of those in several pieces only the first is known here:
// they are pixels, or else a packet that is cut.
func (h *heif) iloc(b box) {
	x := fields{b: content(h.r, b, maxTable)}
	version := x.take(1)
	x.take(3)
	sizes := x.take(2)
	offsetSize, lengthSize, baseSize, indexSize := int(sizes>>12&15), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if offsetSize > 8 || lengthSize > 8 || baseSize > 8 || indexSize > 8 {
		return
	}
	if version == 0 {
		indexSize = 0
	}
	for n := x.take(idSize(version, 2)); n > 0 && !x.bad; n-- {
		i := h.item(x.take(idSize(version, 2)))
		if version > 0 {
			i.method = x.take(2) & 15
		}
		x.take(2)
		base := x.take(baseSize)
		for e := x.take(2); e > 0 && !x.bad; e-- {
			x.take(indexSize)
			offset, length := x.take(offsetSize), x.take(lengthSize)
			if i.extents++; i.extents == 1 {
				i.offset, i.size = limit(base+offset), limit(length)
			}
			if offsetSize+lengthSize+indexSize == 0 {
				break
			}
		}
	}
}

// limit makes an offset of what may be beyond all files.
func limit(v uint64) int64 { return int64(min(v, 1<<62)) }

func (h *heif) iprp(b box) {
	for c := range boxes(h.r, b.body, b.end) {
		switch c.kind {
		case "ipco":
			for p := range boxes(h.r, c.body, c.end) {
				h.properties = append(h.properties, p)
			}
		case "ipma":
			h.ipma(c)
		}
	}
}

func (h *heif) ipma(b box) {
	x := fields{b: content(h.r, b, maxTable)}
	version := x.take(1)
	flags := x.take(3)
	for n := x.take(4); n > 0 && !x.bad; n-- {
		i := h.item(x.take(idSize(version, 1)))
		for a := x.take(1); a > 0 && !x.bad; a-- {
			if flags&1 == 1 {
				i.properties = append(i.properties, int(x.take(2)&0x7fff))
			} else {
				i.properties = append(i.properties, int(x.take(1)&0x7f))
			}
		}
	}
}

// bytes reads an item that is metadata.
func (h *heif) bytes(i *item) []byte {
	at, size := i.offset, min(i.size, maxChunk)
	switch i.method {
	case 0:
		if size == 0 {
			size = maxChunk // to the end of the file
		}
	case 1:
		if size = min(size, h.data.end-h.data.body-at); at < 0 || size <= 0 {
			return nil
		}
		at += h.data.body
	default:
		return nil
	}
	return h.r.Bytes(at, int(size))
}

// fromHEIF takes over the size of the primary item, EXIF and XMP.
func (f *facts) fromHEIF(h *heif) {
	if i := h.items[h.primary]; i != nil {
		for _, p := range i.properties {
			if p < 1 || p > len(h.properties) || h.properties[p-1].kind != "ispe" {
				continue
			}
			if b := content(h.r, h.properties[p-1], 12); len(b) == 12 {
				f.size(int64(binary.BigEndian.Uint32(b[4:])), int64(binary.BigEndian.Uint32(b[8:])))
			}
		}
	}
	exifs := 0
	for _, id := range slices.Sorted(maps.Keys(h.items)) {
		i := h.items[id]
		switch {
		case i.kind == "Exif" && exifs < maxExifItems:
			exifs++
			f.exifItem(h.bytes(i))
		case i.kind == "mime" && (i.mime == "application/rdf+xml" || i.mime == "application/xmp+xml"):
			f.packet(h.bytes(i))
		}
	}
}

// exifItem reads an Exif item: how far on the TIFF header is, then mostly "Exif".
func (f *facts) exifItem(b []byte) {
	if len(b) < 4 {
		return
	}
	skip := int64(binary.BigEndian.Uint32(b)) + 4
	for _, at := range []int64{skip, 4, 10, 0} {
		if at < int64(len(b)) && f.picture.Make == "" && f.original.text == "" {
			f.exifBlock(block(b[at:]), 0)
		}
	}
}

// sequence reads of a sequence of pictures, which is built like a video, how
// long it is, and its size if no single picture has stated one.
func (f *facts) sequence(r *file, moov box) {
	for b := range boxes(r, moov.body, moov.end) {
		switch b.kind {
		case "mvhd":
			f.picture.Duration, f.made = movieHeader(content(r, b, 32))
		case "trak":
			if h, ok := find(r, b.body, b.end, "tkhd"); ok && h.end-h.body >= 84 {
				if s := r.Bytes(h.end-8, 8); len(s) == 8 { // 16.16 fixed point, at the end in both versions
					f.size(int64(binary.BigEndian.Uint16(s)), int64(binary.BigEndian.Uint16(s[4:])))
				}
			}
		}
	}
}

// movieHeader reads how long a movie is and when it was made, in UTC (ISO 14496-12, section 8.2.2).
func movieHeader(b []byte) (time.Duration, time.Time) {
	x := fields{b: b}
	version := x.take(1)
	x.take(3)
	wide := 4
	if version == 1 {
		wide = 8
	}
	since1904 := x.take(wide)
	x.take(wide)
	scale, length := x.take(4), x.take(wide)
	made := time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(limit(min(since1904, 1<<33))) * time.Second)
	const longest = 100 * 365 * 24 * time.Hour
	if x.bad || scale == 0 || length/scale > uint64(longest/time.Second) {
		return 0, time.Time{}
	}
	return time.Duration(float64(length) / float64(scale) * float64(time.Second)), made
}

// isVideo reports whether bytes begin an MP4 or QuickTime file.
func isVideo(b []byte) bool {
	return len(b) >= 8 && string(b[4:8]) == "ftyp"
}
