package syncproto

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"homeroll/store/media"
	"homeroll/store/media/formattest"
	"homeroll/syncproto/internal/wire"
)

// packedMemory is what unpacking a field may allocate besides 64 times its
// bytes: the least record is 2 bytes and a slice of 24, in a list that grows.
const packedMemory = 64 << 10

// FuzzPacked reads every packed field, and requires that what is read is packed
// into the same bytes.
func FuzzPacked(f *testing.F) {
	fps := []media.Fingerprint{record(1).Fingerprint(), record(2).Fingerprint()}
	f.Add(packPrefix(packPrefix(nil, ""), "\x0a\x03"))
	f.Add(packFingerprints(nil, fps))
	f.Add(packFingerprints([]byte{2}, fps))
	f.Add(packRecord(packRecord(nil, record(1)), record(7)))
	f.Add(packFamily(nil, &[media.Fanout]media.Node{1: {Hash: [32]byte{5}, N: 300}, 15: {N: 1}}, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, packedMemory+64*uint64(len(b)), func() {
			same(t, "prefixes", b, unpackPrefixes, packPrefix)
			same(t, "records", b, func(b []byte) ([]media.Record, error) { return unpackRecords(b, maxDeltaRecords) }, packRecord)
			same(t, "fingerprints", b, func(b []byte) ([]media.Fingerprint, error) { return unpackFingerprints(b, maxFingerprints) },
				func(b []byte, fp media.Fingerprint) []byte { return append(b, fp[:]...) })
			u := unpacker{rest: b}
			mine := [media.Fanout]media.Node{3: {Hash: [32]byte{3}, N: 9}}
			if c := u.family(&mine); u.err == nil {
				media.InnerNode(&c)
			}
		})
	})
}

// same packs again what was unpacked. A length may be written in more bytes
// than it needs; then the second reading must equal the first.
func same[T any](t *testing.T, what string, b []byte, unpack func([]byte) ([]T, error), pack func([]byte, T) []byte) {
	values, err := unpack(b)
	if err != nil {
		return
	}
	var again []byte
	for _, v := range values {
		again = pack(again, v)
	}
	if second, err := unpack(again); len(again) > len(b) || err != nil || len(second) != len(values) {
		t.Errorf("%s %x became %x", what, b, again)
	}
}

// streamMemory is what a manifest stream may allocate before its peer has said
// anything: the decompressor with its window, and buffers. Each frame may take
// frameMemory more.
const streamMemory = 4 << 20

// FuzzStream reads frames beneath the compression of a manifest stream.
func FuzzStream(f *testing.F) {
	for _, name := range []string{"roots", "delta", "answer-records"} {
		f.Add(compressedStream(f, messages()[name]))
	}
	f.Add(compressedStream(f, append([]byte{200, 0xff, 0xff, 0x3f}, make([]byte, 1<<20-1)...)))
	f.Add(compressedStream(f, framed(frameAnswer, &wire.Answer{Records: make([]byte, maxAnswer-10)})))
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, streamMemory+2*frameMemory, func() {
			l := &link{Conn: deaf{bytes.NewReader(b)}, in: new(atomic.Int64), out: new(atomic.Int64), stall: time.Second}
			s, err := newSession(l, bufio.NewReader(l), greeting{})
			if err != nil {
				return
			}
			for range 2 {
				if _, err := s.receive(); err != nil {
					break
				}
			}
			s.close()
		})
	})
}

func compressedStream(t testing.TB, b []byte) []byte {
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithWindowSize(streamWindow))
	if err == nil {
		_, err = w.Write(b)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// deaf is a connection that only speaks.
type deaf struct{ *bytes.Reader }

func (deaf) Write(b []byte) (int, error)      { return len(b), nil }
func (deaf) Close() error                     { return nil }
func (deaf) LocalAddr() net.Addr              { return nil }
func (deaf) RemoteAddr() net.Addr             { return nil }
func (deaf) SetDeadline(time.Time) error      { return nil }
func (deaf) SetReadDeadline(time.Time) error  { return nil }
func (deaf) SetWriteDeadline(time.Time) error { return nil }

// FuzzLength is the number before each block.
func FuzzLength(f *testing.F) {
	f.Add(binary.AppendUvarint(nil, 1<<63))
	f.Add(bytes.Repeat([]byte{0x80}, 20))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, err := readUvarint(bufio.NewReader(bytes.NewReader(b)))
		want, n := binary.Uvarint(b)
		if n > 0 && n < binary.MaxVarintLen64 && (err != nil || v != want) || n == 0 && err == nil {
			t.Errorf("%x is read as %d (%v), want %d", b, v, err, want)
		}
	})
}
