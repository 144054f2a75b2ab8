package picture

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"homeroll/store/internal/picture/tiff"
)

// Tags of TIFF 6.0, TIFF/EP, DNG and EXIF 3.0.
const (
	tagSubfile       = 0x00fe
	tagWidth         = 0x0100
	tagHeight        = 0x0101
	tagCompression   = 0x0103
	tagPhotometric   = 0x0106
	tagMake          = 0x010f
	tagModel         = 0x0110
	tagStrips        = 0x0111
	tagOrientation   = 0x0112
	tagStripSizes    = 0x0117
	tagModified      = 0x0132
	tagSubIFDs       = 0x014a
	tagJPEG          = 0x0201
	tagJPEGLength    = 0x0202
	tagXMP           = 0x02bc
	tagIPTC          = 0x83bb
	tagResources     = 0x8649
	tagExif          = 0x8769
	tagGPS           = 0x8825
	tagZone          = 0x882a
	tagOriginal      = 0x9003
	tagDigitized     = 0x9004
	tagOffset        = 0x9010
	tagOffsetOrig    = 0x9011
	tagOffsetDigi    = 0x9012
	tagMakerNote     = 0x927c
	tagSubsec        = 0x9290
	tagSubsecOrig    = 0x9291
	tagSubsecDigi    = 0x9292
	tagPixelWidth    = 0xa002
	tagPixelHeight   = 0xa003
	tagLensSpec      = 0xa432
	tagLensModel     = 0xa434
	tagWidthXR       = 0xbc80 // of JPEG XR (ITU T.832, annex A)
	tagHeightXR      = 0xbc81
	tagDNG           = 0xc612
	tagUniqueCamera  = 0xc614
	tagDNGLens       = 0xc630
	tagDNGPrivate    = 0xc634
	maxMakerNoteSize = 1 << 20
)

// exifBlock reads a TIFF structure that describes a picture of another format.
func (f *facts) exifBlock(source tiff.Source, base int64) {
	if t, ok := tiff.Open(source, base); ok {
		f.exif(t.Directory(t.First))
	}
}

// exif reads the first directory and those that it points to.
func (f *facts) exif(first *tiff.Directory) {
	if first == nil {
		return
	}
	f.camera(first.Text(tagMake), first.Text(tagModel))
	f.orientation(first.Or(tagOrientation, 0))
	if f.stated.width == 0 {
		f.stated.width, f.stated.height = first.Or(tagWidth, 0), first.Or(tagHeight, 0)
	}
	for _, below := range first.Below(tagExif, 1) {
		f.exifDirectory(below)
	}
	f.exifTimes(first)
	for _, below := range first.Below(tagGPS, 1) {
		f.gps(below)
	}
	if e, ok := first.Find(tagXMP); ok {
		f.packet(e.Raw(maxPacket))
	}
	if e, ok := first.Find(tagIPTC); ok {
		f.iptc.read(e.Raw(maxIPTC))
	}
	if e, ok := first.Find(tagResources); ok && !f.nested {
		f.resources(block(e.Raw(maxResources)), 0, maxResources)
	}
	f.lens(lensText(first.Text(tagDNGLens)))
}

// exifTimes reads the times, which TIFF/EP keeps in the first directory and EXIF in its own.
func (f *facts) exifTimes(d *tiff.Directory) {
	f.original.fill(d.Text(tagOriginal), d.Text(tagSubsecOrig), d.Text(tagOffsetOrig))
	f.digitized.fill(d.Text(tagDigitized), d.Text(tagSubsecDigi), d.Text(tagOffsetDigi))
	// ModifyDate and its offset stand in different directories.
	f.modified.text = cmp.Or(f.modified.text, d.Text(tagModified))
	f.modified.offset = cmp.Or(f.modified.offset, d.Text(tagOffset))
	if e, ok := d.Find(tagZone); ok && f.zone == nil {
		if hours := e.Numbers(1); len(hours) == 1 && math.Abs(hours[0]) <= 14 {
			seconds := int(hours[0]) * 3600
			f.zone = &seconds
		}
	}
}

func (f *facts) exifDirectory(d *tiff.Directory) {
	f.camera(d.Text(tagMake), d.Text(tagModel))
	f.exifTimes(d)
	f.lens(lensText(d.Text(tagLensModel)))
	if f.lensRange == "" {
		f.lensRange = lensRange(d.Numbers(tagLensSpec, 4))
	}
	if e, ok := d.Find(tagMakerNote); ok {
		f.makerNote(e)
	}
}

// lensText refuses what cameras write for want of a name.
func lensText(s string) string {
	if strings.Trim(s, "-. 0\t") == "" || strings.EqualFold(s, "n/a") || strings.EqualFold(s, "unknown") {
		return ""
	}
	return s
}

// lensRange writes a lens specification (EXIF, LensSpecification) in a photographer's words.
func lensRange(v []float64) string {
	if len(v) < 2 || !(v[0] > 0 && v[1] >= v[0] && v[1] < 1e5) {
		return ""
	}
	s := span2(v[0], v[1]) + "mm"
	if len(v) == 4 && v[2] > 0 && v[3] >= v[2] && v[3] < 1000 {
		s += " f/" + span2(v[2], v[3])
	}
	return s
}

func span2(from, to float64) string {
	a, b := strconv.FormatFloat(round1(from), 'f', -1, 64), strconv.FormatFloat(round1(to), 'f', -1, 64)
	if a == b {
		return a
	}
	return fmt.Sprintf("%s-%s", a, b)
}

func round1(v float64) float64 { return math.Round(v*10) / 10 }
