package picture

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// budget bounds, in bytes, what is read of one file, whatever it says. Walking
// a large animation for its length is what comes near to it.
const budget = 8 << 20

// window is read at once, in bytes: what is looked for stands close together.
const window = 16 << 10

// file reads a file within the budget. Its failures are kept and end all further reading.
type file struct {
	ctx    context.Context // governs the reading of this one file
	r      io.ReaderAt
	size   int64
	left   int64
	failed error
	// recent holds what was read last, so that neighbours cost nothing.
	recent [4]span
	next   int
}

type span struct {
	at int64
	b  []byte
}

func newFile(ctx context.Context, r io.ReaderAt, size int64) *file {
	return &file{ctx: ctx, r: r, size: size, left: budget}
}

// Bytes returns n bytes from off, fewer at the end of the file or of the budget.
func (f *file) Bytes(off int64, n int) []byte {
	if off < 0 || off >= f.size || n <= 0 {
		return nil
	}
	n = int(min(int64(n), f.size-off))
	for _, s := range f.recent {
		if off >= s.at && off+int64(n) <= s.at+int64(len(s.b)) {
			return s.b[off-s.at:][:n:n]
		}
	}
	b := f.read(off, max(n, window))
	f.recent[f.next] = span{off, b}
	f.next = (f.next + 1) % len(f.recent)
	return b[:min(n, len(b)):min(n, len(b))]
}

// peek is Bytes for single places far apart: it reads no more than it is asked for.
func (f *file) peek(off int64, n int) []byte {
	if off < 0 || off >= f.size || n <= 0 {
		return nil
	}
	for _, s := range f.recent {
		if off >= s.at && off+int64(n) <= s.at+int64(len(s.b)) {
			return s.b[off-s.at:][:n:n]
		}
	}
	return f.read(off, n)
}

func (f *file) read(off int64, n int) []byte {
	n = int(min(int64(n), f.size-off, f.left))
	if n <= 0 || f.failed != nil {
		return nil
	}
	if err := f.ctx.Err(); err != nil {
		f.failed = err
		return nil
	}
	b := make([]byte, n)
	got, err := f.r.ReadAt(b, off)
	f.left -= int64(got)
	if got < n && err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		f.failed = fmt.Errorf("read at %d: %w", off, err)
	}
	return b[:max(got, 0)]
}

// part is a stretch of a file as a source of its own.
type part struct {
	f    *file
	at   int64
	size int64
}

func (p part) Bytes(off int64, n int) []byte {
	if off < 0 || off >= p.size {
		return nil
	}
	return p.f.Bytes(p.at+off, int(min(int64(n), p.size-off)))
}

// block is bytes as a source.
type block []byte

func (b block) Bytes(off int64, n int) []byte {
	if off < 0 || off >= int64(len(b)) || n <= 0 {
		return nil
	}
	return b[off:][:min(int64(n), int64(len(b))-off)]
}
