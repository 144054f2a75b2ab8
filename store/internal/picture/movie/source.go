package movie

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Bounds on what is read of one file, whatever it says.
const (
	budget  = 16 << 20 // bytes
	window  = 4 << 10  // bytes read at once
	maxStep = 200_000  // boxes, chunks, packets looked at
)

// source reads a file within the budget. A failure of the file is kept and
// ends all further reading; what is odd about its content reads as missing.
type source struct {
	ctx    context.Context // governs the reading of this one file
	r      io.ReaderAt
	size   int64
	left   int64
	steps  int
	failed error
	at     int64 // of recent in the file
	recent []byte
}

func newSource(ctx context.Context, r io.ReaderAt, size int64) *source {
	return &source{ctx: ctx, r: r, size: size, left: budget}
}

// step counts one more thing looked at; false if it is enough.
func (s *source) step() bool {
	s.steps++
	return s.steps <= maxStep && s.failed == nil
}

// Bytes returns n bytes from off, fewer at the end of the file or of the
// budget. They are not to be written to.
func (s *source) Bytes(off int64, n int) []byte {
	if off < 0 || off >= s.size || n <= 0 {
		return nil
	}
	n = int(min(int64(n), s.size-off))
	if off < s.at || off+int64(n) > s.at+int64(len(s.recent)) {
		s.at, s.recent = off, s.read(off, max(n, window))
	}
	b := s.recent[off-s.at:]
	return b[:min(n, len(b)):min(n, len(b))]
}

func (s *source) read(off int64, n int) []byte {
	n = int(min(int64(n), s.size-off, s.left))
	if n <= 0 || s.failed != nil {
		return nil
	}
	if err := s.ctx.Err(); err != nil {
		s.failed = err
		return nil
	}
	b := make([]byte, n)
	got, err := s.r.ReadAt(b, off)
	got = max(got, 0)
	s.left -= int64(got)
	if got < n && err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.failed = fmt.Errorf("read video: %w", err)
	}
	return b[:got]
}

// whole returns the bytes of a stretch, none if it is longer than most.
func (s *source) whole(from, to int64, most int) []byte {
	if to-from > int64(most) || to <= from {
		return nil
	}
	return s.Bytes(from, int(to-from))
}

// The numbers of containers; 0 where bytes are missing.

func be16(b []byte, at int) uint16 {
	if at < 0 || len(b) < at+2 {
		return 0
	}
	return binary.BigEndian.Uint16(b[at:])
}

func be32(b []byte, at int) uint32 {
	if at < 0 || len(b) < at+4 {
		return 0
	}
	return binary.BigEndian.Uint32(b[at:])
}

func be64(b []byte, at int) uint64 {
	if at < 0 || len(b) < at+8 {
		return 0
	}
	return binary.BigEndian.Uint64(b[at:])
}

func le16(b []byte, at int) uint16 {
	if at < 0 || len(b) < at+2 {
		return 0
	}
	return binary.LittleEndian.Uint16(b[at:])
}

func le32(b []byte, at int) uint32 {
	if at < 0 || len(b) < at+4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b[at:])
}

func le64(b []byte, at int) uint64 {
	if at < 0 || len(b) < at+8 {
		return 0
	}
	return binary.LittleEndian.Uint64(b[at:])
}
