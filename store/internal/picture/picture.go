// Package picture reads what a photo or video says of itself: type, size,
// orientation, when and where it was taken, and by what. It reads metadata
// only, never pixels, at most a few MiB of any file, and trusts none of it.
//
// Start with [Read]. Videos are read by picture/movie; picture/capture chooses
// the time, picture/group finds what belongs together. Of stills, [facts] is
// what their formats fill, and taken.go how the time is chosen from it.
package picture

import (
	"context"
	"io"

	"homeroll/store/internal/picture/movie"
	"homeroll/store/media"
)

// Read reads what the bytes of a file say. What cannot be read of a damaged
// file stays zero; an error means that r could not be read, or ctx ended, never
// that the content is odd.
//
// Width and Height, Orientation, Make and Model are those that exiftool -n
// calls ImageWidth, ImageHeight and so on; of an orientation or place that
// cannot be, nothing is said. Where the file gives the instant, but not the
// zone, Taken.UTC is set without an Offset, and of a picture with a GPS time
// alone without a Local time.
func Read(ctx context.Context, r io.ReaderAt, size int64) (media.Picture, error) {
	f := newFile(ctx, r, size)
	head := f.Bytes(0, headSize)
	k := sniff(head)
	if k.read == nil && movie.Is(head[:min(len(head), 400)]) {
		return movie.Read(ctx, r, size)
	}
	facts := facts{picture: media.Picture{Type: k.mime}}
	if k.read != nil {
		k.read(&facts, f)
	}
	p := facts.settle()
	p.Motion = facts.motion(f).Length > 0
	if f.failed != nil {
		return media.Picture{}, f.failed
	}
	return p, nil
}
