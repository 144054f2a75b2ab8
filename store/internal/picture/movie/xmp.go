package movie

import (
	"homeroll/store/internal/picture/xmp"
)

// maxPacket bounds, in bytes, the XMP and XML that is read.
const maxPacket = 1 << 20

// xmp takes over what an XMP packet says.
func (m *movie) xmp(b []byte) {
	if len(b) == 0 {
		return
	}
	p := xmp.Parse(b)
	m.madeBy(byXMP, p.Get("tiff:Make"))
	m.modelled(byXMP, p.Get("tiff:Model"))
	if m.Lens == "" {
		m.Lens = p.First("aux:Lens", "exifEX:LensModel")
	}
	if v := p.Get("exif:DateTimeOriginal"); v != "" {
		m.text(byXMP, v, "XMP DateTimeOriginal")
	}
	if v := p.First("photoshop:DateCreated", "xmp:CreateDate"); v != "" {
		m.text(byUser, v, "XMP CreateDate")
	}
}
