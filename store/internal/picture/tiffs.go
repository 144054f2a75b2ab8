package picture

import (
	"encoding/binary"
	"strings"

	"homeroll/store/internal/picture/tiff"
)

// Types that more than one place speaks of.
const (
	kindJPEG = "image/jpeg"
	kindTIFF = "image/tiff"
)

// maxPages bounds the chain of a TIFF or RAW that is looked at, maxBelow the
// pictures below each of its members.
const (
	maxPages = 8
	maxBelow = 10
)

// cfaPattern, a colour filter array, says that the pixels are a sensor's (TIFF/EP).
const cfaPattern = 32803

// pages are the directories of a TIFF that hold pictures: the chain, and what
// is below its members, in the order in which they stand.
func pages(t *tiff.Tree) []*tiff.Directory {
	var all []*tiff.Directory
	for _, d := range t.Chain(t.First, maxPages) {
		all = append(all, d)
		all = append(all, d.Below(tagSubIFDs, maxBelow)...)
	}
	return all
}

// tiff reads a TIFF, or a RAW that is built like one.
func (f *facts) tiff(r *file) {
	t, ok := tiff.Open(r, 0)
	if !ok {
		return
	}
	all := pages(t)
	if len(all) == 0 {
		return
	}
	f.exif(all[0])
	if f.picture.Type == kindTIFF {
		f.picture.Type = rawType(all, r.Bytes(0, 16))
	}
	switch f.picture.Type {
	case "image/x-panasonic-rw2", "image/x-leica-rwl":
		f.panasonic(r, all[0])
	case "image/x-sony-arw":
		f.sonyMinolta(r, all[0])
	}
	f.size(pageSize(all))
	f.size(all[0].Or(tagWidthXR, 0), all[0].Or(tagHeightXR, 0))
}

// pageSize is the size of the picture itself: that which says it is of full
// resolution, else the first that has one.
func pageSize(all []*tiff.Directory) (width, height int64) {
	for _, d := range all {
		if kind, ok := d.Whole(tagSubfile); ok && kind == 0 || !ok && d.Or(0xff, 0) == 1 {
			if w, h := d.Or(tagWidth, 0), d.Or(tagHeight, 0); w > 0 && h > 0 {
				return w, h
			}
		}
	}
	for _, d := range all {
		if w, h := d.Or(tagWidth, 0), d.Or(tagHeight, 0); w > 0 && h > 0 {
			return w, h
		}
	}
	return 0, 0
}

// compressions that only one maker's RAW has.
var compressions = map[int64]string{
	32767: "image/x-sony-arw",
	32770: "image/x-samsung-srw",
	32772: "image/x-samsung-srw",
	32867: "image/x-kodak-kdc",
	34713: "image/x-nikon-nef",
	65000: "image/x-kodak-dcr",
	65535: "image/x-pentax-pef",
}

// makers are, for each maker's name in capitals, the RAW that its cameras write.
var makers = []struct{ prefix, kind string }{
	{"NIKON", "image/x-nikon-nef"},
	{"SONY", "image/x-sony-arw"},
	{"PENTAX", "image/x-pentax-pef"},
	{"RICOH", "image/x-pentax-pef"},
	{"ASAHI", "image/x-pentax-pef"},
	{"SAMSUNG", "image/x-samsung-srw"},
	{"SEIKO EPSON", "image/x-epson-erf"},
	{"EPSON", "image/x-epson-erf"},
	{"HASSELBLAD", "image/x-hasselblad-3fr"},
	{"MAMIYA", "image/x-mamiya-mef"},
	{"KODAK", "image/x-kodak-dcr"},
	{"EASTMAN KODAK", "image/x-kodak-dcr"},
	{"LEAF", "image/x-raw"},
	{"PHASE ONE", "image/x-raw"},
	{"CANON", "image/x-raw"}, // EOS-1D, before CR2
	{"OLYMPUS", "image/x-olympus-orf"},
	{"PANASONIC", "image/x-raw"},
}

// rawType tells the RAW formats that are TIFF to the letter from TIFF. Only
// pixels of a sensor make a RAW: a camera's name is in scans and edits, too.
func rawType(all []*tiff.Directory, head []byte) string {
	maker := strings.ToUpper(all[0].Text(tagMake))
	if all[0].Has(tagDNG) {
		for _, d := range all {
			if strings.HasPrefix(maker, "GOPRO") && d.Or(tagCompression, 0) == 9 {
				return "image/x-gopro-gpr" // VC-5
			}
		}
		return "image/x-adobe-dng"
	}
	if len(head) >= 12 && (string(head[8:12]) == "IIII" || string(head[8:12]) == "MMMM") {
		return "image/x-raw" // Phase One, Leaf
	}
	sensor := false
	for _, d := range all {
		compression := d.Or(tagCompression, 0)
		if kind, ok := compressions[compression]; ok {
			if kind == "image/x-nikon-nef" && all[0].Or(tagCompression, 0) == 6 {
				return "image/x-nikon-nrw" // its first picture is a JPEG
			}
			return kind
		}
		sensor = sensor || d.Or(tagPhotometric, 0) == cfaPattern
	}
	// A thumbnail first and the picture below is how RAW is laid out, even if what is below is cut off.
	first := all[0]
	sensor = sensor || first.Or(tagSubfile, 0) == 1 && first.Has(tagSubIFDs)
	switch {
	case strings.HasPrefix(maker, "SONY") && first.Has(tagDNGPrivate):
		if strings.HasPrefix(first.Text(tagModel), "DSC-R1") {
			return "image/x-sony-sr2"
		}
		return "image/x-sony-arw" // even if what follows is cut off
	case strings.Contains(maker, "KODAK") && first.Has(0xfe00):
		return "image/x-kodak-kdc"
	case strings.HasPrefix(maker, "NIKON") && sensor && first.Or(tagCompression, 0) == 6:
		return "image/x-nikon-nrw"
	case !sensor:
		return kindTIFF
	}
	for _, m := range makers {
		if strings.HasPrefix(maker, m.prefix) {
			return m.kind
		}
	}
	return kindTIFF
}

// Tags of Panasonic's and Leica's RAW, where EXIF would have others.
const (
	panasonicTop    = 4
	panasonicLeft   = 5
	panasonicBottom = 6
	panasonicRight  = 7
	panasonicJPEG   = 0x2e
)

// panasonic reads the size from the sensor's borders, and the rest from the
// camera's own JPEG within.
func (f *facts) panasonic(r *file, d *tiff.Directory) {
	f.size(d.Or(panasonicRight, 0)-d.Or(panasonicLeft, 0), d.Or(panasonicBottom, 0)-d.Or(panasonicTop, 0))
	if strings.HasPrefix(strings.ToUpper(f.picture.Make), "LEICA") {
		f.picture.Type = "image/x-leica-rwl"
	}
	if e, ok := d.Find(panasonicJPEG); ok {
		f.jpeg(r, e.At())
	}
}

// sonyMinolta reads the size that Sony's first cameras after Minolta's keep in
// a block of Minolta's, within their private directory (SR2Private, MRWInfo).
func (f *facts) sonyMinolta(r *file, first *tiff.Directory) {
	e, ok := first.Find(tagDNGPrivate)
	if !ok {
		return
	}
	b := e.Raw(4)
	if len(b) < 4 {
		return
	}
	private := first.Tree().Directory(int64(e.Order().Uint32(b)))
	if e, ok := private.Find(0x7250); ok {
		minoltaBlocks(r, e.At(), func(name string, at, _ int64, order binary.ByteOrder) {
			if name == "PRD" {
				f.minoltaSize(r, at, order)
			}
		})
	}
}

// phaseOne reads the note of Phase One and Leaf: a header of its own and
// entries of tag, form, size and value.
func (f *facts) phaseOne(e tiff.Entry) {
	source, at := e.Source(), e.At()
	head := source.Bytes(at, 12)
	if len(head) < 12 {
		return
	}
	var order binary.ByteOrder = binary.LittleEndian
	if head[0] == 'M' {
		order = binary.BigEndian
	}
	start := at + int64(order.Uint32(head[8:]))
	count := source.Bytes(start, 4)
	if len(count) < 4 {
		return
	}
	var width, height int64
	const most = 300
	for i := range int64(min(order.Uint32(count), most)) {
		b := source.Bytes(start+8+16*i, 16)
		if len(b) < 16 {
			break
		}
		switch value := int64(order.Uint32(b[12:])); order.Uint32(b) {
		case 0x010c:
			width = value
		case 0x010d:
			height = value
		}
	}
	f.size(width, height)
}
