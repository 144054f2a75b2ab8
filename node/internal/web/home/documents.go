package home

import (
	"errors"
	"reflect"
	"time"

	"homeroll/store/media"
)

// What callers branch on.
var (
	ErrNoPreview = errors.New("no preview of it")
	ErrNoAlbum   = errors.New("no such album")
	ErrNotHeld   = errors.New("no device that is reachable holds it")
)

// Filter says which pictures. Every field that is set narrows it down.
type Filter struct {
	Words     []string   // each in a file or folder name, caption, album title, camera or place
	From, To  string     // local days, 2024-10-16, both included
	Device    string     // name of a device that has it in a folder
	Folder    string     // label or path of a folder
	Camera    string     // make and model
	Lens      string     //
	Type      string     // photo, video, raw, live, motion, or an extension such as heic
	Name      string     // file name, * matching anything
	Place     string     // name of a place
	Area      *Area      // where it was taken
	Favourite bool       //
	Album     string     // Album.ID
	SameAs    media.ID   // the same picture with other metadata
	LooksLike media.ID   // visually similar
	Trashed   bool       // what is in the trash, which is hidden otherwise
	Only      []media.ID // these alone, as in a shared selection
}

// IsZero reports the filter of the whole timeline.
func (f Filter) IsZero() bool { return reflect.ValueOf(f).IsZero() }

// Area is a part of the earth in degrees; West > East crosses the date line.
type Area struct {
	South float64 `json:"south"`
	West  float64 `json:"west"`
	North float64 `json:"north"`
	East  float64 `json:"east"`
}

// Month counts pictures.
type Month struct {
	Year     int        `json:"year"` // 0 = nothing says when
	Month    time.Month `json:"month"`
	Pictures int64      `json:"pictures"`
	// Ratio is the sum over the pictures of width / height as shown; a row of the
	// page is planned from it before its pictures are known. 0 = unknown.
	Ratio float64 `json:"ratio"`
}

// Picture is one tile of the timeline.
type Picture struct {
	ID        media.ID `json:"id"`
	Size      int64    `json:"size"`
	Width     int      `json:"w"` // as shown, oriented; 0 = unknown
	Height    int      `json:"h"`
	Local     string   `json:"t"`              // 2024-10-16T11:34:05, "" = unknown
	Type      string   `json:"type"`           // MIME
	Seconds   float64  `json:"s,omitempty"`    // of a video
	Kind      string   `json:"kind,omitempty"` // of the group: live-photo, motion-photo, raw-jpeg, burst, sidecar
	Members   int      `json:"n,omitempty"`    // of the group, itself included
	Hash      []byte   `json:"th,omitempty"`   // thumbhash, base64
	Favourite bool     `json:"fav,omitempty"`
	Held      bool     `json:"held"` // by this device
}

// Suggestion completes a search.
type Suggestion struct {
	Kind  string `json:"kind"`  // device, folder, camera, lens, type, place, album, name, date, is
	Text  string `json:"text"`  // shown
	Query string `json:"query"` // what the search box then says
	Count int64  `json:"count"` // pictures, 0 = not counted
}

// Spot is a heap of pictures on the map.
type Spot struct {
	Latitude  float64  `json:"lat"`
	Longitude float64  `json:"lon"`
	Pictures  int64    `json:"n"`
	Cover     media.ID `json:"cover"`
	Area      Area     `json:"area"` // that holds them all
}

// Album is a set of pictures under a title.
type Album struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	Pictures int64     `json:"pictures"`
	Cover    *media.ID `json:"cover"`
	From     string    `json:"from"` // local days of its pictures, "" = unknown
	To       string    `json:"to"`
	By       string    `json:"by"` // name of the device that made it
}

// Said is what people said of one picture.
type Said struct {
	Favourite bool       `json:"favourite"`
	Caption   string     `json:"caption"`
	Albums    []Album    `json:"albums"`
	Trashed   *time.Time `json:"trashed"` // since when
}

// Count is a number of files and their bytes.
type Count struct {
	Files int64 `json:"files"`
	Bytes int64 `json:"bytes"`
}

// Upload is a file that a browser has sent whole.
type Upload struct {
	Path  string    // where it lies, in UploadDir; Accept moves it away
	Name  string    // in the folder of the sender, slashes; untrusted
	From  string    // who or what sent it, a directory of the vault: "Uploads"
	MTime time.Time // zero = unknown
}

// FromPage is who sent what came through the page itself.
const FromPage = "Uploads"

// Accepted is what became of an upload.
type Accepted struct {
	ID    media.ID `json:"id"`
	Known bool     `json:"known"` // this device held it already
	// Restored: it was in the trash, and is not any more.
	Restored bool `json:"restored"`
}

// RefusedError reports an upload that is nothing to be kept.
type RefusedError struct {
	Reason  string // empty, type, damaged, large
	Message string
	Advice  string
}

func (e *RefusedError) Error() string { return e.Message }

// Hint says what to do.
func (e *RefusedError) Hint() string { return e.Advice }
