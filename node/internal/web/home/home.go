// Package home says what the page asks of a node, and in which documents the
// answers reach a browser. The node implements it; what serves the page knows
// nothing else of the node.
//
// Start with [Home].
package home

import (
	"context"
	"io"
	"time"

	"homeroll/node/api"
	"homeroll/store/media"
)

// Home is the node as the page sees it. Methods may be called concurrently;
// ctx ends when the browser goes away. Errors are told by Explain.
type Home interface {
	Care
	Gallery
	Originals
	Marks
	Uploads
	// Explain turns an error of the other methods into what a person is told.
	Explain(err error) *api.Error
}

// Care is what the commands of the same names do.
type Care interface {
	Status(ctx context.Context) (*api.Status, error)
	// Follow calls emit with the status now and at each change until emit fails
	// or ctx ends.
	Follow(ctx context.Context, emit func(*api.Status) error) error
	Pause(ctx context.Context, d time.Duration) error
	Resume(ctx context.Context) error
	Invite(ctx context.Context, emit func(api.PairEvent)) (*api.Peer, error)
	Join(ctx context.Context, r api.PairRequest, emit func(api.PairEvent), confirm func(api.PairEvent) bool) (*api.Peer, error)
	Rename(ctx context.Context, device, name string) error
	Remove(ctx context.Context, device string) error
	AddFolder(ctx context.Context, path string, ignore []string) error
	RemoveFolder(ctx context.Context, path string) error
	ConfirmFolder(ctx context.Context, path string, files int64) (withdrawn int64, err error)
	Copies(ctx context.Context, pathOrHash string) (*api.CopiesInfo, error)
	Verify(ctx context.Context, r api.VerifyRequest, emit func(api.VerifyEvent)) (*api.VerifyInfo, error)
	Show(ctx context.Context, pathOrHash string) (*api.ShowInfo, error)
	Problems(ctx context.Context) ([]api.Problem, []api.Skipped, error)
	Retry(ctx context.Context, paths []string) error
	Setting(ctx context.Context, key string) (string, error)
	SetSetting(ctx context.Context, key, value string) error
}

// Gallery finds pictures. A picture is an item alone, or a group (Live Photo,
// RAW+JPEG, burst) shown as one; those that only other devices hold are among
// them.
type Gallery interface {
	// Months counts the pictures that a filter lets through by the month of their
	// local wall clock, the latest first. The zero Filter is the whole timeline.
	Months(ctx context.Context, f Filter) ([]Month, error)
	// Pictures returns those of one month, the latest first; year 0 is of those of
	// which nothing says when.
	Pictures(ctx context.Context, f Filter, year int, month time.Month) ([]Picture, error)
	// Suggest completes what is typed into the search box, the most likely first.
	Suggest(ctx context.Context, text string, limit int) ([]Suggestion, error)
	// Spots gathers the pictures with a position that lie within an area into at
	// most so many columns and rows.
	Spots(ctx context.Context, f Filter, area Area, columns, rows int) ([]Spot, error)
	// PlacesKnown reports whether names of places can be told; false: a search by
	// place says so.
	PlacesKnown() bool
	// Version changes whenever Pictures may return something else, or for month 0
	// Months: an entity tag.
	Version(f Filter, year int, month time.Month) string
	// Changed is closed when pictures, or what is said of them, change. Take it
	// before looking.
	Changed() <-chan struct{}
}

// Originals opens pictures.
type Originals interface {
	// Preview opens a small upright JPEG of at most so many pixels: 256 or 1440.
	// ErrNoPreview: Tile stands for it. The caller closes it.
	Preview(ctx context.Context, id media.ID, pixels int) (io.ReadSeekCloser, error)
	// Rendition opens an upright sRGB JPEG in full size of a picture that browsers
	// cannot show (HEIC, RAW, TIFF).
	Rendition(ctx context.Context, id media.ID) (io.ReadSeekCloser, error)
	// Original opens the bytes of an item, from this device or, where it does not
	// hold it, span by span from those that do.
	Original(ctx context.Context, id media.ID) (*File, error)
	// Motion opens the video that a Motion Photo carries within its JPEG or HEIC.
	Motion(ctx context.Context, id media.ID) (*File, error)
	// KeepPoster keeps a frame (JPEG) that a browser drew of a video of which no
	// preview can be made here.
	KeepPoster(ctx context.Context, id media.ID, jpeg []byte) error
	// Tile is the neutral picture (SVG) that stands for a type.
	Tile(mime string) []byte
}

// File is an opened item.
type File struct {
	io.ReadSeekCloser
	Name  string // as its owner calls it, for downloads
	Type  string // MIME
	Size  int64  // bytes
	MTime time.Time
}

// Marks are what people say of pictures. They travel to every device.
type Marks interface {
	Albums(ctx context.Context) ([]Album, error)
	Album(ctx context.Context, id string) (*Album, error) // ErrNoAlbum
	NewAlbum(ctx context.Context, title string) (*Album, error)
	RenameAlbum(ctx context.Context, id, title string) error
	SetCover(ctx context.Context, id string, cover media.ID) error
	DeleteAlbum(ctx context.Context, id string) error // the pictures stay
	ChangeAlbum(ctx context.Context, id string, add, remove []media.ID) error
	SetFavourite(ctx context.Context, ids []media.ID, on bool) error
	SetCaption(ctx context.Context, id media.ID, text string) error
	// MarksOf returns what is said of one picture.
	MarksOf(ctx context.Context, id media.ID) (*Said, error)
	// Trash hides pictures, with their groups, on every device: copies in vaults
	// move to .trash for 60 days, watched files stay where they are.
	Trash(ctx context.Context, ids []media.ID) error
	Restore(ctx context.Context, ids []media.ID) error
	// EmptyTrash deletes what this device's vault has in .trash.
	EmptyTrash(ctx context.Context) (Count, error)
}

// Uploads take what browsers send.
type Uploads interface {
	// UploadDir is a directory on the vault's disk for what is not whole yet.
	UploadDir(ctx context.Context) (string, error)
	// Room returns the bytes that the vault may still take.
	Room(ctx context.Context) (int64, error)
	// Accept makes an uploaded file an item of the vault under its name, durable
	// before it returns. What is no media, or damaged beyond recognition, is an
	// error that says so. A file whose content is known already is no error; what is
	// in the trash is restored.
	Accept(ctx context.Context, u Upload) (*Accepted, error)
}
