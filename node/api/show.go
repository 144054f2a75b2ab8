package api

import "time"

// ShowInfo is the document of "homeroll show". null stands for what the file
// does not say, and for all that is in the bytes of an item that only other
// devices hold.
type ShowInfo struct {
	Schema          int        `json:"schema"`
	Hash            string     `json:"hash"`
	Size            int64      `json:"size"`
	Type            *string    `json:"type"`  // by content, such as "image/heic"
	Width           *int       `json:"width"` // pixels as stored, before orientation
	Height          *int       `json:"height"`
	Orientation     *int       `json:"orientation"` // EXIF: 1 to 8
	Taken           *Taken     `json:"taken"`
	Make            *string    `json:"make"`
	Model           *string    `json:"model"`
	Lens            *string    `json:"lens"`
	GPS             *Position  `json:"gps"`
	DurationSeconds *float64   `json:"durationSeconds"`
	Group           *Group     `json:"group"`
	Payload         *string    `json:"payload"` // hash of the pixels alone: the same in files with other metadata
	Look            *string    `json:"look"`    // perceptual hash, 16 hexadecimal digits
	Note            *string    `json:"note"`    // why it cannot be shown, a stable word
	Names           []ItemName `json:"names"`
	Holders         []string   `json:"holders"` // friendly names
	Held            bool       `json:"held"`    // by this device
	Preview         string     `json:"preview"` // whose small picture is here: "own", "borrowed" or "none"
}

// Taken is when a photo was taken, and what says so.
type Taken struct {
	Local  *string    `json:"local"`  // the wall clock at the place: "2024-10-16T11:34:05.758"
	UTC    *time.Time `json:"utc"`    // null if no offset is known
	Offset *string    `json:"offset"` // of local from UTC: "+02:00"
	Source string     `json:"source"` // such as "EXIF SubSecDateTimeOriginal"
}

// Position is a place in degrees, WGS 84, north and east positive.
type Position struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Group is one picture in several items, or in several parts of one.
type Group struct {
	Kind    string   `json:"kind"`    // "live-photo", "motion-photo", "raw-jpeg", "burst" or "sidecar"
	Members []string `json:"members"` // hashes, this item's included; what is shown comes first
}
