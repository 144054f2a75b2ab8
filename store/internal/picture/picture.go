// Package picture reads what a photo or video says of itself: type, size,
// orientation, when and where it was taken, and by what. It reads metadata
// only, never pixels, at most a few MiB of any file, and trusts none of it.
//
// Start with [Read]. Videos are read by picture/movie; picture/capture chooses
// the time, picture/group finds what belongs together.
package picture

import (
	"context"
	"io"

	"homeroll/store/media"
)

// Read reads what the bytes of a file say. What cannot be read of a damaged
// file stays zero; an error means that r could not be read, never that the
// content is odd.
func Read(ctx context.Context, r io.ReaderAt, size int64) (media.Picture, error) {
	panic("unwritten")
}
