// Package movie reads what a video says of itself.
package movie

import (
	"context"
	"io"

	"homeroll/store/media"
)

// Is reports whether the first bytes (at most 400) are those of a video, or of
// a container that Read knows.
func Is(head []byte) bool { panic("unwritten") }

// Read reads a video; see picture.Read for what errors mean.
func Read(ctx context.Context, r io.ReaderAt, size int64) (media.Picture, error) {
	panic("unwritten")
}
