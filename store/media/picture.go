package media

import "time"

// Picture is what the bytes of an item, its sidecar and its name say of a photo
// or video. Zero values mean that nothing says so.
type Picture struct {
	Type        string // MIME type by content, such as "image/heic"; "" if it is not known
	Width       int    // pixels as stored, before Orientation
	Height      int
	Orientation int // EXIF: 1 to 8
	Taken       Taken
	Make        string
	Model       string
	Lens        string
	GPS         *Position
	Duration    time.Duration
	// ContentID joins the photo and the video of a Live Photo (Apple's ContentIdentifier).
	ContentID string
	// Burst joins the photos of a burst.
	Burst string
	// Motion says that the file of a still has its video in it, or after it.
	Motion bool
	// Payload is the BLAKE3 hash of the pixels alone (JPEG without APPn and COM, MP4 and MOV mdat):
	// equal for the same picture with other metadata.
	Payload ID
	// Look is a perceptual hash: few differing bits mean pictures that look alike. Only if Looked.
	Look   uint64
	Looked bool
}

// Taken is when a photo was taken, and what says so.
type Taken struct {
	// Local is the wall clock at the place, its location being time.UTC only for
	// want of another; zero = unknown. Days are counted by it.
	Local time.Time
	// UTC is the instant, by the offset or by a GPS time that agrees with Local;
	// zero if neither is known.
	UTC time.Time
	// Offset is Local minus UTC in seconds; nil = unknown.
	Offset *int
	// Source names the field in exiftool's words, such as "EXIF SubSecDateTimeOriginal",
	// or "sidecar", "file name", "mtime".
	Source string
}

// Position is a place on the earth in degrees, WGS 84, north and east positive.
type Position struct{ Latitude, Longitude float64 }

// GroupKind says why several items are one picture to people.
type GroupKind string

// The kinds of group, the strongest first: a group has the kind of the first that holds.
const (
	GroupLive    GroupKind = "live-photo"
	GroupMotion  GroupKind = "motion-photo"
	GroupRaw     GroupKind = "raw-jpeg"
	GroupBurst   GroupKind = "burst"
	GroupSidecar GroupKind = "sidecar"
)
