// Package pieces cuts files into pieces that two devices recognise without
// sending them: what an edit of a photo's tags leaves alone is found again in
// the edited file, wherever it now lies.
//
// Start with [Look], which tells the pixels of a file from what is around them,
// and [Layout.Cut]. Where the cuts are and what the keys are made of is part of
// the protocol (docs/protocol.md, Patches). A key is a hint: bytes that are
// copied because of one are verified like any others. So the package reads little
// of a photo or a video, never its pixels, and refuses nothing but what is too much
// to cut.
package pieces

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"homeroll/store/media"
)

// Key tells what a piece holds: for one that is cut out of a stretch, bytes 0 to 7 of the
// BLAKE3-256 of its bytes; for one that is pixels, bytes 8 to 15 of that of
// its first Probe bytes.
type Key [8]byte

// Piece is a stretch of a file.
type Piece struct {
	Off, Len int64
	Key      Key
	Pixels   bool // known by its beginning alone: its end may differ, and its length
}

// Sizes in bytes.
const (
	Probe     = 64 << 10 // of pixels, that are looked at
	MaxCut    = 64 << 20 // of a file, around its pixels, that may be cut
	minPixels = 4 << 10  // what is shorter is cut like the rest
)

// Grains of the cut: pieces have 2^grain bytes on average, a quarter of that at
// least and eight times that at most.
const (
	MinGrain = 9
	MaxGrain = 13
	// fewPieces is how many a finer grain may not exceed.
	fewPieces = 1 << 10
)

// ErrTooMuch is a file of which too much would have to be cut.
var ErrTooMuch = errors.New("too much to be cut")

// Layout is a file told into pixels and the rest.
type Layout struct {
	r      io.ReaderAt
	size   int64
	pixels []span // in order, apart from each other
	rest   int64  // bytes
}

// span is a stretch of a file.
type span struct{ from, to int64 }

// Look finds the pixels of a JPEG (from the first scan to the end of the file)
// and of MP4, QuickTime and their relatives (the contents of mdat boxes). Of
// any other file everything is rest. ErrTooMuch beyond MaxCut bytes of rest.
func Look(r io.ReaderAt, size int64) (*Layout, error) {
	l := &Layout{r: r, size: size, rest: size}
	pixels, err := l.structure()
	if err != nil {
		return nil, fmt.Errorf("look at the structure of a file: %w", err)
	}
	for _, s := range pixels {
		if s.to-s.from >= minPixels {
			l.pixels = append(l.pixels, s)
			l.rest -= s.to - s.from
		}
	}
	if l.rest > MaxCut {
		return nil, ErrTooMuch
	}
	return l, nil
}

// structure returns the stretches of pixels, none for a file of another type.
func (l *Layout) structure() ([]span, error) {
	var head [12]byte
	n := min(int64(len(head)), l.size)
	if err := l.read(head[:n], 0); err != nil {
		return nil, err
	}
	switch {
	case n >= 2 && head[0] == 0xff && head[1] == soi:
		return l.jpeg()
	case n >= 8 && isBox(string(head[4:8])):
		return l.boxes()
	}
	return nil, nil
}

// Grain returns the grain that suits the file: few pieces, and small ones.
func (l *Layout) Grain() int {
	return min(max(bits.Len64(uint64(l.rest/fewPieces)), MinGrain), MaxGrain)
}

// Cut returns the pieces, which follow each other from the first byte of the
// file on; no more than limit, so the end of it may be missing.
func (l *Layout) Cut(ctx context.Context, grain, limit int) ([]Piece, error) {
	c := cutter{ctx: ctx, l: l, grain: min(max(grain, MinGrain), MaxGrain), limit: limit}
	at := int64(0)
	for _, s := range l.pixels {
		if err := c.rest(at, s.from); err != nil {
			return nil, err
		}
		if err := c.pixels(s); err != nil {
			return nil, err
		}
		at = s.to
	}
	err := c.rest(at, l.size)
	return c.pieces, err
}

// read fills b from a place; a file that has become shorter is an error.
func (l *Layout) read(b []byte, at int64) error {
	n, err := l.r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func pixelsKey(probe []byte) (k Key) {
	sum := media.Sum(probe)
	copy(k[:], sum[8:])
	return k
}

func restKey(piece []byte) (k Key) {
	sum := media.Sum(piece)
	copy(k[:], sum[:])
	return k
}
