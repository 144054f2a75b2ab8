package picture

import (
	"strconv"

	"homeroll/store/internal/picture/xmp"
)

const maxPacket = xmp.MaxPacket

// sidecar reads an XMP file beside a picture, which speaks of that.
func (f *facts) sidecar(r *file) {
	f.packet(r.Bytes(0, maxPacket))
	f.size(number(f.xmp.Get("tiff:ImageWidth")), number(f.xmp.First("tiff:ImageLength", "tiff:ImageHeight")))
}

// fromXMP fills what EXIF left open, times aside.
func (f *facts) fromXMP() {
	p := &f.xmp
	if p.Empty() {
		return
	}
	f.camera(p.First("tiff:Make", "IFD0:Make"), p.First("tiff:Model", "IFD0:Model"))
	if v, err := strconv.ParseInt(p.First("tiff:Orientation", "IFD0:Orientation"), 10, 32); err == nil {
		f.orientation(v)
	}
	f.lens(lensText(p.First("exifEX:LensModel", "aux:Lens", "ExifIFD:LensModel")))
	f.gpsXMP(p)
	if f.picture.Burst == "" {
		f.picture.Burst = p.First("GCamera:BurstID", "GCamera:burst_id")
	}
}
