package picture

import (
	"time"

	"homeroll/store/internal/picture/xmp"
	"homeroll/store/media"
)

// facts is what the parts of one file say, before it is weighed up. Of what is
// said twice the first counts, so the readers go from the best source to the least.
type facts struct {
	picture media.Picture

	original  moment // EXIF DateTimeOriginal
	digitized moment // EXIF CreateDate
	modified  moment // EXIF ModifyDate: no capture time, but it may share its offset
	maker     moment // DateTimeOriginal of a RAW format of its own
	makerName string
	created   string    // of PNG, "Creation Time"
	zone      *int      // EXIF TimeZoneOffset, in seconds
	made      time.Time // of a sequence of pictures, when its header was made
	fix       fix
	iptc      iptc
	video     Video // that the container speaks of
	xmp       xmp.Packet
	stated    struct{ width, height int64 } // in EXIF, for want of better
	parsed    int                           // bytes of XMP
	unpacked  int                           // bytes of what was compressed
	nested    bool                          // within Photoshop's resources
	lensRange string                        // such as "24-70mm f/2.8", for want of a name
}

// moment is a time as three EXIF fields write it.
type moment struct{ text, subsec, offset string }

// fill takes over those fields of another that are still empty.
func (s *moment) fill(text, subsec, offset string) {
	if _, ok := parseTime(s.text); ok {
		return
	}
	if _, ok := parseTime(text); ok {
		*s = moment{text, subsec, offset}
	}
}

// size settles width and height, once.
func (f *facts) size(width, height int64) {
	const most = 1 << 31
	if f.picture.Width == 0 && width > 0 && height > 0 && width < most && height < most {
		f.picture.Width, f.picture.Height = int(width), int(height)
	}
}

func (f *facts) orientation(v int64) {
	if f.picture.Orientation == 0 && v >= 1 && v <= 8 {
		f.picture.Orientation = int(v)
	}
}

func (f *facts) camera(maker, model string) {
	if f.picture.Make == "" {
		f.picture.Make = maker
	}
	if f.picture.Model == "" {
		f.picture.Model = model
	}
}

func (f *facts) lens(name string) {
	if f.picture.Lens == "" {
		f.picture.Lens = name
	}
}

// maxPackets bounds, in bytes, all XMP of a file together: parsing it is what
// costs most of all that is done here.
const maxPackets = 2 * maxPacket

// packet takes over an XMP packet.
func (f *facts) packet(b []byte) {
	if f.parsed += len(b); f.parsed <= maxPackets {
		f.xmp.Add(xmp.Parse(b))
	}
}

// settle weighs up what was found.
func (f *facts) settle() media.Picture {
	f.fromXMP()
	f.size(f.stated.width, f.stated.height)
	f.lens(f.lensRange)
	f.picture.Taken = f.taken()
	return f.picture
}
