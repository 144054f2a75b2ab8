package wire

import (
	"bytes"
	"net"
	"testing"
	"time"

	"homeroll/store/media/formattest"
)

// handshakeMemory is what anybody who reaches the port may make a handshake
// allocate before it is authenticated, in bytes.
const handshakeMemory = 512 << 10

// stranger is a connection on which the other end says what it says and hangs up.
type stranger struct{ *bytes.Reader }

func (stranger) Write(b []byte) (int, error)      { return len(b), nil }
func (stranger) Close() error                     { return nil }
func (stranger) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (stranger) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (stranger) SetDeadline(time.Time) error      { return nil }
func (stranger) SetReadDeadline(time.Time) error  { return nil }
func (stranger) SetWriteDeadline(time.Time) error { return nil }

// FuzzSecure is the listening side of a connection before anything is proven:
// multistream-select, then a TLS record.
func FuzzSecure(f *testing.F) {
	hello := "\x13/multistream/1.0.0\n\x0b/tls/1.0.0\n"
	f.Add([]byte(hello))
	f.Add([]byte(hello + "\x16\x03\x01\x40\x00\x01\x00\x3f\xfc\x03\x03"))
	f.Add([]byte("\x13/multistream/1.0.0\n\x03ls\n"))
	f.Add([]byte("\xff\xff\xff\xff\x0f"))
	p := newParty(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		formattest.Bounded(t, handshakeMemory+16*uint64(len(b)), func() {
			if _, err := Secure(t.Context(), stranger{bytes.NewReader(b)}, Handshake{Identity: p.id, Purse: p.purse}); err == nil {
				t.Error("noise is authenticated")
			}
		})
	})
}
