package syncproto

import (
	"bufio"
	"context"
	"errors"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/protobuf/encoding/protodelim"

	"homeroll/store/media"
	"homeroll/syncproto/internal/wire"
)

// answers plays the sending end of a fetch stream by hand.
func answers(t *testing.T, say func(r *bufio.Reader, conn net.Conn)) (*Exchange, media.Device) {
	b := New(Config{Dialer: dialFunc(func() (net.Conn, error) {
		x, y := net.Pipe()
		go func() {
			r := bufio.NewReader(y)
			_ = protodelim.UnmarshalFrom(r, new(wire.Request))
			say(r, y)
		}()
		return x, nil
	}), Library: newModel(2)})
	t.Cleanup(b.Close)
	return b, newModel(1).self
}

type dialFunc func() (net.Conn, error)

func (f dialFunc) Dial(context.Context, media.Device, string) (net.Conn, error) { return f() }

func TestDecompressionIsBoundedByTheGroup(t *testing.T) {
	bomb := newBlockCodec().enc.EncodeAll(make([]byte, 200<<20), nil)
	if len(bomb) > group {
		t.Fatalf("bomb of %d bytes", len(bomb))
	}
	e, peer := answers(t, func(_ *bufio.Reader, conn net.Conn) {
		_, _ = protodelim.MarshalTo(conn, &wire.Response{Status: wire.Status_STATUS_OK})
		s := sender{w: newOutflow(conn)}
		_ = s.block(bomb)
		_ = s.w.Flush()
	})
	sink := newSink(newContent(noise(group, 1)).item)
	if err := e.Fetch(context.Background(), peer, sink); !errors.Is(err, media.ErrCorrupt) || sink.have[0] {
		t.Error(err)
	}
	dst := make([]byte, group)
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = e.blocks.expand(dst, bomb)
		}
	}).AllocedBytesPerOp()
	if allocated > 2*group {
		t.Errorf("%d bytes allocated for one block", allocated)
	}
}

func TestMalformedAnswersNameThePeer(t *testing.T) {
	for name, bytes := range map[string][]byte{
		"a long response":     {0xff, 0xff, 0xff, 0x7f},
		"no protobuf":         {2, 0xff, 0xff},
		"an unknown status":   {2, 8, 99},
		"a block too long":    {2, 8, 1, 0xff, 0xff, 0x7f},
		"an overlong length":  {2, 8, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a stop without word": {2, 8, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e, peer := answers(t, func(_ *bufio.Reader, conn net.Conn) { _, _ = conn.Write(bytes) })
			err := e.Fetch(context.Background(), peer, newSink(newContent(noise(9999, 1)).item))
			var named *PeerError
			if !Misbehaved(err) || !errors.As(err, &named) || named.Peer != peer {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPeerThatStandsStillIsStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e, peer := answers(t, func(r *bufio.Reader, conn net.Conn) {
			_, _ = conn.Write([]byte{2, 8, 1, 0x90, 0x4e, 'x'})
			_, _ = r.WriteTo(nopWriter{})
		})
		start := time.Now()
		err := e.Fetch(t.Context(), peer, newSink(newContent(noise(9999, 1)).item))
		if !errors.Is(err, ErrStalled) || time.Since(start) != stallAfter {
			t.Errorf("after %v: %v", time.Since(start), err)
		}
		e.Close()
	})
}

type nopWriter struct{}

func (nopWriter) Write(p []byte) (int, error) { return len(p), nil }
