// Package payload hashes the pixels of a file without its metadata, so that
// the same picture is known under other tags, titles and places.
//
// Start with [Sum]. What is hashed is a sequence of bytes of the file, in their
// order, so that others can compute it:
//
//   - JPEG (ITU-T T.81, annex B): from the SOI marker to the EOI marker, both
//     included, without the segments APP0 to APP15 and COM and without fill
//     bytes before a marker. This is what is left when all metadata is stripped.
//     What follows EOI does not belong to it: further images (MPF), a motion
//     photo's video, a maker's trailer, padding. So a motion photo and the still
//     that was cut out of it have one payload.
//   - MP4, QuickTime and their relatives (ISO 14496-12): the contents of all
//     mdat boxes at the top level. The moov box, with tables, times and tags, does
//     not belong to it.
//
// HEIC keeps its EXIF within mdat, so it has no payload. Nor has a file that
// ends too early.
package payload

import (
	"context"
	"errors"
	"fmt"
	"io"

	"homeroll/store/media"
)

// Sum returns the BLAKE3 hash of the payload of a JPEG (all but APPn and COM
// segments) or an MP4 or MOV (the bodies of its mdat boxes); the zero ID for any
// other type and for a file whose structure cannot be followed. It reads the
// whole file.
func Sum(ctx context.Context, r io.ReaderAt, size int64, mime string) (media.ID, error) {
	follow, ok := formats[mime]
	if !ok {
		return media.ID{}, nil
	}
	p := &stream{ctx: ctx, r: r, size: size, hash: media.NewHasher()}
	err := follow(p)
	switch {
	case errors.Is(err, errOdd):
		return media.ID{}, nil
	case err != nil:
		return media.ID{}, fmt.Errorf("read payload: %w", err)
	}
	return p.hash.Sum(), nil
}

// formats are the types that have a payload, and what goes through them.
var formats = map[string]func(*stream) error{
	"image/jpeg":      jpeg,
	"video/mp4":       boxes,
	"video/quicktime": boxes,
	"video/x-m4v":     boxes,
	"video/3gpp":      boxes,
	"video/3gpp2":     boxes,
}

// errOdd says that the structure of a file cannot be followed.
var errOdd = errors.New("not the structure of its type")

// stream reads a file once, through one buffer, and hashes parts of it.
type stream struct {
	ctx  context.Context // governs the reading of this one file
	r    io.ReaderAt
	size int64
	hash *media.Hasher

	at   int64  // where the buffer begins in the file
	buf  []byte // read and not used
	room []byte
}

// chunk is read at once, in bytes.
const chunk = 256 << 10

// fill makes the buffer begin at a place and hold n bytes, at most chunk of
// them; errOdd if the file ends before.
func (s *stream) fill(at int64, n int) error {
	if off := at - s.at; off >= 0 && off+int64(n) <= int64(len(s.buf)) {
		s.at, s.buf = at, s.buf[off:]
		return nil
	}
	if err := s.ctx.Err(); err != nil {
		return err
	}
	if s.room == nil {
		s.room = make([]byte, chunk)
	}
	if at < 0 || at+int64(n) > s.size {
		return errOdd
	}
	want := int(min(chunk, s.size-at))
	got, err := s.r.ReadAt(s.room[:want], at)
	if got < want {
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF // the file has become shorter
		}
		return err
	}
	s.at, s.buf = at, s.room[:want]
	return nil
}

// part hashes the bytes of a stretch.
func (s *stream) part(from, to int64) error {
	for from < to {
		n := int(min(to-from, chunk))
		if err := s.fill(from, 1); err != nil {
			return err
		}
		n = min(n, len(s.buf))
		s.put(s.buf[:n])
		from += int64(n)
	}
	return nil
}

func (s *stream) put(b []byte) { _, _ = s.hash.Write(b) }
