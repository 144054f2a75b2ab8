package syncproto

import (
	"io"
	"time"
)

// pieceLen is how many bytes of a stream travel in one frame of the multiplexer
// (64 KiB with its head), which is four whole records of TLS.
const pieceLen = 64<<10 - 12

// outflow is a buffered writer that writes whole pieces until it is flushed. Written
// as it comes, each group would leave frames of a few bytes, and such a frame costs
// both ends nearly what a full one does. The first error sticks.
type outflow struct {
	w    io.Writer
	rest []byte // less than a piece
	err  error
}

func newOutflow(w io.Writer) *outflow { return &outflow{w: w, rest: make([]byte, 0, pieceLen)} }

func (b *outflow) Write(p []byte) (n int, err error) {
	n = len(p)
	if len(b.rest) > 0 {
		fit := min(len(p), pieceLen-len(b.rest))
		b.rest, p = append(b.rest, p[:fit]...), p[fit:]
		if len(b.rest) == pieceLen {
			_ = b.Flush() // the error sticks
		}
	}
	if whole := len(p) / pieceLen * pieceLen; whole > 0 {
		b.send(p[:whole])
		p = p[whole:]
	}
	b.rest = append(b.rest, p...)
	if b.err != nil {
		return 0, b.err
	}
	return n, nil
}

// Flush writes what is left.
func (b *outflow) Flush() error {
	b.send(b.rest)
	b.rest = b.rest[:0]
	return b.err
}

func (b *outflow) send(p []byte) {
	if len(p) > 0 && b.err == nil {
		_, b.err = b.w.Write(p)
	}
}

// lingerFor is how long less than a piece may wait for what comes next.
const lingerFor = 10 * time.Millisecond

// linger writes what is left if stop is not called soon. Until then, nothing else may
// be done with b; stop returns when it may.
func (b *outflow) linger() (stop func()) {
	if len(b.rest) == 0 {
		return func() {}
	}
	flushed := make(chan struct{})
	t := time.AfterFunc(lingerFor, func() {
		defer close(flushed)
		_ = b.Flush() // the error sticks
	})
	return func() {
		if !t.Stop() {
			<-flushed
		}
	}
}
