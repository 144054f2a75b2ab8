package media

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/mr-tron/base58"
)

// Device is a libp2p peer ID in its base58 form ("12D3KooW…"): the identity
// multihash of an Ed25519 public key, which can therefore be read back from it.
type Device string

// identityPrefix precedes the 32 key bytes: identity multihash (0x00) of 36
// bytes, then the libp2p protobuf of an Ed25519 key (libp2p peer-ids spec).
var identityPrefix = []byte{0x00, 0x24, 0x08, 0x01, 0x12, 0x20}

// ErrSignature reports a statement that its author did not sign.
var ErrSignature = errors.New("signature does not match its author")

// DeviceOf returns the device whose identity is the public key.
func DeviceOf(pub ed25519.PublicKey) Device {
	return Device(base58.Encode(append(bytes.Clone(identityPrefix), pub...)))
}

// Key returns the device's public key, or an error if the ID does not hold an
// Ed25519 one.
func (d Device) Key() (ed25519.PublicKey, error) {
	if len(d) > 64 {
		return nil, fmt.Errorf("device ID of %d characters", len(d))
	}
	raw, err := base58.Decode(string(d))
	if err != nil {
		return nil, fmt.Errorf("parse device ID: %w", err)
	}
	key, ok := bytes.CutPrefix(raw, identityPrefix)
	if !ok || len(key) != ed25519.PublicKeySize {
		return nil, errors.New("parse device ID: not an Ed25519 identity")
	}
	return ed25519.PublicKey(key), nil
}

// Verify reports, as an error that is [ErrSignature], a message that d did not
// sign.
func (d Device) Verify(message, sig []byte) error {
	key, err := d.Key()
	if err != nil {
		return err
	}
	if len(sig) != ed25519.SignatureSize || !ed25519.Verify(key, message, sig) {
		return fmt.Errorf("%s: %w", d.Short(), ErrSignature)
	}
	return nil
}

// Short returns the last 8 characters, enough to tell the devices of a home
// apart in a log.
func (d Device) Short() string {
	if len(d) <= 8 {
		return string(d)
	}
	return string(d[len(d)-8:])
}
