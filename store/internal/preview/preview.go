// Package preview makes small upright sRGB JPEGs of photos and videos, keeps
// them in a bounded cache, and computes perceptual hashes. Every picture is
// taken for a bomb until its header says how large it is.
//
// Start with [Open].
package preview

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"homeroll/store/media"
)

// Size is the length in pixels of the longer edge.
type Size int

// The sizes. A picture that is smaller is not enlarged.
const (
	Small Size = 256
	Large Size = 1440
)

// Errors that callers branch on.
var (
	// ErrNone: this type has no preview here (a sidecar, an unknown format, a
	// video without ffmpeg): a tile stands for it.
	ErrNone = errors.New("no preview of this type")
	// ErrTooLarge: decoding would cost more than is allowed.
	ErrTooLarge = errors.New("picture is too large to be decoded")
	// ErrDamaged: the bytes do not decode.
	ErrDamaged = errors.New("picture is damaged")
	// ErrNotMade: Get was asked for what is not in the cache.
	ErrNotMade = errors.New("preview is not made yet")
)

// Config is what a Cache is made of.
type Config struct {
	Dir    string // made if absent
	Limit  int64  // bytes of the cache; 0 = 2 GiB. The least recently used goes first.
	FFmpeg string // path; "" = looked for in PATH
	Log    *slog.Logger
}

// Cache keeps previews by item and size. It is safe for concurrent use.
type Cache struct{}

// Open opens or makes the cache.
func Open(cfg Config) (*Cache, error) { panic("unwritten") }

// Close waits for what is being made.
func (c *Cache) Close() error { panic("unwritten") }

// Source is a file of which previews are made.
type Source struct {
	ID      media.ID
	Picture media.Picture
	File    interface {
		io.Reader
		io.ReaderAt
		io.Seeker
	}
	Size int64
	Path string // of the file, for ffmpeg
}

// Look is a perceptual hash.
type Look uint64

// Make makes what is missing of both sizes, in one decode, and returns the
// perceptual hash. At most one decode runs at a time. ErrNone, ErrTooLarge,
// ErrDamaged, or a failure to read or write. What cannot be decoded is
// remembered and not tried again, unless the file or this package changed.
func (c *Cache) Make(ctx context.Context, src Source) (Look, error) { panic("unwritten") }

// Get opens a preview; ErrNotMade.
func (c *Cache) Get(id media.ID, s Size) (io.ReadSeekCloser, error) { panic("unwritten") }

// Has reports whether both sizes are made, or are known to be impossible.
func (c *Cache) Has(id media.ID) bool { panic("unwritten") }

// Tile returns the neutral picture (SVG) that stands for a type.
func Tile(mime string) []byte { panic("unwritten") }
