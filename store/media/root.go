package media

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// Root is a device's signed statement of its whole manifest. The newer of two
// is the one with the higher Epoch, then the higher Seq. A device raises its
// epoch above any that a peer has seen from it before it publishes, so a
// restored old database never wins over its later self. Where it has used one
// number twice, before it heard of that, the greater hash is the newer: so all
// prefer the same one, and it reaches the device, which then raises its epoch.
type Root struct {
	Home       Home
	Device     Device
	Epoch, Seq uint64
	Node       Node // of the empty prefix
	Sig        []byte
}

// Newer reports whether r supersedes s, both of one device.
func (r Root) Newer(s Root) bool {
	if r.Epoch != s.Epoch {
		return r.Epoch > s.Epoch
	}
	if r.Seq != s.Seq {
		return r.Seq > s.Seq
	}
	return bytes.Compare(r.Node.Hash[:], s.Node.Hash[:]) > 0
}

// Message returns the bytes that Sig signs.
func (r Root) Message() []byte {
	b := []byte("homeroll root 1\x00")
	b = append(b, r.Home[:]...)
	b = append(b, byte(len(r.Device)))
	b = append(b, r.Device...)
	b = binary.BigEndian.AppendUint64(b, r.Epoch)
	b = binary.BigEndian.AppendUint64(b, r.Seq)
	b = append(b, r.Node.Hash[:]...)
	return binary.BigEndian.AppendUint64(b, r.Node.N)
}

// Check reports a root of another home or one that its device did not sign.
func (r Root) Check(home Home) error {
	if r.Home != home {
		return fmt.Errorf("root of %s: of another home", r.Device.Short())
	}
	return r.Device.Verify(r.Message(), r.Sig)
}

// Signer is a device's own identity.
type Signer interface {
	Device() Device
	// Sign returns the device's Ed25519 signature of the message.
	Sign(message []byte) []byte
}
