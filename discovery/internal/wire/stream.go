package wire

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/libp2p/go-yamux/v5"
	mss "github.com/multiformats/go-multistream"
)

// negotiateTimeout bounds the choice of a protocol on a new stream.
const negotiateTimeout = 5 * time.Second

// Stream is an open stream with its protocol agreed. It is a net.Conn whose
// Close ends both directions once what was written is sent; CloseWrite ends
// one, and Reset drops both at once.
type Stream struct {
	*yamux.Stream
	Protocol string
}

// Incoming is a stream whose protocol the other end has yet to name.
type Incoming struct{ s *yamux.Stream }

// Negotiate reads the protocol that the other end proposes. One that allowed
// refuses resets the stream, so no handler of it ever runs.
func (i *Incoming) Negotiate(allowed func(protocol string) bool) (*Stream, error) {
	mux := mss.NewMultistreamMuxer[string]()
	mux.AddHandlerWithFunc("", allowed, nil)
	if err := i.s.SetDeadline(time.Now().Add(negotiateTimeout)); err != nil {
		i.Reset()
		return nil, fmt.Errorf("bound negotiation: %w", err)
	}
	protocol, _, err := mux.Negotiate(i.s)
	if err == nil {
		err = i.s.SetDeadline(time.Time{})
	}
	if err != nil {
		i.Reset()
		return nil, fmt.Errorf("negotiate protocol: %w", err)
	}
	return &Stream{Stream: i.s, Protocol: protocol}, nil
}

// Reset drops the stream.
func (i *Incoming) Reset() { _ = i.s.Reset() } // it is gone either way

func propose(ctx context.Context, s *yamux.Stream, protocol string) (*Stream, error) {
	deadline := time.Now().Add(negotiateTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	err := s.SetDeadline(deadline)
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = s.Reset() }) // unblocks the negotiation
		_, err = mss.SelectOneOf([]string{protocol}, s)
		if !stop() && err == nil {
			err = context.Cause(ctx)
		}
	}
	if err == nil {
		err = s.SetDeadline(time.Time{})
	}
	if err != nil {
		_ = s.Reset() // the error that counts is err
		if errors.Is(err, mss.ErrNotSupported[string]{}) {
			return nil, fmt.Errorf("open %s: %w", protocol, ErrRefused)
		}
		return nil, fmt.Errorf("open %s: %w", protocol, err)
	}
	return &Stream{Stream: s, Protocol: protocol}, nil
}
