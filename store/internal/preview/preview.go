// Package preview makes small upright sRGB JPEGs of photos and videos, keeps
// them in a bounded cache, and computes perceptual hashes. Every picture is
// taken for a bomb until its header says how large it is.
//
// Start with [Open].
package preview

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	"homeroll/store/internal/preview/decode"
	"homeroll/store/internal/preview/poster"
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
	ErrTooLarge = decode.ErrTooLarge
	// ErrDamaged: the bytes do not decode.
	ErrDamaged = decode.ErrDamaged
	// ErrCut: the file ends before its picture does; a preview shows what there is.
	ErrCut = errors.New("picture is cut off")
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

// defaultLimit holds the small previews of 150,000 photos, or both of 8,000.
const defaultLimit = 2 << 30

func (c Config) limit() int64 {
	if c.Limit <= 0 {
		return defaultLimit
	}
	return c.Limit
}

// Cache keeps previews by item and size. It is safe for concurrent use.
type Cache struct {
	log     *slog.Logger
	ffmpeg  string // "" = not installed
	files   *files
	turn    chan struct{}   // holds one token: whoever has it may decode
	decoder *decode.Decoder // of whoever has the turn
	stop    context.CancelFunc
	counted sync.WaitGroup // the first count of the files
	placing sync.Mutex     // held where an own preview is told from a borrowed one and replaces it
}

// Open opens or makes the cache. What is in it is counted in the background.
func Open(cfg Config) (*Cache, error) {
	log := cfg.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	files, err := openFiles(cfg.Dir, cfg.limit())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	c := &Cache{
		log:     log,
		ffmpeg:  poster.Find(cfg.FFmpeg),
		files:   files,
		turn:    make(chan struct{}, 1),
		decoder: &decode.Decoder{Limits: decode.Defaults()},
		stop:    stop,
	}
	c.turn <- struct{}{}
	c.counted.Go(func() {
		files.removeOlder(ctx)
		if err := files.sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("count previews", "err", err)
		}
	})
	return c, nil
}

// Close waits for what is being made.
func (c *Cache) Close() error {
	c.stop()
	c.counted.Wait()
	<-c.turn
	return c.decoder.Close()
}

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
	// Ahead: nobody waits for it. Then a cache that is nearly full gets the small
	// preview only, so that a large library does not wash out what people look at.
	Ahead bool
}

// Get opens a preview; ErrNotMade. It is in memory, so that reading it cannot
// fail. A file that is not as it was written is removed.
func (c *Cache) Get(id media.ID, s Size) (io.ReadSeekCloser, error) {
	r, _, err := c.Find(id, s)
	return r, err
}

// Find is Get, and tells whose preview it is.
func (c *Cache) Find(id media.ID, s Size) (io.ReadSeekCloser, Origin, error) {
	e, err := c.files.read(id, s)
	if s == Large && errors.Is(err, ErrNotMade) {
		if small, second := c.files.read(id, Small); second == nil && small.whole() {
			e, err = small, nil
		}
	}
	if err != nil {
		return nil, Nowhere, err
	}
	return reader{bytes.NewReader(e.body)}, e.origin(), nil
}

type reader struct{ *bytes.Reader }

// Close implements io.Closer.
func (reader) Close() error { return nil }

// Has reports whether both sizes are made, or are known to be impossible.
func (c *Cache) Has(id media.ID) bool {
	if small, err := c.files.read(id, Small); err == nil && !small.borrowed && (small.whole() || c.files.has(id, Large)) {
		return true
	}
	return c.refused(id) != nil
}
