package wire

import (
	"io"
	"testing"
)

// BenchmarkEncrypt sends bytes through TLS and yamux over loopback, in writes as
// large as those of items, and throws them away at the other end: both ends' work.
func BenchmarkEncrypt(b *testing.B) {
	x, y := newParty(b), newParty(b)
	near, far, err := meet(b, x, y, y.device)
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		for {
			in, err := far.Accept()
			if err != nil {
				return
			}
			s, err := in.Negotiate(func(string) bool { return true })
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, s)
			s.Close()
		}
	}()
	const writes = 256
	piece := make([]byte, 256<<10)
	b.SetBytes(writes * int64(len(piece)))
	for b.Loop() {
		s, err := near.Open(b.Context(), "/discard")
		if err != nil {
			b.Fatal(err)
		}
		for range writes {
			if _, err := s.Write(piece); err != nil {
				b.Fatal(err)
			}
		}
		_ = s.CloseWrite()
		_, _ = s.Read(piece) // until the other end has all
		s.Close()
	}
}
